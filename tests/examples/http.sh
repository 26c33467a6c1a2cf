#!/usr/bin/env bash
# http_server against curl, and against peers that no client library would be.
. "$(dirname "$0")/programs.bash"
command -v curl > /dev/null || skip "curl is not installed"

root=$work/root
mkdir -p "$root/sub/deep" "$root/empty" "$root/with index" "$work/outside"
printf 'hello, world' > "$root/hello.txt"
printf '<p>index' > "$root/with index/index.html"
printf 'odd' > "$root/a b%<&>\"#?.txt"
: > "$root/nothing.bin"
head -c 3000000 /dev/urandom > "$root/three.bin"
printf 'secret' > "$work/outside/secret"
printf 'secret' > "$work/secret"
ln -s ../../outside/secret "$root/sub/relative"
ln -s "$work/outside" "$root/sub/absolute"
ln -s ../hello.txt "$root/sub/inside"
ln -s loop "$root/loop"
mkfifo "$root/fifo"
printf 'locked' > "$root/locked" && chmod 0 "$root/locked"

serve http_server --port 0 --root "$root" --patience 1
url=http://127.0.0.1:$port
code() { curl -s -o /dev/null --max-time 10 --path-as-is -w '%{http_code}' "$@"; }
field() { tr -d '\r' < "$work/head" | sed -n "s/^$1: //Ip"; }
# raw TEXT: sends it (with printf's escapes) and prints all that comes until the server closes.
raw() {
    exec 3<> "/dev/tcp/127.0.0.1/$port"
    printf '%b' "$1" >&3
    timeout 10 cat <&3
    exec 3>&-
}
status_of() { raw "$1" | head -n 1 | tr -d '\r'; }

# --- files ------------------------------------------------------------------------------------------------------
expect "a file" "$(curl -s "$url/hello.txt")" "hello, world"
curl -s "$url/three.bin" | cmp - "$root/three.bin" || fail "a larger file"
expect "an empty file" "$(curl -s -w '%{http_code} %{size_download}' "$url/nothing.bin")" "200 0"
expect "an odd name" "$(curl -s "$url/a%20b%25%3C%26%3E%22%23%3F.txt")" "odd"
expect "a query" "$(code "$url/hello.txt?a=b/../c")" 200
expect "a link that stays inside" "$(code "$url/sub/inside")" 200
curl -s -I "$url/hello.txt" > "$work/head"
expect "HEAD: length" "$(field Content-Length)" 12
expect "HEAD: type" "$(field Content-Type)" "text/plain; charset=utf-8"
expect "HEAD: dated" "$(TZ=UTC date -d "$(field Date)" +%Y)" "$(TZ=UTC date +%Y)"
etag=$(field ETag) modified=$(field Last-Modified)

# --- directories --------------------------------------------------------------------------------------------------
expect "an index" "$(curl -s "$url/with%20index/")" "<p>index"
listing=$(curl -s "$url/")
expect_in "a listing" "$listing" '<a href="./sub/">sub/</a>'
expect_in "a listing escapes" "$listing" '<a href="./a%20b%25%3C%26%3E%22%23%3F.txt">a b%&lt;&amp;&gt;&quot;#?.txt</a>'
expect "a directory without its slash" "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$url/with%20index")" "301 $url/with%20index/"
expect "an empty one" "$(code "$url/empty/")" 200

# --- conditions and ranges ----------------------------------------------------------------------------------------
expect "If-None-Match" "$(code -H "If-None-Match: \"x\", $etag" "$url/hello.txt")" 304
expect "If-None-Match, another" "$(code -H 'If-None-Match: "x"' -H "If-Modified-Since: $modified" "$url/hello.txt")" 200
expect "If-Modified-Since" "$(code -H "If-Modified-Since: $modified" "$url/hello.txt")" 304
expect "If-Modified-Since, long ago" "$(code -H 'If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT' "$url/hello.txt")" 200
expect "a range" "$(curl -s -r 7-9 "$url/hello.txt")" "wor"
expect "its status" "$(code -r 7-9 "$url/hello.txt")" 206
expect "an open range" "$(curl -s -r 7- "$url/hello.txt")" "world"
expect "the end" "$(curl -s -r -3 "$url/hello.txt")" "rld"
expect "several ranges" "$(curl -s -r 0-1,3-4 "$url/hello.txt")" "hello, world"
expect "an impossible range" "$(code -r 12- "$url/hello.txt")" 416
curl -s -D "$work/head" -o /dev/null -r 12- "$url/hello.txt"
expect "an impossible range" "$(field Content-Range)" "bytes */12"
expect "If-Range, changed" "$(curl -s -r 7-9 -H 'If-Range: "x"' "$url/hello.txt")" "hello, world"
expect "If-Range, the same" "$(curl -s -r 7-9 -H "If-Range: $etag" "$url/hello.txt")" "wor"
head -c 1000000 "$root/three.bin" > "$work/part"
curl -s -C - -o "$work/part" "$url/three.bin"
cmp "$work/part" "$root/three.bin" || fail "a download that was taken up again"

# --- connections ----------------------------------------------------------------------------------------------------
expect "one connection for three files" "$(curl -s -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects}' "$url/hello.txt" "$url/no" "$url/sub/")" "100"
expect "HTTP/1.0" "$(raw 'GET /hello.txt HTTP/1.0\r\n\r\n' | tail -n 1)" "hello, world"
many=$(raw "$(printf 'GET /hello.txt HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n%.0s' $(seq 200))GET /no HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
expect "two hundred at once" "$(grep -a -o 'hello, world' <<< "$many" | wc -l)" 200
expect_in "in their order" "$(grep -a -o 'HTTP/1.1 [0-9]*' <<< "$many" | tail -n 1)" "404"
exec 3<> "/dev/tcp/127.0.0.1/$port"
for c in G E T ' ' / h e l l o . t x t ' ' H T T P / 1 . 1 $'\n' H o s t : h $'\n'; do printf '%s' "$c" >&3; done
printf 'Connection: close\n\n' >&3
expect "a byte at a time" "$(tail -n 1 <&3)" "hello, world"
exec 3>&-

# --- no way out --------------------------------------------------------------------------------------------------------
for path in /../secret /%2e%2e/secret /..%2fsecret /sub/../../secret /sub/deep/%2E%2E/..%2f../secret //../secret /.%2e/secret \
            /sub/relative /sub/absolute/secret /sub/absolute; do
    got=$(curl -s --path-as-is -w ' %{http_code}' "$url$path")
    expect "the way out $path" "${got##* }" 403
    case "$got" in *secret*) fail "$path tells the secret" ;; esac
done

# --- errors as pages ---------------------------------------------------------------------------------------------------
expect_in "a page" "$(curl -s "$url/no")" "<h1>404 Not Found</h1>"
expect "a link to itself" "$(code "$url/loop")" 404
expect "below a file" "$(code "$url/hello.txt/x")" 404
expect "a long name" "$(code "$url/$(printf 'a%.0s' $(seq 300))")" 404
expect "a FIFO" "$(code "$url/fifo")" 403
[ "$(id -u)" = 0 ] || expect "no permission" "$(code "$url/locked")" 403
expect "POST" "$(code -d x "$url/hello.txt")" 405
expect "DELETE" "$(code -X DELETE "$url/hello.txt")" 405
expect "GET with a body" "$(code -X GET -d x "$url/hello.txt")" 413
expect "no host" "$(status_of 'GET / HTTP/1.1\r\n\r\n')" "HTTP/1.1 400 Bad Request"
expect "a zero byte" "$(status_of 'GET /\0 HTTP/1.1\r\n')" "HTTP/1.1 400 Bad Request"
expect "a zero byte, escaped" "$(code "$url/a%00b")" 400
expect "a bad escape" "$(code "$url/%zz")" 400
expect "no HTTP at all" "$(status_of '\x16\x03\x01\x02\x00')" "HTTP/1.1 400 Bad Request"
expect "another version" "$(status_of 'GET / HTTP/2.0\r\n\r\n')" "HTTP/1.1 505 HTTP Version Not Supported"
expect "a long target" "$(code "$url/$(printf 'a%.0s' $(seq 20000))")" 414
expect "a long field" "$(code -H "A: $(printf 'a%.0s' $(seq 20000))" "$url/")" 431
expect "many fields" "$(status_of "GET / HTTP/1.1\r\n$(printf 'A: b\\r\\n%.0s' $(seq 101))\r\n")" "HTTP/1.1 431 Request Header Fields Too Large"

# --- slow peers: half a request, then nothing; a byte now and then; nothing at all; who never reads ----------------------
expect "half a request" "$(status_of 'GET / HT')" "HTTP/1.1 408 Request Timeout"
exec 3<> "/dev/tcp/127.0.0.1/$port"
(for _ in $(seq 50); do printf 'A' >&3 2> /dev/null || break; sleep 0.1; done) 2> /dev/null &
slow=$!
answer=$(timeout 5 head -n 1 <&3 | tr -d '\r')
expect "a byte now and then" "$answer" "HTTP/1.1 408 Request Timeout"
exec 3>&-
wait "$slow"
before=$(descriptors "$server")
silent=()
for _ in $(seq 20); do exec {fd}<> "/dev/tcp/127.0.0.1/$port" && silent+=("$fd"); done
exec {deaf}<> "/dev/tcp/127.0.0.1/$port"
for _ in $(seq 10); do printf 'GET /three.bin HTTP/1.1\r\nHost: h\r\n\r\n' >&"$deaf"; done
expect "others are served meanwhile" "$(code "$url/hello.txt")" 200
returned() { [ "$(descriptors "$server")" -le "$before" ]; }
within 5 returned || fail "slow peers keep $(($(descriptors "$server") - before)) descriptors"
for fd in "${silent[@]}" "$deaf"; do exec {fd}>&-; done

# --- a disconnect in the middle of an answer -----------------------------------------------------------------------------
for _ in 1 2 3 4 5; do curl -s -o /dev/null --max-filesize 100000 "$url/three.bin"; done
curl -s "$url/three.bin" | head -c 100000 > /dev/null
within 5 returned || fail "broken answers keep descriptors"
expect "it serves on" "$(curl -s "$url/hello.txt")" "hello, world"
stop
expect "the end by SIGINT" "$status" 0
expect_in "its counts" "$last" "answers"

# --- no descriptor left for the file: said, and over when others have gone ------------------------------------------------
(
    ulimit -n 14
    exec "$examples/http_server" --port 0 --root "$root" > "$work/limited.log" 2>&1
) &
server=$!
within 20 grep -q -s 'listening on' "$work/limited.log" || fail "it does not listen"
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$work/limited.log")
held=()
for _ in $(seq 12); do exec {fd}<> "/dev/tcp/127.0.0.1/$port" && held+=("$fd"); done
sleep 0.2
printf 'GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n' >&"${held[0]}"
IFS= read -r -t 5 line <&"${held[0]}"
expect "no descriptor for the file" "${line%$'\r'}" "HTTP/1.1 503 Service Unavailable"
for fd in "${held[@]}"; do exec {fd}>&-; done
expect "afterwards" "$(curl -s --max-time 5 "http://127.0.0.1:$port/hello.txt")" "hello, world"
kill -INT "$server"; wait "$server"
expect "its end" "$?" 0
conclude
