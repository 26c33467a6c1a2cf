# SPDX-License-Identifier: BSL-1.0
task_idle() {  # what a connection that waits costs the echo servers in memory
    local count=${CONNECTIONS:-10000} name before after
    built weld.benchmark.support.echo_load || { cat "$scratch/build"; return 1; }
    table "idle: bytes of user-space memory for each of $count connections after one echo" contender bytes
    for name in $(contenders echo); do
        start_server bash -c "ulimit -n $((count + 100)); exec \"\$0\" \"\$@\"" "$programs/echo/$name" || continue
        before=$(awk '/^RssAnon/ {print $2}' "/proc/$server/status")
        coproc holder { ulimit -n $((count + 100)); exec "$programs/support/echo_load" "$port" hold "$count"; }
        local holder_process=$holder_PID
        read -r -u "${holder[0]}" -t 120 _
        after=$(awk '/^RssAnon/ {print $2}' "/proc/$server/status")
        kill "$holder_process"
        wait "$holder_process" 2> /dev/null
        stop_server
        row "$name" $(((after - before) * 1024 / count))
    done
}
