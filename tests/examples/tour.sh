#!/usr/bin/env bash
# The tour as somebody sees it who has no terminal: every world that is here delivers every byte, a seed is one story.
. "$(dirname "$0")/programs.bash"

"$examples/tour" > "$work/out" 2> "$work/err" || fail "the tour ends with $?: $(cat "$work/err")"
seen=$(cat "$work/out")
expect_in "the kernel" "$seen" "the kernel's loopback                1644800"
expect_in "weld's own" "$seen" "weld's TCP/IP, wire in memory        1644800"
expect_in "simulation" "$seen" "simulation: 5 % lost, 3 s cut        1644800"
expect_in "a seed" "$seen" "tells the same story, line for line"
expect_in "the seed" "$seen" "simulate --seed 88"
expect_in "the end" "$seen" "Where to go next"
grep -q 'tap .*\(1644800\|not here\)' "$work/out" || fail "tap: $seen"
grep -q $'\033' "$work/out" && fail "there are colours in a file"
rm -rf $(sed -n 's|.* are in \(/tmp/weld-tour-[A-Za-z0-9]*\)\.$|\1|p' "$work/out")
conclude
