#!/usr/bin/env bash
# custom_protocol over memory: every request is answered once, though frames are lost and doubled.
. "$(dirname "$0")/programs.bash"
timeout 60 "$examples/custom_protocol" > "$work/out" || fail "status $?"
expect_in "the link" "$(cat "$work/out")" "on this link: far"
expect_in "the requests" "$(cat "$work/out")" "20 answered, 20 of them served by the other end"
"$examples/custom_protocol" serve > "$work/out" 2>&1
expect "no net" "$?" 2
expect_in "no net" "$(cat "$work/out")" "the kernel does not know our protocols"
conclude
