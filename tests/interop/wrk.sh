#!/usr/bin/env bash
# wrk keeps 256 connections busy, and none of them has an error. WELD_INTEROP_SECONDS is how long, for small and large files
# over each device; unless it is set 10 for one of them.
. "$(dirname "$0")/network.bash"
command -v wrk > /dev/null || skip "wrk is not installed"
seconds=${WELD_INTEROP_SECONDS:-10}
mkdir "$work/root"
head -c 1000 /dev/urandom > "$work/root/small"
head -c 100000 /dev/urandom > "$work/root/large"

for way in "tap" "packet"; do
    use $way
    serve_own http_server --port 80 --root "$work/root"
    files="small large"
    [ -n "${WELD_INTEROP_SECONDS:-}" ] || { [ $way = tap ] && files=small || files=large; }
    for file in $files; do
        timeout $((seconds + 15)) wrk -t 1 -c 256 -d "${seconds}s" --timeout 10s "http://$own/$file" > "$work/out" 2>&1 || fail "$way: wrk"
        echo "$way, $file: $(grep -o '[0-9]* requests in.*' "$work/out")"
        grep -q -E 'Socket errors|Non-2xx' "$work/out" && { cat "$work/out"; fail "$way, $file: errors"; }
        expect_in "$way, $file" "$(cat "$work/out")" "Requests/sec"
    done
    stop
done
unuse
conclude
