#!/usr/bin/env bash
# The programs over a kernel that has a bad day (sys::faulty): every byte still comes back, or an error is told that the
# kernel has for it. WELD_SEEDS is how many days are tried; the first is WELD_FIRST_SEED.
. "$(dirname "$0")/programs.bash"

# What a program may give up with when it is starting or connecting; in the middle of its work nothing of the kind.
excusable='too many open files|cannot allocate memory|no buffer space available'

begin() { serve_or_excuse "$@" || { excused=$((excused + 1)); return 1; }; }
serve_or_excuse() {
    log=$work/$1.log
    rm -f "$log"
    "$examples/$1" "${@:2}" > "$log" 2>&1 &
    server=$!
    until grep -q -s 'listening on' "$log"; do
        if ended "$server"; then
            grep -q -E "$excusable" "$log" || fail "seed $seed: $1 does not start: $(cat "$log")"
            return 1
        fi
        sleep 0.01
    done
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")
}

excused=0
head -c 1000000 /dev/urandom > "$work/random.bin"
first=${WELD_FIRST_SEED:-1} last_seed=$((${WELD_FIRST_SEED:-1} + ${WELD_SEEDS:-40} - 1))
for seed in $(seq "$first" "$last_seed"); do
    if begin echo_server --port 0 --net "faulty:$seed"; then
        for size in 10 100000; do
            timeout 20 "$examples/echo_client" 127.0.0.1 "$port" --net "faulty:$seed" --connections 5 --messages 40 --size $size > "$work/out" 2>&1
            status=$?
            [ $status = 0 ] || { grep -q -E "connect: ($excusable)|^echo_client: ($excusable)" "$work/out" && excused=$((excused + 1)); } ||
                fail "seed $seed, echo_client with size $size: status $status, $(cat "$work/out")"
        done
        stop
        expect "seed $seed: the echo server's end" "$status" 0
        expect_in "seed $seed: nobody is broken off" "$last" " 0 of them broken off"
    fi
    command -v curl > /dev/null || continue
    if begin http_server --port 0 --root "$work" --net "faulty:$seed"; then
        for _ in 1 2 3; do
            curl -s --max-time 20 "http://127.0.0.1:$port/random.bin" | cmp - "$work/random.bin" || fail "seed $seed: http"
        done
        stop
        expect "seed $seed: the http server's end" "$status" 0
    fi
done
echo "seeds $first to $last_seed; $excused times a program could not begin, and said why"
conclude
