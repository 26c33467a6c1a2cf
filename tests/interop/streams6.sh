#!/usr/bin/env bash
# TCP over IPv6: curl, wrk and the kernel's sockets with weld's own, over tap and over veth, with offloads and without; link-local
# addresses, closed ports, and a wire that loses. WELD_INTEROP_MIB is how much goes each way, 16 unless it is set.
. "$(dirname "$0")/network.bash"
command -v curl > /dev/null || skip "curl is not installed"
mib=${WELD_INTEROP_MIB:-16}
mkdir "$work/root"
head -c $((mib << 20)) /dev/urandom > "$work/root/file"
sum=$(cksum < "$work/root/file")

for way in "tap" "tap offloads=no" "packet" "packet offloads=no"; do
    echo "$way"
    use $way
    with6
    serve_own http_server --port 80 --root "$work/root"
    fetch() { curl -g -s --max-time 120 "http://[$own6]/file" -o "$work/copy"; }
    timed "$mib" fetch || fail "$way: curl"
    expect "$way: the file" "$(cksum < "$work/copy")" "$sum"
    curl -g -s --max-time 10 "http://[$own6]:81/"
    expect "$way: a port where nobody listens" "$?" 7
    curl -g -s --max-time 60 "http://[$own6_link%25$wire]/file" -o "$work/copy"
    expect "$way: the file, by a link-local address" "$(cksum < "$work/copy")" "$sum"
    if command -v wrk > /dev/null; then
        echo small > "$work/root/small"
        wrk -t 1 -c 64 -d "${WELD_INTEROP_SECONDS:-2}" "http://[$own6]/small" > "$work/out" || fail "$way: wrk"
        grep -q 'Socket errors' "$work/out" && { cat "$work/out"; fail "$way: wrk met errors"; }
    fi
    stop

    serve_own echo_server --port 7
    timed "$mib" "$examples/echo_client" $own6 7 --size 1048576 --messages "$mib" --connections 2 > "$work/out" || fail "$way: weld serves the kernel"
    "$examples/echo_client" $own6 7 --messages 1000 --connections 20 > "$work/out" || fail "$way: many connections"
    "$examples/echo_client" $own6 9 > "$work/out" 2>&1
    expect_in "$way: a port where nobody listens" "$(cat "$work/out")" "connect: connection refused"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"

    serve echo_server --port 7 --address $kernel6
    timed "$mib" own echo_client $kernel6 7 --size 1048576 --messages "$mib" --connections 2 > "$work/out" || fail "$way: the kernel serves weld"
    own echo_client $kernel6 9 > "$work/out" 2>&1
    expect_in "$way: a port where the kernel does not listen" "$(cat "$work/out")" "connect: connection refused"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"
done

for way in "tap" "packet offloads=no"; do
    echo "$way, one frame in a hundred lost, one in a hundred late"
    use $way
    with6
    net+=,lose=0.01,reorder=0.01,seed=7
    serve_own http_server --port 80 --root "$work/root"
    timed "$mib" fetch || fail "$way: curl over a bad wire"
    expect "$way: the file over a bad wire" "$(cksum < "$work/copy")" "$sum"
    stop
done
unuse
conclude
