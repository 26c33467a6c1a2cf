# SPDX-License-Identifier: BSL-1.0
task_echo() {  # echo servers over the host's TCP: instructions, system calls and processor time for a message of 64 bytes
    built weld.benchmark.support.echo_load || { cat "$scratch/build"; return 1; }
    local names=() name
    for name in $(contenders echo $(echo_order)); do
        if echo_is_whole "$name"; then names+=("$name"); else echo "echo/$name is left out: it loses what a slow peer does not take at once" >&2; fi
    done
    [ ${#names[@]} -gt 0 ] || return 1

    if have valgrind; then
        table "echo: user instructions in the server, for a message of 64 bytes there and back, or for a connection (churn1)" \
            contender pp1 burst64 churn1
        draw burst64; draw churn1
        for name in "${names[@]}"; do
            row "$name" "$(echo_instructions_each "$name" pp 1000 3000)" "$(echo_instructions_each "$name" burst 1280 3840)" \
                "$(echo_instructions_each "$name" churn 200 600)"
        done
        note "pp1: one connection, the next message when the last has come back. burst64: 64 connections, a message on each at" \
             "once. churn1: connect, one echo, reset. All of callgrind, the difference of two run lengths; exact."
    fi
    if have strace; then
        table "echo: system calls in the server, and those of them that fail; the same messages and connections" \
            contender pp1 "pp1 failing" burst64 "burst64 failing" churn1 "churn1 failing"
        for name in "${names[@]}"; do
            row "$name" $(echo_calls_each "$name" pp 200 600) $(echo_calls_each "$name" burst 640 1920) $(echo_calls_each "$name" churn 100 300)
        done
    fi
    if [ -r /proc/self/schedstat ]; then
        local mode
        for mode in pp burst churn; do
            eval "echo_time_$mode() { echo_processor_time \"\$1\" $mode; }"
            interleaved "echo_time_$mode" "${names[@]}"
        done
        table "echo: the server's processor time, user and kernel, as a ratio to bare's in the same turn; median of $runs (least to greatest)" \
            contender pp1 burst64 churn1
        for name in "${names[@]}"; do
            row "$name" "$(ratio echo_time_pp "$name" bare)" "$(ratio echo_time_burst "$name" bare)" "$(ratio echo_time_churn "$name" bare)"
        done
        note "bare takes $(median echo_time_pp bare %.0f), $(median echo_time_burst bare %.0f) and $(median echo_time_churn bare %.0f) ns on this machine."
    else
        absent "/proc/PID/schedstat: processor time"
    fi
}
echo_order() {  # from the least to the most that is between the program and the kernel; what else is there comes last
    local known="bare bare_edge bare_inline minimal_coroutine weld_lent weld usockets libev libuv libevent asio_callbacks asio_lent asio_awaitables"
    echo "$known"
    (cd benchmarks/echo && ls ./*.cpp | sed 's/^..//; s/\.cpp$//') | grep -vxF "$(printf '%s\n' $known)"
}
echo_is_whole() {  # NAME: nothing is lost of 16 MiB for a peer that reads only while nothing more can be sent
    local done
    start_server "$programs/echo/$1" || return
    timeout 60 "$programs/support/echo_load" "$port" slow 16
    done=$?
    stop_server
    return $done
}
echo_load() { timeout 120 "$@" "$programs/support/echo_load" "$port" "$mode" "$number" || echo "$name: the load failed, its number is void" >&2; }
echo_with() {  # NAME MODE NUMBER [WRAPPER...]: one run on one processor; burst's load and the other modes' server go first
    local name=$1 mode=$2 number=$3 order=first
    shift 3
    if [ "$mode" = burst ]; then
        start_server "${goes_second[@]}" "$@" "$programs/echo/$name" && echo_load "${goes_first[@]}"
    else
        start_server "${goes_first[@]}" "$@" "$programs/echo/$name" && echo_load "${goes_second[@]}"
    fi
    settled  # the load's connections have ended, which is not to be counted in one length and not in the other
    stop_server
}
echo_instructions_each() {  # NAME MODE SHORT LONG: user instructions for one more message
    local count=(0) number
    for number in "$3" "$4"; do
        echo_with "$1" "$2" "$number" valgrind --tool=callgrind --callgrind-out-file=/dev/null
        count+=($(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/err"))
    done
    per "${count[2]:-}" "${count[1]:-}" $(($4 - $3))
}
echo_calls_each() {  # NAME MODE SHORT LONG: system calls for one more message, and those that fail
    local counts=() number waited
    for number in "$3" "$4"; do
        echo_with "$1" "$2" "$number" strace -D -f -o "$scratch/strace"
        for ((waited = 0; waited < 100; ++waited)); do
            grep -q -E '\+\+\+ (killed|exited)' "$scratch/strace" && break
            sleep 0.05
        done
        counts+=($(system_calls_in "$scratch/strace"))
    done
    calculate "(${counts[2]} - ${counts[0]}) / ($4 - $3)"
    echo " $(calculate "(${counts[3]} - ${counts[1]}) / ($4 - $3)")"
}
echo_processor_time() {  # NAME MODE: nanoseconds for each message or connection, server and load on different processors
    local name=$1 mode=$2 number before after
    case $mode in pp) number=10000 ;; burst) number=64000 ;; churn) number=3000 ;; esac
    start_server "${undisturbed_server[@]}" "$programs/echo/$name" || return
    before=$(cut -d ' ' -f 1 "/proc/$server/schedstat")
    echo_load "${undisturbed_client[@]}"
    after=$(cut -d ' ' -f 1 "/proc/$server/schedstat")
    stop_server
    echo $(((after - before) / number))
}
