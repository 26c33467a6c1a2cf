# SPDX-License-Identifier: BSL-1.0
task_simulation() {  # worlds of 2, 100 and 1000 hosts that talk in a ring
    [ "$(contenders simulation)" ] || return 0
    local all=() kind hosts name cost=() least
    for kind in datagrams streams; do
        for hosts in 2 100 1000; do all+=("$hosts:$kind"); done
    done
    interleaved simulation_rate "${all[@]}"
    table "simulation: packets through the network of a world; processor time, median of $runs (least to greatest)" \
        "hosts and traffic" "instructions a packet" "of 2 hosts'" "cache misses a packet" packets/s "least to greatest" "virtual seconds a second"
    draw packets/s
    for kind in datagrams streams; do
        least=-
        for hosts in 2 100 1000; do
            name="$hosts:$kind" cost=(- -)
            have valgrind && cost=($(simulation_counts "$hosts" "$kind"))
            [ "$hosts" != 2 ] || least=${cost[0]}
            row "$hosts, $kind" "${cost[0]}" "$(calculate "${cost[0]} / $least")" "${cost[1]}" "$(median simulation_rate "$name" %.0f)" \
                "$(spread simulation_rate "$name" %.0f)" "$(middle %.3g < "$scratch/virtual.$name")"
        done
    done
    note "Misses of both first-level caches, as callgrind simulates them: 32 KiB in 8 ways for data, as much for instructions."
}
simulation_rate() {  # HOSTS:TRAFFIC: packets a second
    local got
    got=($(timeout 300 "${at_server[@]}" "$programs/simulation/weld" "${1%:*}" "${1#*:}"))
    calculate "${got[2]} / ${got[1]}" "%.4g\n" >> "$scratch/virtual.$1"
    calculate "${got[0]} / ${got[1]}" "%.0f\n"
}
simulation_counts() {  # HOSTS TRAFFIC: instructions and cache misses for one packet; the warm-up is not counted
    local milliseconds=$((10000 / $1)) packets counted
    [ $milliseconds -gt 40 ] || milliseconds=40
    [ $milliseconds -lt 1000 ] || milliseconds=1000
    timeout 900 valgrind --tool=callgrind --callgrind-out-file=/dev/null --instr-atstart=no --cache-sim=yes \
        --I1=32768,8,64 --D1=32768,8,64 --LL=8388608,16,64 "$programs/simulation/weld" "$1" "$2" $milliseconds > "$scratch/out" 2> "$scratch/err"
    # Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
    packets=$(cut -d ' ' -f 1 "$scratch/out") counted=($(sed -n 's/.*Collected : //p' "$scratch/err"))
    if [ "${counted[0]:-0}" -gt 0 ]; then
        calculate "${counted[0]} / $packets" "%.0f "
        calculate "(${counted[3]} + ${counted[4]} + ${counted[5]}) / $packets" "%.0f"
    else
        echo "- -"
    fi
}
