#!/usr/bin/env bash
# The pictures in docs/flow are what runs. From the build: WELD_SOURCE, WELD_BUILD.
flow=$WELD_BUILD/examples/flow
[ -x "$flow" ] || { echo "flow was not built"; exit 77; }
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$flow" --docs "$fresh" || exit 1
status=0
for picture in "$fresh"/*; do
    diff -u "$WELD_SOURCE/docs/flow/$(basename "$picture")" "$picture" || status=1
done
[ $status = 0 ] || { echo "docs/flow is not what runs: build/<preset>/examples/flow --docs docs/flow writes it anew"; exit 1; }
for format in text mermaid svg html; do
    for family in inet unix packet; do
        "$flow" send --family $family --format $format | grep -q . || { echo "flow send --family $family --format $format says nothing"; status=1; }
    done
done
"$flow" nonsense > /dev/null 2>&1 && { echo "flow nonsense succeeds"; status=1; }
exit $status
