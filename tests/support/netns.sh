# Network namespaces for scripts: made at the beginning, gone at the end, whatever happens. Source it:
#
#     . "$(dirname "$0")/../support/netns.sh"
#     need_netns                        # skips the script where the rights, or a command, are missing
#     make_netns near; make_netns far   # `near` and `far` stand for namespaces of this script's own
#     veth near eth0 10.9.0.1/24 far eth0 10.9.0.2/24
#     in_netns near ping -c 1 10.9.0.2
#     tap near tap0 10.9.0.1/24         # persistent, for a program that opens it; its own address is another
#     offloads near eth0 off            # as a plain card has none
#     spoil near eth0 loss 1% delay 1ms reorder 25%   # tc netem
#
# Interfaces and addresses end with their namespace; programs started by `in_netns NAME ... &` are the script's to end.

skip() { echo "SKIPPED: $*"; exit 77; }

# need_netns [COMMAND...]: the right to make a namespace, and commands.
need_netns() {
    local command
    for command in ip "$@"; do
        command -v "$command" > /dev/null || skip "needs the command $command"
    done
    [ "$(id -u)" = 0 ] || skip "needs root: it makes network namespaces"
    ip netns add "weld_$$_probe" 2> /dev/null || skip "needs the right to make a network namespace (CAP_SYS_ADMIN)"
    ip netns del "weld_$$_probe"
}
need_tun() { [ -c /dev/net/tun ] && [ -w /dev/net/tun ] || skip "needs /dev/net/tun"; }

netns_made=''
netns() { echo "weld_$$_$1"; }
make_netns() {
    ip netns add "$(netns "$1")" || skip "cannot make a network namespace"
    netns_made="$netns_made $1"
    in_netns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2> /dev/null
    in_netns "$1" ip link set lo up
}
# The scripts' traps are theirs: one that sets its own for EXIT calls this in it.
drop_netns() {
    local name
    for name in $netns_made; do ip netns del "$(netns "$name")" 2> /dev/null; done
    netns_made=''
}
trap drop_netns EXIT
trap 'exit 130' INT TERM

in_netns() { local name; name=$(netns "$1"); shift; ip netns exec "$name" "$@"; }

# veth NETNS INTERFACE ADDRESS NETNS INTERFACE ADDRESS: a cable; the address `-` is none.
veth() {
    ip link add "$2" netns "$(netns "$1")" type veth peer name "$5" netns "$(netns "$4")" || skip "needs veth"
    local side
    for side in "$1 $2 $3" "$4 $5 $6"; do
        set -- $side
        [ "$3" = - ] || in_netns "$1" ip address add "$3" dev "$2"
        in_netns "$1" ip link set "$2" up
    done
}
# tap NETNS INTERFACE ADDRESS: `tun` likewise.
tap() { tuntap tap "$@"; }
tun() { tuntap tun "$@"; }
tuntap() {
    need_tun
    in_netns "$2" ip tuntap add dev "$3" mode "$1" vnet_hdr || skip "needs a tun driver"
    in_netns "$2" ip address add "$4" dev "$3"
    in_netns "$2" ip link set "$3" up
}
# offloads NETNS INTERFACE on|off
offloads() {
    command -v ethtool > /dev/null || skip "needs the command ethtool"
    in_netns "$1" ethtool -K "$2" tx "$3" sg "$3" tso "$3" gso "$3" gro "$3" > /dev/null 2>&1
}
# spoil NETNS INTERFACE RULE...: what the host sends by it.
spoil() {
    local name=$1 interface=$2
    shift 2
    in_netns "$name" tc qdisc replace dev "$interface" root netem "$@" 2> /dev/null || skip "needs tc and the kernel module sch_netem"
}
