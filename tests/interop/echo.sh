#!/usr/bin/env bash
# echo_client and echo_server push data through each other with the kernel on either side: over tap and over veth, with
# offloads and without. WELD_INTEROP_MIB is how much goes each way, 64 unless it is set.
. "$(dirname "$0")/network.bash"
mib=${WELD_INTEROP_MIB:-64}

for way in "tap" "tap offloads=no" "packet" "packet offloads=no"; do
    echo "$way"
    use $way
    serve_own echo_server --port 7
    timed "$mib" "$examples/echo_client" $own 7 --size 1048576 --messages "$mib" --connections 2 > "$work/out" || fail "$way: weld serves the kernel"
    tail -n 1 "$work/out"
    "$examples/echo_client" $own 7 --messages 2000 --connections 50 > "$work/out" || fail "$way: many connections"
    "$examples/echo_client" $own 9 > "$work/out" 2>&1
    expect_in "$way: a port where nobody listens" "$(cat "$work/out")" "connect: connection refused"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"

    serve echo_server --port 7 --address $kernel
    timed "$mib" own echo_client $kernel 7 --size 1048576 --messages "$mib" --connections 2 > "$work/out" || fail "$way: the kernel serves weld"
    tail -n 1 "$work/out"
    own echo_client $kernel 7 --messages 2000 --connections 50 > "$work/out" || fail "$way: many connections to the kernel"
    own echo_client $kernel 9 > "$work/out" 2>&1
    expect_in "$way: a port where the kernel does not listen" "$(cat "$work/out")" "connect: connection refused"
    stop
    expect_in "$way: none broke off" "$last" " 0 of them broken off"
done
unuse
conclude
