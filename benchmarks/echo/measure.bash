# SPDX-License-Identifier: BSL-1.0
task_echo() {  # an echo server over the host's TCP: user instructions and system calls for a message of 64 bytes
    have valgrind strace || return 0
    built weld.benchmark.support.echo_load || { cat "$scratch/build"; return 1; }
    table "echo: one connection, 64 bytes there and back, counts per message in the server" \
        contender instructions "system calls" failing
    local name short long fewer more
    for name in $(contenders echo); do
        short=$(echo_instructions "$name" pp 1000) long=$(echo_instructions "$name" pp 3000)
        fewer=($(echo_system_calls "$name" pp 100)) more=($(echo_system_calls "$name" pp 300))
        row "$name" "$(per "$long" "$short" 2000)" "$(per "${more[0]}" "${fewer[0]}" 200)" "$(per "${more[1]}" "${fewer[1]}" 200)"
    done
}
echo_load() { timeout 120 "$programs/support/echo_load" "$port" "$@"; }
echo_instructions() {  # CONTENDER MODE NUMBER: user instructions of the server's whole run
    start_server "${goes_first[@]}" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$programs/echo/$1" || return
    "${goes_second[@]}" "$programs/support/echo_load" "$port" "$2" "$3" || echo "$1: the load failed, its row is void" >&2
    stop_server
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/err"
}
echo_system_calls() {  # CONTENDER MODE NUMBER: how many, and how many failed
    start_server strace -D -f -o "$scratch/strace" "$programs/echo/$1" || return
    echo_load "$2" "$3"
    stop_server
    sleep 0.1
    system_calls_in "$scratch/strace"
}
