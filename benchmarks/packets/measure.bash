# SPDX-License-Identifier: BSL-1.0
task_packets() {  # frames through packet sockets over a veth pair: how many nanoseconds each costs, by every way of the kernel's
    namespace frames_near && namespace frames_far || return 0
    ip link add near0 type veth peer name far0 2> /dev/null || { absent "veth interfaces"; return 0; }
    local end name size way seconds=${SECONDS_EACH:-0.4}
    for end in near far; do
        name=frames_${end}_process
        ip link set ${end}0 netns "${!name}"
        inside "frames_$end" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
        inside "frames_$end" ip link set ${end}0 up
    done
    local ways=(send sendmmsg tx_ring tx_ring_v3 tx_ring_copied send_batch send_ring) readers=(recv recvmmsg rx_ring_v2 rx_ring_v2_in_place rx_ring_v3 rx_ring_v3_in_place receive_slots receive_blocks)
    local names=($(contenders packets))
    [[ " ${names[*]} " != *" libpcap "* ]] || { ways+=(pcap_send) readers+=(pcap_receive); }
    packets_table "packets: sending through a veth pair, each by the way of its row" sendmmsg packets_sent "${ways[@]}"
    packets_table "packets: receiving what sendmmsg sends from another processor" rx_ring_v2 packets_received "${readers[@]}"
    note "tx_ring_copied tells the kernel to copy out of the slots (PACKET_VNET_HDR, hdr_len); recv, recvmmsg and the plain rings copy each"
    note "frame out of where it is; rings in_place look at it there and give it back at once; weld's lend it to a packet, until that has gone."
    note "Nanoseconds are of the process's processor time (of a sender they contain what the receiving end's driver does), medians;"
    note "ratios are to the row of 1.00 in the same turn. weld's ways: send_batch, send_ring, receive_slots, receive_blocks."
}
packets_table() {  # TITLE BASE FUNCTION WAY...
    local title=$1 base=$2 function=$3 way size cells=()
    shift 3
    for way in "$@"; do for size in 64 1500; do cells+=("$way.$size"); done; done
    interleaved "$function" "${cells[@]}"
    table "$title" way "ns, 64 bytes" "of $base" "ns, 1500 bytes" "of $base"
    for way in "$@"; do
        row "$way" "$(median "$function" "$way.64" %.0f)" "$(ratio "$function" "$way.64" "$base.64")" \
            "$(median "$function" "$way.1500" %.0f)" "$(ratio "$function" "$way.1500" "$base.1500")"
    done
}
packets_program() {  # WAY
    case $1 in pcap_*) echo "$programs/packets/libpcap" ;; send_*|receive_*) echo "$programs/packets/weld" ;; *) echo "$programs/packets/bare" ;; esac
}
packets_sent() {  # WAY.SIZE
    inside frames_near "${at_client[@]}" timeout 60 "$(packets_program "${1%.*}")" "${1%.*}" near0 "${1#*.}" "$seconds" | cut -d ' ' -f 1
}
packets_received() {  # WAY.SIZE
    inside frames_near "${at_client[@]}" timeout 60 "$programs/packets/bare" sendmmsg near0 "${1#*.}" 30 > /dev/null &
    local sender=$!
    inside frames_far "${at_server[@]}" timeout 60 "$(packets_program "${1%.*}")" "${1%.*}" far0 "${1#*.}" "$seconds" | cut -d ' ' -f 1
    kill "$sender" 2> /dev/null
    wait "$sender" 2> /dev/null
}
