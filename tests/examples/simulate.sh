#!/usr/bin/env bash
# The simulation finds the ledger's bug, names the seed, replays it, and finds nothing in the ledger without it.
. "$(dirname "$0")/programs.bash"
simulate=$examples/simulate
cd "$work" || exit 1

"$simulate" --explore 5000 > out 2>&1
expect "the bug is found" "$?" 1
seed=$(sed -n 's/^weld: seed \([0-9]*\) fails: .*/\1/p' out)
[ -n "$seed" ] || fail "no seed is named: $(cat out)"
expect_in "the story" "$(cat out)" "primary crashes"
expect_in "how to see it again" "$(cat out)" "simulate --seed $seed"
[ -s "simulate-$seed.log" ] || fail "no log"
[ -s "simulate-$seed.pcapng" ] || fail "no capture"

"$simulate" --seed "$seed" > again 2>&1
expect "the seed fails again" "$?" 1
expect "in the same way" "$(grep -v 'seeds were fine' again)" "$(grep -v 'seeds were fine' out)"

"$simulate" --explore 500 --fixed > fixed 2>&1
expect "without the bug" "$?" 0
expect_in "without the bug" "$(cat fixed)" "500 seeds hold"
"$simulate" --seed "$seed" --fixed > fixed 2>&1
expect "that seed, without the bug" "$?" 0

"$simulate" --kernel > kernel 2>&1
expect "on the kernel's sockets" "$?" 0
conclude
