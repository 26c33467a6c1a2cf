# What the scripts here share: a private network in which weld's own TCP/IP, 10.0.0.2, meets this machine's kernel,
# 10.0.0.1. It ends with the script, and the host sees nothing of it.
case ${WELD_INTEROP_APART:-} in
    '')
        for apart in "unshare --net" "unshare --user --map-root-user --net"; do
            $apart true 2> /dev/null || continue
            WELD_INTEROP_APART=yes exec $apart bash "$0" "$@"
        done
        echo "SKIPPED: needs the right to make a network namespace (CAP_SYS_ADMIN)"
        exit 77 ;;
esac
. "$(dirname "$0")/../examples/programs.bash"
command -v ip > /dev/null && command -v nsenter > /dev/null || skip "needs ip and nsenter"

kernel=10.0.0.1 own=10.0.0.2
inside=() # what stands before a program of weld's, so that it finds its interface
net=''    # its --net
holder='' # keeps the other namespace

# use tap|packet [offloads=no]: makes the interface anew. With packet there is a second namespace behind a veth pair, of
# which weld has one end.
use() {
    unuse
    case $1 in
        tap)
            ip tuntap add dev weld0 mode tap 2> "$work/why" || skip "no tap interface: $(cat "$work/why")"
            ip addr add $kernel/24 dev weld0 && ip link set weld0 up ;;
        packet)
            unshare --net sleep 1000 &
            holder=$!
            inside=(nsenter --target "$holder" --net)
            within 5 apart "$holder" || skip "no second namespace"
            ip link add kernel0 type veth peer name weld0 2> "$work/why" || skip "no veth interface: $(cat "$work/why")"
            if [ "${2:-}" = offloads=no ]; then
                command -v ethtool > /dev/null || skip "needs ethtool"
                local end
                for end in kernel0 weld0; do ethtool -K $end tx off tso off gso off gro off > /dev/null 2>&1; done
            fi
            ip link set weld0 netns "$holder"
            ip addr add $kernel/24 dev kernel0 && ip link set kernel0 up && "${inside[@]}" ip link set weld0 up ;;
    esac
    net=$1:weld0,$own/24${2:+,$2}
}
# with6: beside use, addresses of IPv6 on both sides: weld has those alone. Sets `wire`, the kernel's interface, and weld's
# link-local address.
kernel6=fd00::1 own6=fd00::2 own6_link='' wire=''
with6() {
    [ "$(cat /proc/sys/net/ipv6/conf/all/disable_ipv6 2> /dev/null)" = 0 ] || skip "no IPv6 on this machine"
    wire=weld0
    [ -z "$holder" ] || wire=kernel0
    ip -6 addr add $kernel6/64 dev $wire nodad 2> "$work/why" || skip "no address of IPv6: $(cat "$work/why")"
    [ -z "$holder" ] || "${inside[@]}" sh -c 'echo 1 > /proc/sys/net/ipv6/conf/weld0/disable_ipv6'  # the kernel there is not to answer
    own6_link=fe80::2
    net=${net/$own\/24/$own6\/64,$own6_link\/64}
}
apart() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
unuse() {
    ip link del weld0 2> /dev/null || ip link del kernel0 2> /dev/null
    [ -z "$holder" ] || { kill "$holder" && wait "$holder" 2> /dev/null; }
    inside=() holder=''
}
ip link set lo up

# serve_own NAME ARGUMENTS...: as serve, with weld's stack below; serve has the kernel's.
serve_own() {
    log=$work/$1.own.log
    rm -f "$log"
    "${inside[@]}" "$examples/$1" "${@:2}" --net "$net" > "$log" 2>&1 &
    server=$!
    within 20 grep -q -s 'listening on' "$log" || { cat "$log"; fail "$1 --net $net does not listen"; conclude; }
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")
}
own() { "${inside[@]}" "$examples/$1" "${@:2}" --net "$net"; }
# How fast COMMAND... moved so many MiB, for those who read the output.
timed() {
    local mib=$1 begin=$EPOCHREALTIME; shift
    "$@" || return
    awk -v mib="$mib" -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "    %d MiB in %.2f s: %.0f MB/s\n", mib, end - begin, mib * 1.048576 / (end - begin) }'
}
