# SPDX-License-Identifier: BSL-1.0
task_idle() {  # what a connection that waits costs the echo servers in memory
    local count=${CONNECTIONS:-10000} name bytes
    built weld.benchmark.support.echo_load || { cat "$scratch/build"; return 1; }
    [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt $((count + 100)) ] || count=$(($(ulimit -Hn) - 100))
    table "idle: bytes of user-space memory for each of $count connections after one echo; whose buffer it is" contender bytes buffer
    for name in $(contenders echo $(echo_order)); do
        bytes=$(idle_bytes "$name" "$count")
        case $name in
            weld | asio_callbacks | asio_awaitables) row "$name" "$bytes" "4096 in each" ;;
            libevent) row "$name" "$bytes" "the library's" ;;
            *) row "$name" "$bytes" "one for all" ;;
        esac
    done
    note "The server's anonymous memory, by /proc/PID/status."
}
idle_bytes() {  # CONTENDER CONNECTIONS
    local before after word=
    start_server bash -c "ulimit -n $(($2 + 100)); exec \"\$0\" \"\$@\"" "$programs/echo/$1" || return
    before=$(awk '/^RssAnon/ {print $2}' "/proc/$server/status")
    coproc holder { ulimit -n $(($2 + 100)); exec "$programs/support/echo_load" "$port" hold "$2"; }
    local holder_process=$holder_PID
    read -r -u "${holder[0]}" -t 120 word
    after=$(awk '/^RssAnon/ {print $2}' "/proc/$server/status")
    kill "$holder_process"
    wait "$holder_process" 2> /dev/null
    stop_server
    if [ "$word" = held ]; then echo $(((after - before) * 1024 / $2)); else echo -; fi
}
