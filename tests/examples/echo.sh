#!/usr/bin/env bash
# echo_server and echo_client: bytes come back, and what goes wrong in the world is said or survived.
. "$(dirname "$0")/programs.bash"
client=$examples/echo_client

# --- what comes back is what was sent --------------------------------------------------------------------------
serve echo_server --port 0 --patience 1
for size in 1 7 64 20000 3000000; do
    "$client" 127.0.0.1 "$port" --size $size --messages 20 --connections 3 > "$work/out" || fail "size $size"
done
expect_in "the client's account" "$(cat "$work/out")" "20 messages of 3000000 bytes over 3 connections"
"$client" localhost "$port" --connections 200 --messages 5000 > "$work/out" || fail "200 connections"
"$client" 127.0.0.1 "$port" --seconds 0.2 > "$work/out" || fail "for a time"
expect_in "percentiles" "$(cat "$work/out")" "p99.9"

# --- another's client: a line, and the end after the peer's end -------------------------------------------------
exec 3<> "/dev/tcp/127.0.0.1/$port"
echo "hello" >&3
read -r -t 5 line <&3
expect "a line" "$line" "hello"
exec 3>&-

# --- a reset in the middle: closing while bytes lie here unread --------------------------------------------------
for _ in 1 2 3; do
    exec 3<> "/dev/tcp/127.0.0.1/$port"
    head -c 100000 /dev/zero >&3
    exec 3>&-
done

# --- a peer that never reads is dropped after the patience, and holds nobody up ----------------------------------
before=$(descriptors "$server")
exec 3<> "/dev/tcp/127.0.0.1/$port"
head -c 100000000 /dev/zero >&3 2> /dev/null &
deaf=$!
"$client" 127.0.0.1 "$port" --messages 200 > "$work/out" || fail "others are served meanwhile"
within 8 ended "$deaf" || fail "who never reads is not dropped"
exec 3>&-
returned() { [ "$(descriptors "$server")" -le "$before" ]; }
within 3 returned || fail "descriptors are left over"

stop INT
expect "the end by SIGINT" "$status" 0
expect_in "its counts" "$last" "connections"
expect_in "the broken ones are counted" "$last" "4 of them broken off"

# --- SIGTERM with open connections; a client whose server goes away ----------------------------------------------
serve echo_server --port 0
"$client" 127.0.0.1 "$port" --seconds 20 --connections 5 > "$work/out" 2> "$work/error" &
talking=$!
sleep 0.5
stop TERM
expect "the end by SIGTERM" "$status" 0
within 5 ended "$talking" || fail "the client does not notice"
wait "$talking"
expect "a client whose server went away" "$?" 1
expect_in "its reason" "$(cat "$work/error")" "echo_client: 127.0.0.1:$port: echo: "

# --- refused (its port was just freed); nobody of that name -------------------------------------------------------
"$client" 127.0.0.1 "$port" > "$work/out" 2>&1
expect "refused" "$?" 1
expect_in "refused" "$(cat "$work/out")" "connect: connection refused"

# --- somebody who answers something else --------------------------------------------------------------------------
serve http_server --port 0 --root "$work"
"$client" 127.0.0.1 "$port" --size 200 > "$work/out" 2>&1
expect "a difference" "$?" 1
expect_in "a difference" "$(cat "$work/out")" "echo: "
stop

# --- IPv6, and both families on one socket --------------------------------------------------------------------------
if grep -q -s . /proc/net/if_inet6; then
    serve echo_server --port 0 --address ::
    "$client" ::1 "$port" --messages 100 > "$work/out" || fail "IPv6"
    "$client" 127.0.0.1 "$port" --messages 100 > "$work/out" || fail "IPv4 at an IPv6 server"
    stop
    expect_in "both families" "$last" "2 connections"
else
    echo "left out: IPv6 (this machine has none)"
fi

# --- a port that is taken, and one that takes rights ---------------------------------------------------------------
serve echo_server --port 0
"$examples/echo_server" --port "$port" > "$work/out" 2>&1
expect "a taken port" "$?" 1
expect "a taken port" "$(cat "$work/out")" "echo_server: 127.0.0.1:$port: address already in use"
stop

without_rights=()
[ "$(id -u)" = 0 ] && without_rights=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)
if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] && "${without_rights[@]}" test -x "$examples/echo_server" 2> /dev/null; then
    "${without_rights[@]}" "$examples/echo_server" --port 80 > "$work/out" 2>&1
    expect "a privileged port" "$?" 1
    expect "a privileged port" "$(cat "$work/out")" "echo_server: 127.0.0.1:80: permission denied"
else
    echo "left out: a privileged port (here everybody may have them, or setpriv is missing)"
fi

# --- nobody reads what it prints: no signal ends it -----------------------------------------------------------------
exec 4> >(head -n 1 > "$work/line")
"$examples/echo_server" --port 0 >&4 2> "$work/error" &
server=$!
exec 4>&-
within 20 test -s "$work/line" || fail "no line"
sleep 0.1
kill -INT "$server"
wait "$server"
expect "the end with a closed output" "$?" 0

# --- the command line -------------------------------------------------------------------------------------------------
while read -r wanted arguments; do
    read -r -a words <<< "$arguments"
    "$examples/${words[0]}" "${words[@]:1}" > "$work/out" 2>&1 < /dev/null
    expect "status of: $arguments" "$?" "$wanted"
    expect_in "answer to: $arguments" "$(cat "$work/out")" "usage: ${words[0]}"
done << 'END'
0 echo_server --help
0 echo_client --help
0 http_server --help
2 echo_server
2 echo_server --port 70000
2 echo_server --port x
2 echo_server --port
2 echo_server --port 0 --address nowhere
2 echo_server --port 0 --nonsense
2 echo_server --port 0 --net none
2 echo_client 127.0.0.1
2 echo_client 127.0.0.1 7 8
2 echo_client 127.0.0.1 7 --size 0
2 http_server --port 0
2 http_server --port 0 --root /nowhere/at/all
END
conclude
