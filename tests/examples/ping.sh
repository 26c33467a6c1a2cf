#!/usr/bin/env bash
# ping beside the system's own, and sniff beside what is really sent. They take rights that not everybody has.

# Where that is possible, all of it happens in a network of its own, in which nobody else sends anything.
if [ -z "${alone:-}" ] && command -v ip > /dev/null && unshare --net true 2> /dev/null; then
    alone=yes exec unshare --net "$0"
fi
[ -z "${alone:-}" ] || ip link set lo up

. "$(dirname "$0")/programs.bash"
ping=$examples/ping

"$ping" 127.0.0.1 -c 1 > "$work/out" 2>&1
if [ $? = 2 ]; then
    expect_in "without rights" "$(cat "$work/out")" "CAP_NET_RAW"
    skip "$(cat "$work/out")"
fi

# What people know from ping, line by line; the numbers are taken out, since they differ.
shape() { sed -E 's/[0-9]+(\.[0-9]+)?/N/g; s/(ttl|icmp_seq|time)=N/\1=N/; /^$/d; /^From /s/From [^ ]*/From N/'; }
same_as_ping() {
    "$ping" "$@" > "$work/mine" 2>&1
    local mine=$?
    command ping -n "$@" > "$work/theirs" 2>&1
    expect "status of ping $*" "$mine" "$?"
    # From iputils' own answer the reverse lookup is left out by -n, and rounding words differ between its versions.
    expect "ping $*" "$(shape < "$work/mine")" "$(shape < "$work/theirs")"
}
if command -v ping > /dev/null && command ping -n -c 1 127.0.0.1 > /dev/null 2>&1; then
    same_as_ping -c 3 -i 0.2 127.0.0.1
    same_as_ping -c 1 -s 20000 127.0.0.1
    same_as_ping -c 2 -i 0.2 -s 16 127.0.0.3
else
    echo "left out: the system's ping (not installed, or not allowed)"
fi
"$ping" localhost -c 2 -i 0.2 > "$work/out" || fail "by name"
expect_in "by name" "$(cat "$work/out")" "PING localhost (127.0.0.1) 56(84) bytes of data."
expect_in "counts" "$(cat "$work/out")" "2 packets transmitted, 2 received, 0% packet loss, time "

"$ping" no.such.name.invalid -c 1 > "$work/out" 2>&1
expect "an unknown name" "$?" 2
expect_in "an unknown name" "$(cat "$work/out")" "ping: no.such.name.invalid: "

"$ping" 127.0.0.1 -i 0.2 > "$work/out" &
pinging=$!
within 5 grep -q 'icmp_seq=3' "$work/out" || fail "it goes on"
kill -INT "$pinging"
wait "$pinging"
expect "SIGINT: somebody answered" "$?" 0
expect_in "SIGINT: the account" "$(cat "$work/out")" "0% packet loss"

# --- in a network of our own: nobody answers, no way there, and no rights but a group's -------------------------------
if unshare --net true 2> /dev/null && command -v ip setpriv > /dev/null; then
    unshare --net bash -s "$ping" > "$work/out" 2>&1 << 'END'
        "$1" 10.1.2.3 -c 1 -W 0.3; echo "no way: $?"
        ip link add left type veth peer name right && ip addr add 10.1.2.1/24 dev left && ip link set left up && ip link set right up
        ip neigh add 10.1.2.3 lladdr 02:00:00:00:00:01 dev left
        "$1" 10.1.2.3 -c 2 -i 0.2 -W 0.3; echo "silence: $?"
        ip link set lo up
        nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$@"; }
        nobody "$1" 127.0.0.1 -c 1; echo "no rights: $?"
        echo "65534 65534" > /proc/sys/net/ipv4/ping_group_range
        nobody "$1" 127.0.0.1 -c 2 -i 0.2 -s 100; echo "a group's rights: $?"
END
    out=$(cat "$work/out")
    expect_in "no way there" "$out" "ping: 10.1.2.3: network is unreachable"
    expect_in "no way there" "$out" "no way: 2"
    expect_in "silence" "$out" "2 packets transmitted, 0 received, 100% packet loss"
    expect_in "silence" "$out" "silence: 1"
    expect_in "no rights" "$out" "no rights: 2"
    expect_in "a ping socket" "$out" "108 bytes from 127.0.0.1: icmp_seq=2 ttl=64"
    expect_in "a ping socket" "$out" "a group's rights: 0"
else
    echo "left out: a network of our own (unshare --net, ip and setpriv are wanted)"
fi

# --- sniff sees what ping sends --------------------------------------------------------------------------------------
sniff=$examples/sniff
"$sniff" no-such-interface > "$work/out" 2>&1
expect "sniff: an unknown interface" "$?" 1
expect "sniff: an unknown interface" "$(cat "$work/out")" "sniff: no-such-interface: no such device"
"$sniff" lo > "$work/frames" 2> "$work/error" &
sniffing=$!
within 5 grep -q 'listening on lo' "$work/error" || { cat "$work/error"; fail "sniff does not listen"; conclude; }
"$ping" 127.0.0.9 -c 2 -i 0.2 -s 77 > /dev/null
seen() { [ "$(grep -c '127.0.0.9.*ICMP echo re.*length 85' "$work/frames")" -eq 4 ]; }
within 3 seen || { cat "$work/frames"; fail "sniff: two requests and two replies"; }
serve echo_server --port 0
"$examples/echo_client" 127.0.0.1 "$port" --messages 1 > /dev/null
within 3 grep -q "127.0.0.1.$port: Flags \[S\], seq .* win .*mss 65495" "$work/frames" || fail "sniff: a SYN"
stop
kill -INT "$sniffing"
wait "$sniffing"
expect "sniff: the end" "$?" 0
expect_in "sniff: its counts" "$(cat "$work/error")" "frames came"
conclude
