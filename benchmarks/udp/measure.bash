# SPDX-License-Identifier: BSL-1.0
task_udp() {  # datagrams over the host's UDP: one a call, in batches, and as super-datagrams (GSO, GRO)
    have valgrind strace || return 0
    built weld.benchmark.support.udp_load || { cat "$scratch/build"; return 1; }
    local names=($(contenders udp)) name mode way key columns=() keys=()
    for mode in echo sink; do
        for way in plain batch gso; do keys+=("$mode.$way") columns+=("$mode $way"); done
    done
    table "udp: 64 datagrams of 1000 bytes in flight, user instructions in the server for each (gso: for each 64)" contender "${columns[@]}"
    for name in "${names[@]}"; do
        local numbers=()
        for key in "${keys[@]}"; do numbers+=("$(udp_cost "$name" "${key%.*}" "${key#*.}")"); done
        row "$name" "${numbers[@]}"
    done
    note "echo sends each back, sink takes them; batch: up to 64 a call; gso: 64 a call, as one super-datagram."
    table "udp: system calls in the server for 64 datagrams, and how many of them fail" contender "${columns[@]}"
    for name in "${names[@]}"; do
        numbers=()
        for key in "${keys[@]}"; do numbers+=("$(udp_calls "$name" "${key%.*}" "${key#*.}")"); done
        row "$name" "${numbers[@]}"
    done
    table "udp: datagrams a second, as ratios to bare plain of the same mode" contender "${columns[@]}"
    local timed=()
    for name in "${names[@]}"; do for key in "${keys[@]}"; do udp_has "$name" "${key#*.}" && timed+=("$name.$key"); done; done
    interleaved udp_rate "${timed[@]}"
    for name in "${names[@]}"; do
        numbers=()
        for key in "${keys[@]}"; do
            if udp_has "$name" "${key#*.}"; then numbers+=("$(ratio udp_rate "$name.$key" "bare.${key%.*}.plain")"); else numbers+=(-); fi
        done
        row "$name" "${numbers[@]}"
    done
}
udp_has() { [ "$1" != asio ] || [ "$2" = plain ]; }  # CONTENDER WAY
udp_load() {  # MODE WAY ROUNDS
    timeout 120 "$programs/support/udp_load" "$port" "$@"
}
udp_instructions() {  # CONTENDER MODE WAY ROUNDS: of the server's whole run
    start_server "${goes_second[@]}" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$programs/udp/$1" "$2" "$3" || return
    "${goes_first[@]}" timeout 120 "$programs/support/udp_load" "$port" "$2" "$3" "$4" > /dev/null || echo "$*: the load failed, its cell is void" >&2
    wait "$server" 2> /dev/null
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/err"
}
udp_cost() {  # CONTENDER MODE WAY: a datagram's, or a super-datagram's
    udp_has "$1" "$3" || { echo -; return; }
    local calls=64
    [ "$3" != gso ] || calls=1
    per "$(udp_instructions "$1" "$2" "$3" 80)" "$(udp_instructions "$1" "$2" "$3" 20)" $((60 * calls)) 2> /dev/null
}
udp_calls() {  # CONTENDER MODE WAY: "calls (failing)" of a round
    udp_has "$1" "$3" || { echo -; return; }
    local rounds counts=()
    for rounds in 10 30; do
        start_server "${goes_second[@]}" strace -f -o "$scratch/strace" "$programs/udp/$1" "$2" "$3" || return
        "${goes_first[@]}" timeout 120 "$programs/support/udp_load" "$port" "$2" "$3" "$rounds" > /dev/null
        wait "$server" 2> /dev/null
        counts+=($(system_calls_in "$scratch/strace"))
    done
    echo "$(calculate "(${counts[2]} - ${counts[0]}) / 20" %.1f) ($(calculate "(${counts[3]} - ${counts[1]}) / 20" %.1f))"
}
udp_rate() {  # CONTENDER.MODE.WAY: datagrams a second
    local IFS=. words
    words=($1)
    unset IFS
    start_server "${at_server[@]}" "$programs/udp/${words[0]}" "${words[1]}" "${words[2]}" || return
    "${at_client[@]}" timeout 120 "$programs/support/udp_load" "$port" "${words[1]}" "${words[2]}" "$([ "${words[2]}" = gso ] && echo 10000 || echo 1000)"
    wait "$server" 2> /dev/null
}
