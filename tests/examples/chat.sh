#!/usr/bin/env bash
# chat: who comes, what is said, who leaves; and what a guest that does not read, or never says its name, costs others.
. "$(dirname "$0")/programs.bash"

# hear CONNECTION TEXT: reads lines until one contains the text.
hear() {
    local line
    while IFS= read -r -t 5 line <&"$1"; do case "$line" in *"$2"*) heard=$line; return 0 ;; esac; done
    fail "'$2' was not heard"
    return 1
}

serve chat --port 0
exec 3<> "/dev/tcp/127.0.0.1/$port"
printf 'ann\n' >&3
hear 3 '* ann has come, 1 are here'
exec 4<> "/dev/tcp/127.0.0.1/$port"
printf 'ann\r\ntwo words\r\nbob\r\n' >&4  # taken, no name, good
hear 4 '* bob has come, 2 are here'
hear 3 '* bob has come, 2 are here'
printf 'hello, ann\n' >&4
hear 3 'bob: hello, ann'
expect "a line" "$heard" "bob: hello, ann"
printf 'a\033[2Jb\n' >&4
hear 3 'bob: a'
expect "nothing that a terminal obeys" "$heard" "bob: a?[2Jb"
printf '/who\n' >&3
hear 3 '* ann bob'

# --- the program as a guest: what is typed is said, what is said is printed ----------------------------------------
(sleep 0.3; echo "good morning"; sleep 0.3) | "$examples/chat" 127.0.0.1 "$port" cid > "$work/cid" 2>&1
expect "the guest's end" "$?" 0
hear 3 'cid: good morning'
hear 3 '* cid has left'
expect_in "what it printed" "$(cat "$work/cid")" "* cid has come, 3 are here"
echo "from a file" > "$work/typed"
"$examples/chat" 127.0.0.1 "$port" dan < "$work/typed" > /dev/null || fail "a guest whose input is a file"
hear 3 'dan: from a file'
hear 3 '* dan has left'

# --- a line without an end; nobody reads for a while: who cannot keep up is put out, the others are not -------------
exec 5<> "/dev/tcp/127.0.0.1/$port"
printf 'eve\n%02000d' 0 >&5
hear 3 '* eve has left'
exec 5<> "/dev/tcp/127.0.0.1/$port"
printf 'slow\n' >&5
hear 3 '* slow has come'
cat <&3 > "$work/ann" &
listening=$!
text=$(printf 'x%.0s' $(seq 900))
for _ in $(seq 20000); do echo "$text"; done >&4 &
talking=$!
within 20 grep -q -a 'slow could not keep up' "$work/ann" || fail "a slow reader is not put out"
within 20 ended "$talking" || fail "the speaker does not get through"
complete() { [ "$(grep -a -c '^bob: x' "$work/ann")" -eq 20000 ]; }
within 10 complete || fail "a good listener lost lines: $(grep -a -c '^bob: x' "$work/ann") of 20000"
exec 5>&-
printf '/quit\n' >&4
within 5 grep -q -a '* bob has left' "$work/ann" || fail "bob's leave"
exec 4>&-

# --- nobody is there ---------------------------------------------------------------------------------------------------
stop INT
expect "the end by SIGINT" "$status" 0
expect "its last line" "$last" "the room closes with 1 guests"
"$examples/chat" 127.0.0.1 "$port" fay > "$work/out" 2>&1 < /dev/null
expect "no room" "$?" 1
expect "no room" "$(cat "$work/out")" "chat: 127.0.0.1:$port: connection refused"
conclude
