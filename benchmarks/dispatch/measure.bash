# SPDX-License-Identifier: BSL-1.0
task_dispatch() {  # one send-shaped call through each kind of door
    local names=() name order backend variant known="inlined weld_typed generated_switch weld_any_socket pointer_table virtual_function std_function weld_any_family"
    for name in $(contenders dispatch $known); do
        if built "weld.benchmark.dispatch.${name}_retpolines"; then names+=("$name"); else absent "dispatch/${name}_retpolines"; fi
    done
    if have valgrind; then
        table "dispatch: user instructions of one call and its loop, four protocols in turn; what the protocols do is nothing, or getppid" \
            contender "null backend" "with retpolines" "getppid, inline" "getppid, libc"
        draw "with retpolines"
        for name in "${names[@]}"; do
            row "$name" "$(dispatch_instructions "$name" null)" "$(dispatch_instructions "${name}_retpolines" null)" \
                "$(dispatch_instructions "$name" inline)" "$(dispatch_instructions "$name" libc)"
        done
        note "weld_typed, weld_any_socket and weld_any_family are whole calls of weld: their answer is a result, and they take a span."
    fi

    local runs=${RUNS:-9} all=() plain
    for order in one turn mixed; do
        for variant in "" _retpolines; do
            for name in "${names[@]}"; do all+=("$name$variant:null:$order"); done
        done
    done
    for backend in inline libc; do
        for variant in "" _retpolines; do
            for name in "${names[@]}"; do all+=("$name$variant:$backend:turn"); done
        done
    done
    interleaved dispatch_time "${all[@]}"
    plain=inlined:null:one
    table "dispatch: processor time of a call, null backend, as a ratio to the inlined one of the same turn; median of $runs (least to greatest)" \
        contender "one socket" "four in turn" mixed "one, retpolines" "in turn, retpolines" "mixed, retpolines"
    draw "in turn, retpolines"
    for name in "${names[@]}"; do
        row "$name" "$(ratio dispatch_time "$name:null:one" $plain)" "$(ratio dispatch_time "$name:null:turn" $plain)" \
            "$(ratio dispatch_time "$name:null:mixed" $plain)" "$(ratio dispatch_time "${name}_retpolines:null:one" $plain)" \
            "$(ratio dispatch_time "${name}_retpolines:null:turn" $plain)" "$(ratio dispatch_time "${name}_retpolines:null:mixed" $plain)"
    done
    note "The inlined call takes $(median dispatch_time $plain %.2f) ns on this machine."

    plain=inlined:libc:turn
    table "dispatch: the same with a system call behind it (getppid), four in turn, as a ratio to the inlined call of libc's wrapper" \
        contender "inline instruction" "libc's wrapper" "inline, retpolines" "libc, retpolines"
    for name in "${names[@]}"; do
        row "$name" "$(ratio dispatch_time "$name:inline:turn" $plain)" "$(ratio dispatch_time "$name:libc:turn" $plain)" \
            "$(ratio dispatch_time "${name}_retpolines:inline:turn" $plain)" "$(ratio dispatch_time "${name}_retpolines:libc:turn" $plain)"
    done
    note "The inlined call of libc's wrapper takes $(median dispatch_time $plain %.0f) ns on this machine, of the inline instruction $(median dispatch_time inlined:inline:turn %.0f) ns."
}
dispatch_instructions() {  # PROGRAM BACKEND
    calculate "($(instructions "$programs/dispatch/$1" "$2" turn 30000) - $(instructions "$programs/dispatch/$1" "$2" turn 10000)) / 20000" %.1f
}
dispatch_time() {  # PROGRAM:BACKEND:ORDER
    local words calls=200000
    IFS=: read -r -a words <<< "$1"
    [ "${words[1]}" = null ] || calls=10000
    "${at_server[@]}" "$programs/dispatch/${words[0]}" "${words[1]}" "${words[2]}" $calls 20
}
