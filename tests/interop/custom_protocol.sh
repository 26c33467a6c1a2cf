#!/usr/bin/env bash
# A user's own protocols: between two of their programs over a veth pair, over a tap through the kernel's routing, on bad wires.
. "$(dirname "$0")/network.bash"

use packet
# weld's stack at both ends of the wire; the kernel has no address on it.
ip addr del $kernel/24 dev kernel0
ask() { "$examples/custom_protocol" ask "$1" "${@:3}" --net "$2"; }
"${inside[@]}" "$examples/custom_protocol" serve --net "$net" > "$work/log" 2>&1 &
serving=$!
within 20 grep -q -s serving "$work/log" || { cat "$work/log"; fail "it does not serve"; conclude; }
there=packet:kernel0,$kernel/24
ask $own $there "how are you?" > "$work/out" || { cat "$work/out"; fail "asking"; }
expect_in "the answer" "$(cat "$work/out")" "1: how are you?"
expect_in "who is on the link" "$(cat "$work/out")" "on this link: serve"
ask $own "$there,lose=0.1,duplicate=0.1,reorder=0.1" "how are you?" -c 100 > "$work/out" || { cat "$work/out"; fail "asking on a bad wire"; }
expect_in "all answers" "$(cat "$work/out")" "100 requests, 100 answered"
ask 10.0.0.9 $there hello > "$work/out" 2>&1
expect "nobody there" "$?" 1
expect_in "nobody there" "$(cat "$work/out")" "no route to host"
kill -INT $serving; wait $serving
expect_in "each request was answered once" "$(cat "$work/log")" "101 requests answered"
unuse

# Two taps, and between them the kernel, which forwards what it does not know.
for n in 1 2; do
    ip tuntap add dev tap$n mode tap 2> "$work/why" || skip "no tap interface: $(cat "$work/why")"
    ip addr add 10.0.$n.1/24 dev tap$n && ip link set tap$n up
done
echo 1 > /proc/sys/net/ipv4/ip_forward || { echo "left out: forwarding"; conclude; }
"$examples/custom_protocol" serve --net tap:tap1,10.0.1.2/24,10.0.1.1 > "$work/log" 2>&1 &
serving=$!
within 20 grep -q -s serving "$work/log" || { cat "$work/log"; fail "it does not serve over tap"; conclude; }
ask 10.0.1.2 tap:tap2,10.0.2.2/24,10.0.2.1 "through a router" -c 3 > "$work/out" || { cat "$work/out"; fail "asking through a router"; }
expect_in "through a router" "$(cat "$work/out")" "3: through a router"
ask 10.0.1.1 tap:tap2,10.0.2.2/24,10.0.2.1 hello > "$work/out" 2>&1
expect_in "the kernel does not know it" "$(cat "$work/out")" "protocol not available"
kill -INT $serving; wait $serving
conclude
