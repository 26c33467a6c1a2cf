#!/usr/bin/env bash
# http_server sends a file of 1 GiB whole, and 256 connections at full speed without one error.
. "$(dirname "$0")/programs.bash"
command -v curl > /dev/null || skip "curl is not installed"
[ "$(df --output=avail -k "$work" | tail -n 1)" -gt 1200000 ] || skip "there is no room for a file of 1 GiB in $work"

# Random bytes every few megabytes; the rest are holes, so that it costs no time to make.
truncate -s 1G "$work/big.bin"
for at in $(seq 0 13 1023); do head -c 100000 /dev/urandom | dd of="$work/big.bin" bs=1M seek="$at" conv=notrunc status=none; done
printf 'hello' > "$work/small.txt"

serve http_server --port 0 --root "$work"
wanted=$(sha256sum < "$work/big.bin")
expect "1 GiB" "$(curl -s --max-time 60 "http://127.0.0.1:$port/big.bin" | sha256sum)" "$wanted"
rm "$work/big.bin"

if command -v wrk > /dev/null; then
    seconds=3
    [ -z "${WELD_SANITIZE:-}" ] || seconds=1
    wrk -c 256 -t 2 -d ${seconds}s "http://127.0.0.1:$port/small.txt" > "$work/wrk.txt"
    cat "$work/wrk.txt"
    case "$(cat "$work/wrk.txt")" in *"Socket errors"* | *"Non-2xx"*) fail "wrk saw errors" ;; esac
    expect_in "wrk" "$(cat "$work/wrk.txt")" "Requests/sec"
else
    echo "left out: wrk is not installed"
fi
stop
expect "the end" "$status" 0
conclude
