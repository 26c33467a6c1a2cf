#!/usr/bin/env bash
# An interface is set down and up while connections run over it, with the kernel on either side: not one breaks off, no
# byte is wrong, and those on the link hear of weld's address again. Over tap and over veth, whose two ends go in turn.
. "$(dirname "$0")/network.bash"

flap() { # COMMAND PREFIX...: down for a second, three times
    local i
    for i in 1 2 3; do
        sleep 0.7
        "$@" down
        sleep 0.8
        "$@" up
    done
}
near() { ip link set "$link" "$1"; }
far() { "${inside[@]}" ip link set weld0 "$1"; }

ends() { [ "$1" = tap ] && echo near || echo near far; }
for way in "tap" "packet"; do
    [ "$way" = tap ] && link=weld0 || link=kernel0
    for end in $(ends $way); do
        echo "$way, $end end"
        use $way
        serve_own echo_server --port 7
        "$examples/echo_client" $own 7 --size 4096 --connections 4 --seconds 6 --patience 20 > "$work/out" 2>&1 &
        client=$!
        if [ $end = far ]; then  # a packet socket on the near end would end with it
            "$examples/sniff" $link > "$work/frames" 2> "$work/error" &
            sniffing=$!
        fi
        flap $end
        wait $client || { cat "$work/out"; fail "$way, $end: weld serves the kernel"; }
        tail -n 1 "$work/out"
        if [ $end = far ]; then
            kill $sniffing && wait $sniffing 2> /dev/null
            [ "$(grep -c "has $own.*tell $own" "$work/frames")" -ge 1 ] || { grep -i arp "$work/frames" | head -5; fail "no announcement"; }
        fi
        ping -n -c 1 -W 2 $own > "$work/out" || { cat "$work/out"; fail "$way, $end: ping"; }
        stop
        expect_in "$way, $end: none broke off" "$last" " 0 of them broken off"

        serve echo_server --port 7 --address $kernel
        own echo_client $kernel 7 --size 4096 --connections 4 --seconds 6 --patience 20 > "$work/out" 2>&1 &
        client=$!
        flap $end
        wait $client || { cat "$work/out"; fail "$way, $end: the kernel serves weld"; }
        tail -n 1 "$work/out"
        stop
        expect_in "$way, $end: none broke off" "$last" " 0 of them broken off"
    done
done
unuse
conclude
