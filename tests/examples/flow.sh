#!/usr/bin/env bash
# The pictures in docs/flow are what runs, and every call is drawn for every family in every format.
# From the build: WELD_SOURCE, WELD_BUILD.
flow=$WELD_BUILD/examples/flow
[ -x "$flow" ] || { echo "flow was not built"; exit 77; }
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$flow" --docs "$fresh" || exit 1
status=0
complain() { echo "flow $*"; status=1; }
for picture in "$fresh"/*; do
    diff -u "$WELD_SOURCE/docs/flow/$(basename "$picture")" "$picture" || status=1
done
[ $status = 0 ] || { echo "docs/flow is not what runs: build/<preset>/examples/flow --docs docs/flow writes it anew"; exit 1; }

declare -A entries=([socket]=__sys_socket [socketpair]=__sys_socketpair [bind]=__sys_bind [listen]=__sys_listen [connect]=__sys_connect
                    [accept]=__sys_accept4 [send]=__sys_sendto [recv]=__sys_recvfrom [close]=sys_close)
for call in "${!entries[@]}"; do
    for family in inet unix packet; do
        for format in text mermaid svg html; do
            "$flow" "$call" --family $family --format $format > "$fresh/drawn" || complain "$call --family $family --format $format fails"
            grep -q "${entries[$call]}" "$fresh/drawn" || complain "$call --family $family --format $format lacks the kernel's name of the call"
            case $format in
            text) awk 'length($0) < 84 { exit 1 }' "$fresh/drawn" || complain "$call --family $family: a station without the kernel's name" ;;
            mermaid) grep -q '<i></i>' "$fresh/drawn" && complain "$call --family $family: a station without the kernel's name" ;;
            svg) [ "$(grep -c '<rect' "$fresh/drawn")" -eq "$("$flow" "$call" --family $family | wc -l)" ] || complain "$call --family $family: not a box for each station" ;;
            html) grep -q "<h1>$call</h1>" "$fresh/drawn" || complain "$call --family $family --format html has no title" ;;
            esac
        done
    done
done
for unit in instructions ticks; do  # instructions are counted where the machine can; elsewhere it says that it cannot
    "$flow" send --count $unit > "$fresh/drawn" 2> "$fresh/said"
    grep -q "\[[0-9]* $unit\]" "$fresh/drawn" || grep -q 'nothing is counted here' "$fresh/said" || complain "send --count $unit counts nothing and does not say so"
done
[ "$("$flow" tcp | grep -c -- '-x')" = 0 ] || complain "tcp loses something"
[ "$("$flow" tcp --lose 5 | grep -c -- '-x')" = 1 ] || complain "tcp --lose 5 does not lose one frame"
for wrong in nonsense '--family ipx send' '--format jpeg send' ''; do
    "$flow" $wrong > /dev/null 2>&1 && complain "$wrong succeeds"
done
exit $status
