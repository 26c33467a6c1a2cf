#!/usr/bin/env bash
# At its limit of descriptors a server keeps serving those it has, does not spin, and accepts again when some have left.
. "$(dirname "$0")/programs.bash"

# says HOW: sends a line over connection $1 and reads what comes back within $2 seconds.
answer_on() {
    echo "line $1" >&"$1" || return 1
    read -r -t "$2" back <&"$1" && [ "$back" = "line $1" ]
}

(
    ulimit -n 24
    exec "$examples/echo_server" --port 0 > "$work/limited.log" 2>&1
) &
server=$!
within 20 grep -q -s 'listening on' "$work/limited.log" || { cat "$work/limited.log"; fail "it does not listen"; conclude; }
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$work/limited.log")

numbers=()
for _ in $(seq 30); do  # all are connected: those it cannot take wait in the backlog
    exec {fd}<> "/dev/tcp/127.0.0.1/$port" || fail "connect"
    numbers+=("$fd")
done
served=0
for fd in "${numbers[@]}"; do
    if answer_on "$fd" 0.3; then served=$((served + 1)); else break; fi
done
[ $served -ge 10 ] && [ $served -lt 24 ] || fail "served within the limit: $served"

begin=$(processor_time "$server")
sleep 1
spent=$(($(processor_time "$server") - begin))
[ "$spent" -le 5 ] || fail "it spins: $spent hundredths of a second in one"

for fd in "${numbers[@]:0:served}"; do answer_on "$fd" 2 || fail "one that it had is not served any more"; done

for fd in "${numbers[@]:0:served}"; do exec {fd}>&-; done
late=0
for fd in "${numbers[@]:served}"; do
    if [ $late -eq 0 ]; then read -r -t 5 back <&"$fd" && [ "$back" = "line $fd" ]; else answer_on "$fd" 5; fi ||
        fail "one that waited is not served"
    late=$((late + 1))
done
"$examples/echo_client" 127.0.0.1 "$port" --messages 100 --connections 3 > "$work/out" || fail "a new one is not served"
for fd in "${numbers[@]:served}"; do exec {fd}>&-; done

kill -INT "$server"
wait "$server"
expect "its end" "$?" 0
conclude
