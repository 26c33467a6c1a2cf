#!/usr/bin/env bash
# One frame in a hundred is lost each way and one in a hundred comes late: every byte still arrives, in its place, whoever
# sends. WELD_INTEROP_MIB is how much, 8 unless it is set.
. "$(dirname "$0")/network.bash"
command -v curl > /dev/null || skip "curl is not installed"
mib=${WELD_INTEROP_MIB:-8}
mkdir "$work/root"
head -c $((mib << 20)) /dev/urandom > "$work/root/file"
sum=$(cksum < "$work/root/file")

for way in "tap" "packet" "tap offloads=no"; do
    echo "$way"
    use $way
    net+=,lose=0.01,reorder=0.01,seed=7
    serve_own http_server --port 80 --root "$work/root"
    fetch() { curl -s --max-time 60 "http://$own/file" -o "$work/copy"; }
    timed "$mib" fetch || fail "$way: curl"
    expect "$way: the file" "$(cksum < "$work/copy")" "$sum"
    stop
    serve_own echo_server --port 7
    timed "$mib" "$examples/echo_client" $own 7 --size 262144 --messages $((mib * 4)) --connections 4 --patience 20 > "$work/out" || fail "$way: echo, weld serves"
    tail -n 1 "$work/out"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"
    serve echo_server --port 7 --address $kernel
    timed "$mib" own echo_client $kernel 7 --size 262144 --messages $((mib * 4)) --connections 4 --patience 20 > "$work/out" || fail "$way: echo"
    tail -n 1 "$work/out"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"
done
unuse
conclude
