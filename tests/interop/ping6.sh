#!/usr/bin/env bash
# ping both ways over IPv6, by global and link-local addresses, with fragments, and nmap's look at weld's stack, over tap and veth.
. "$(dirname "$0")/network.bash"
command -v ping > /dev/null || skip "ping is not installed"

for way in "tap" "packet"; do
    echo "$way"
    use $way
    with6
    serve_own echo_server --port 7
    for to in $own6 "$own6_link%$wire"; do
        ping -6 -n -c 3 -i 0.2 -W 2 "$to" > "$work/out" || { cat "$work/out"; fail "$way: the kernel pings weld at $to"; }
        expect_in "$way: ping" "$(cat "$work/out")" "3 received, 0% packet loss"
    done
    ping -6 -n -c 1 -W 2 -s 60000 $own6 > "$work/out" || { cat "$work/out"; fail "$way: the kernel pings weld with fragments"; }
    if command -v nmap > /dev/null; then
        nmap -6 -n -Pn -sT -p 7,8 --max-retries 2 --host-timeout 10s $own6 > "$work/out" 2>&1
        expect_in "$way: nmap, open" "$(tr -s ' ' < "$work/out")" "7/tcp open"
        expect_in "$way: nmap, closed" "$(tr -s ' ' < "$work/out")" "8/tcp closed"
        nmap -6 -n -Pn -sU -p 7 --max-retries 2 --host-timeout 10s $own6 > "$work/out" 2>&1
        expect_in "$way: nmap by UDP: port unreachable" "$(tr -s ' ' < "$work/out")" "7/udp closed"
    else
        echo "left out: nmap is not installed"
    fi
    stop

    own ping $kernel6 -c 3 -i 0.2 > "$work/out" || { cat "$work/out"; fail "$way: weld pings the kernel"; }
    expect_in "$way: our ping" "$(cat "$work/out")" "3 received, 0% packet loss"
    expect_in "$way: our ping" "$(cat "$work/out")" "ttl=64"
    own ping $kernel6 -c 1 -s 60000 > "$work/out" || { cat "$work/out"; fail "$way: weld pings with fragments"; }
    link=$(ip -6 -o addr show dev $wire scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
    own ping "$link%1" -c 1 > "$work/out" || { cat "$work/out"; fail "$way: weld pings a link-local address"; }
    own ping 2001:db8::1 -c 1 > "$work/out" 2>&1
    expect "$way: no way there" "$?" 2
    expect_in "$way: no way there" "$(cat "$work/out")" "network is unreachable"
done
unuse
conclude
