#!/usr/bin/env bash
# What --net says where it cannot be had: one line each, with the reason, and status 2.
. "$(dirname "$0")/programs.bash"

while IFS='|' read -r net wanted; do
    timeout 5 "$examples/echo_server" --port 7 --net "$net" > "$work/out" 2>&1
    expect "status of --net $net" "$?" 2
    expect_in "--net $net" "$(head -n 1 "$work/out")" "$wanted"
done << 'END'
none|there is no such net; there are: host, faulty:SEED, and tap: packet: tun: raw: with INTERFACE,ADDRESS/PREFIX[,GATEWAY]
tap:|wanted is tap:INTERFACE,ADDRESS/PREFIX[,GATEWAY]
tap:weld0|wanted is tap:INTERFACE,ADDRESS/PREFIX[,GATEWAY]
tap:weld0,10.0.0.2|'10.0.0.2' is not an address with its prefix, as 10.0.0.2/24 and fd00::2/64 are
tun:weld0,10.0.0/24|'10.0.0/24' is not an address with its prefix
packet:weld0,10.0.0.2/24,gateway|'gateway' is not an address
packet:weld0,10.0.0.2/24,lose=2|lose= takes a number from 0 to 1
packet:weld0,10.0.0.2/24,lost=0.1|there is no lost=
packet:no-such,10.0.0.2/24|no such device
raw:no-such,10.0.0.2/24|no such device
END

if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
    for net in packet:lo,10.0.0.2/24 raw:lo,10.0.0.2/24; do
        setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all \
            "$examples/echo_server" --port 7 --net $net > "$work/out" 2>&1
        [ $? = 126 ] && { echo "left out: no rights (another user cannot run the programs here)"; break; }
        expect_in "--net $net without rights" "$(cat "$work/out")" "operation not permitted (it takes CAP_NET_RAW)"
    done
fi
conclude
