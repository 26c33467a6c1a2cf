#!/usr/bin/env bash
# What weld's stack sends is looked at by tshark: nothing is malformed, no checksum is bad. ping both ways is in it,
# streams, large datagrams of ping in fragments, refused connections, and a few lost frames.
. "$(dirname "$0")/network.bash"
command -v tshark > /dev/null || skip "tshark is not installed"
command -v tcpdump > /dev/null || skip "tcpdump is not installed"
command -v curl > /dev/null || skip "curl is not installed"
mkdir "$work/root"
head -c 2000000 /dev/urandom > "$work/root/file"

for way in "tap offloads=no" "packet offloads=no" "packet"; do
    echo "$way"
    use $way
    [ "$way" = packet ] || net+=,lose=0.002,seed=3
    device=weld0
    [ "${way%% *}" = tap ] || device=kernel0
    # The kernel's own frames are not summed up yet where they are captured; ours are.
    tcpdump -i $device -Z root -B 16384 -s 0 -U -w "$work/capture" > "$work/tcpdump" 2>&1 &
    capturing=$!
    within 10 grep -q -s 'listening on' "$work/tcpdump" || { cat "$work/tcpdump"; fail "tcpdump does not start"; conclude; }

    serve_own http_server --port 80 --root "$work/root"
    curl -s --max-time 20 "http://$own/file" | cmp - "$work/root/file" || fail "$way: the file"
    curl -s --max-time 5 "http://$own:81/"
    expect "$way: refused" "$?" 7
    [ "$way" != packet ] || for size in 56 1472 1473 20000; do
        ping -n -c 2 -i 0.2 -W 2 -s $size $own > "$work/out" 2>&1 || { cat "$work/out"; fail "$way: the kernel pings weld with $size bytes"; }
        expect_in "$way: ping of $size" "$(cat "$work/out")" " 0% packet loss"
    done
    stop
    if [ "$way" = packet ]; then
        for size in 56 1472 1473 20000; do
            own ping $kernel -c 2 -i 0.2 -s $size > "$work/out" || { cat "$work/out"; fail "$way: weld pings the kernel with $size bytes"; }
            expect_in "$way: our ping of $size" "$(cat "$work/out")" " 0% packet loss"
        done
        own ping 10.0.0.99 -c 1 -W 4 > "$work/out" 2>&1 && fail "$way: nobody answers"
    fi
    serve echo_server --port 7 --address $kernel
    own echo_client $kernel 7 --size 100000 --messages 20 --connections 3 > "$work/out" || fail "$way: echo"
    stop
    sleep 0.3
    kill -INT "$capturing"; wait "$capturing"
    expect_in "$way: everything was captured" "$(cat "$work/tcpdump")" "0 packets dropped by kernel"

    look() { tshark -r "$work/capture" -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE "$@" 2> /dev/null; }
    frames=$(look -Y "ip.src == $own" -T fields -e frame.number | wc -l)
    [ "$frames" -gt 100 ] || fail "$way: only $frames frames were captured"
    look -Y "_ws.malformed && (ip.src == $own || arp)" > "$work/malformed"
    [ -s "$work/malformed" ] && { head -n 5 "$work/malformed"; fail "$way: malformed frames"; }
    # Offloaded sums are not there yet, and super-segments are longer than a segment: those are the interface's to finish.
    bad='ip.checksum.status == "Bad" || icmp.checksum.status == "Bad"'
    [ "$way" = packet ] || bad+=' || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad"'
    look -Y "ip.src == $own && ($bad)" > "$work/bad"
    [ -s "$work/bad" ] && { head -n 5 "$work/bad"; fail "$way: bad checksums"; }
    echo "    $frames frames of weld's, none malformed, no bad checksum"
done
unuse
conclude
