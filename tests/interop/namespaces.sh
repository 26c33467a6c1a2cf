#!/usr/bin/env bash
# What the scripts here stand on: namespaces with a cable between them and a tap, which end with the script.
. "$(dirname "$0")/../support/netns.sh"
need_netns ping
failed=0
check() { if "$@" > /dev/null 2>&1; then echo "holds: $*"; else echo "DOES NOT HOLD: $*"; failed=1; fi; }

make_netns near
make_netns far
veth near eth0 10.9.0.1/24 far eth0 10.9.0.2/24
tap far tap0 10.8.0.1/24
check in_netns near ping -c 1 -W 2 10.9.0.2
check in_netns far ip link show tap0
made=$(ip netns list 2> /dev/null | grep -c "^weld_$$_")
check test "$made" -eq 2
drop_netns
left=$(ip netns list 2> /dev/null | grep -c "^weld_$$_")
check test "$left" -eq 0
exit $failed
