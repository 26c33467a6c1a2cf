# SPDX-License-Identifier: BSL-1.0
task_wire() {  # bulk TCP with the kernel in another namespace: over tap and over veth, both ways, with offloads and without
    namespace wire_kernel && namespace wire_own && have ethtool || return 0
    ip link add peer0 type veth peer name kernel0 2> /dev/null || { absent "veth interfaces"; return 0; }
    ip link del peer0
    local names=($(contenders wire)) devices=(kernel packet packet_blocks packet_batch packet_shared tap) kind way cells=() device seconds=${SECONDS_EACH:-1}
    [[ " ${names[*]} " != *" weld "* ]] && return 1
    for kind in offloads plain; do
        cells=()
        for device in "${devices[@]}"; do cells+=("$device.$kind.sink" "$device.$kind.source"); done
        [ "$kind" = plain ] && cells+=(packet_own.plain.sink packet_own.plain.source)
        [ "$kind" = plain ] && [[ " ${names[*]} " == *" lwip "* ]] && cells+=(tap_lwip.plain.sink tap_lwip.plain.source)
        [ "$kind" = plain ] && cells+=(tap_bare.plain.source)
        for way in "${cells[@]}"; do : > "$scratch/wire_rate.$way"; done
        interleaved wire_cost "${cells[@]}"
    done
    for kind in offloads plain; do
        table "wire: bulk TCP with the kernel, $([ $kind = plain ] && echo without || echo with) offloads, beside the kernel with itself over veth" \
            device "sink: ns per KB" "of the kernel's" "rate of its" "source: ns per KB" "of the kernel's" "rate of its"
        for device in "${devices[@]}" tap_bare tap_lwip packet_own; do
            [ -s "$scratch/wire_cost.$device.$kind.source" ] || continue
            local row=("$device")
            for way in sink source; do
                [ -e "$scratch/wire_cost.$device.$kind.$way" ] || { row+=(- - -); continue; }
                row+=("$(median wire_cost "$device.$kind.$way" %.0f)" "$(ratio wire_cost "$device.$kind.$way" "kernel.$kind.$way")"
                    "$(ratio wire_rate "$device.$kind.$way" "kernel.$kind.$way")")
            done
            row "${row[@]}"
        done
    done
    note "tap_bare writes segments that are always the same, tap_lwip is lwIP; neither knows a virtio header."
    note "packet has a ring to send by, packet_batch sendmmsg; packet_own splits its super-segments itself, packet lets the kernel do it;"
    note "packet_blocks receives by blocks; packet_shared has the interface's station, the others over packet sockets one of their own."
    note "Nanoseconds are processor time of both programs, softirqs on their behalf included; a rate's ratio means little on a loaded machine."
}
wire_plain() {  # NAMESPACE INTERFACE
    inside "$1" ethtool -K "$2" tx off tso off gso off gro off > /dev/null 2>&1
}
wire_setup() {  # DEVICE KIND: an interface for the kernel, 10.0.0.1, and weld0 for the other side
    inside wire_kernel ip link del kernel0 2> /dev/null
    inside wire_kernel ip link del weld0 2> /dev/null
    case $1 in
        tap*)
            inside wire_kernel ip tuntap add dev weld0 mode tap
            inside wire_kernel ip addr add 10.0.0.1/24 dev weld0
            inside wire_kernel ip link set weld0 up ;;
        *)
            ip link add kernel0 type veth peer name weld0
            ip link set kernel0 netns "$wire_kernel_process"
            ip link set weld0 netns "$wire_own_process"
            [ "$2" = offloads ] || { wire_plain wire_kernel kernel0; wire_plain wire_own weld0; }
            [ "$1" != kernel ] || inside wire_own ip addr add 10.0.0.2/24 dev weld0
            inside wire_kernel ip addr add 10.0.0.1/24 dev kernel0
            inside wire_kernel ip link set kernel0 up
            inside wire_own ip link set weld0 up
            [ "$1" != kernel ] || cubic inside wire_own ;;
    esac
    cubic inside wire_kernel
}
wire_cost() {  # DEVICE.KIND.ROLE: ns of processor time per 1000 bytes, of both sides; keeps the rate too
    local IFS=. words
    words=($1)
    unset IFS
    local name=${words[0]} kind=${words[1]} role=${words[2]} own program=weld where=wire_own
    case $name in kernel) program=kernel ;; tap_*) program=${name#tap_} ;; esac
    [[ "$name" != tap* ]] || where=wire_kernel
    # Over a plain veth weld sends super-segments all the same, which the kernel then splits; "packet_own" splits them itself.
    local as=$name
    [[ $kind != plain || $name != tap* ]] || as=tap_plain
    [ "$name" != packet_own ] || as=packet_plain
    own=("$programs/wire/$program" "$as")
    wire_setup "$name" "$kind" 2> /dev/null
    if [ "$role" = sink ]; then
        port=7
        wire_pair "inside $where ${at_server[*]} ${own[*]} sink 10.0.0.2 7" \
            "inside wire_kernel ${at_client[*]} $programs/wire/kernel kernel source 10.0.0.2 7 $seconds"
    else
        wire_pair "inside wire_kernel ${at_client[*]} $programs/wire/kernel kernel sink 10.0.0.1 7" \
            "inside $where ${at_server[*]} ${own[*]} source 10.0.0.1 7 $seconds"
    fi
    cut -d ' ' -f 1 "$scratch/wire_sink" | grep . >> "$scratch/wire_rate.$1" || echo nan >> "$scratch/wire_rate.$1"
}
wire_pair() {  # SINK SOURCE: commands; prints ns per 1000 bytes
    local sink waited
    : > "$scratch/wire"
    timeout 60 bash -c "$(declare -f inside); $(declare -p wire_kernel_process wire_own_process); $1" > "$scratch/wire" &
    sink=$!
    for ((waited = 0; waited < 200; ++waited)); do grep -q listening "$scratch/wire" && break; sleep 0.02; done
    timeout 60 bash -c "$(declare -f inside); $(declare -p wire_kernel_process wire_own_process); $2" > "$scratch/wire_source"
    wait "$sink"
    awk '/^[0-9]/ { rate = $1; bytes = $2; used = $3 } END { print rate, bytes, used }' "$scratch/wire" > "$scratch/wire_sink"
    awk -v used="$(cat "$scratch/wire_source")" '$2 > 0 { printf "%.3f\n", ($3 + used) / $2 * 1e12 }' "$scratch/wire_sink"
}
