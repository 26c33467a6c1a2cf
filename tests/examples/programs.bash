# What the scripts here share. Each runs the programs of its own build, talks to them with tools that others wrote, and
# ends only what it started.
set -uo pipefail
examples=${WELD_BUILD:?is set by ctest; try build/release}/examples
[ -d "$examples" ] || { echo "FAILED: there is no $examples"; exit 1; }
work=$(mktemp -d)
failed=0

finish() {
    local pid
    for pid in $(jobs -p -r); do kill -KILL "$pid" 2> /dev/null && wait "$pid" 2> /dev/null; done
    rm -rf "$work"
}
trap finish EXIT

# Ends the script: 0 where everything was as expected.
conclude() { [ $failed -eq 0 ] && echo "all as expected"; exit $failed; }
skip() { echo "SKIPPED: $*"; exit 77; }
fail() { echo "FAILED: $*"; failed=1; }

# expect WHAT IS WANTED: two texts that are equal.
expect() { [ "$2" = "$3" ] || fail "$1: '$2' is not '$3'"; }
# expect_in WHAT TEXT PART: a text with a part.
expect_in() { case "$2" in *"$3"*) ;; *) fail "$1: '$3' is not in '$2'" ;; esac }
# within SECONDS COMMAND...: waits until the command succeeds.
within() {
    local left=$(($1 * 50)); shift
    until "$@"; do
        [ $((left--)) -gt 0 ] || return 1
        sleep 0.02
    done
}

# serve NAME ARGUMENTS...: starts a server, waits for its line and sets `server`, `port` and `log`, where its output is.
server='' port='' log=''
serve() {
    log=$work/$1.log
    [ -x "$examples/$1" ] || { fail "$1 is not built"; conclude; }
    rm -f "$log"
    "$examples/$1" "${@:2}" > "$log" 2>&1 &
    server=$!
    within 20 grep -q -s 'listening on' "$log" || { cat "$log"; fail "$1 does not listen"; conclude; }
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")
}
# stop [SIGNAL]: ends the server; sets `status`, and `last` to the last line that it printed.
status='' last=''
stop() {
    kill -"${1:-INT}" "$server"
    within 10 ended "$server" || fail "the server does not end on SIG${1:-INT}"
    wait "$server"
    status=$?
    last=$(tail -n 1 "$log")
}
ended() { ! kill -0 "$1" 2> /dev/null || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2> /dev/null; }

# How long a process has run, in hundredths of a second.
processor_time() { awk '{print $14 + $15}' "/proc/$1/stat"; }
descriptors() { find "/proc/$1/fd" -mindepth 1 2> /dev/null | wc -l; }
