#!/usr/bin/env bash
# ping both ways and nmap's look at weld's stack: open and closed ports, over tap and over veth.
. "$(dirname "$0")/network.bash"
command -v ping > /dev/null || skip "ping is not installed"

for way in "tap" "packet"; do
    echo "$way"
    use $way
    serve_own echo_server --port 7
    ping -n -c 3 -i 0.2 -W 2 $own > "$work/out" || { cat "$work/out"; fail "$way: the kernel pings weld"; }
    expect_in "$way: ping" "$(cat "$work/out")" "3 received, 0% packet loss"
    ping -n -c 1 -W 2 -s 60000 $own > "$work/out" || { cat "$work/out"; fail "$way: the kernel pings weld with fragments"; }
    if command -v nmap > /dev/null; then
        nmap -n -Pn -sT -p 7,8,9 --max-retries 2 --host-timeout 10s $own > "$work/out" 2>&1
        expect_in "$way: nmap, open" "$(tr -s ' ' < "$work/out")" "7/tcp open"
        expect_in "$way: nmap, closed" "$(tr -s ' ' < "$work/out")" "8/tcp closed"
        nmap -n -Pn -sS -p 7,8 --max-retries 2 --host-timeout 10s $own > "$work/out" 2>&1
        expect_in "$way: nmap by SYN, open" "$(tr -s ' ' < "$work/out")" "7/tcp open"
        expect_in "$way: nmap by SYN, closed" "$(tr -s ' ' < "$work/out")" "8/tcp closed"
        nmap -n -Pn -sU -p 7 --max-retries 2 --host-timeout 10s $own > "$work/out" 2>&1
        expect_in "$way: nmap by UDP: port unreachable" "$(tr -s ' ' < "$work/out")" "7/udp closed"
        nmap -n -Pn -sO -p 1,6,17,200 --max-retries 2 --host-timeout 10s $own > "$work/out" 2>&1
        expect_in "$way: nmap by protocol: unreachable" "$(tr -s ' ' < "$work/out")" "200 closed"
    else
        echo "left out: nmap is not installed"
    fi
    stop

    own ping $kernel -c 3 -i 0.2 > "$work/out" || { cat "$work/out"; fail "$way: weld pings the kernel"; }
    expect_in "$way: our ping" "$(cat "$work/out")" "3 received, 0% packet loss"
    expect_in "$way: our ping" "$(cat "$work/out")" "ttl=64"
    own ping $kernel -c 1 -s 60000 > "$work/out" || { cat "$work/out"; fail "$way: weld pings with fragments"; }
    own ping 192.0.2.1 -c 1 > "$work/out" 2>&1
    expect "$way: no way there" "$?" 2
    expect_in "$way: no way there" "$(cat "$work/out")" "network is unreachable"

    "${inside[@]}" "$examples/sniff" weld0 -c 2 --net "$net" > "$work/frames" 2> "$work/error" &
    sniffing=$!
    within 5 grep -q -s 'listening on weld0' "$work/error" || { cat "$work/error"; fail "$way: sniff"; }
    ping -n -c 1 -W 1 $own > "$work/out" 2>&1
    within 5 ended $sniffing || fail "$way: sniff sees nothing"
    expect_in "$way: sniff" "$(cat "$work/frames")" "$own"
    wait $sniffing
done
unuse
conclude
