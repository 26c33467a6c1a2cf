#!/usr/bin/env bash
# curl fetches a file from http_server over weld's own TCP: over tap and over veth, with offloads and without.
# WELD_INTEROP_MIB is the file's size, 64 unless it is set.
. "$(dirname "$0")/network.bash"
command -v curl > /dev/null || skip "curl is not installed"
mib=${WELD_INTEROP_MIB:-64}
mkdir "$work/root"
head -c $((mib << 20)) /dev/urandom > "$work/root/file"
sum=$(cksum < "$work/root/file")

for way in "tap" "tap offloads=no" "packet" "packet offloads=no"; do
    echo "$way"
    use $way
    serve_own http_server --port 80 --root "$work/root"
    fetch() { curl -s --max-time 120 "http://$own/file" -o "$work/copy"; }
    timed "$mib" fetch || fail "$way: curl"
    expect "$way: the file" "$(cksum < "$work/copy")" "$sum"
    expect "$way: a page that is not there" "$(curl -s --max-time 10 -o /dev/null -w '%{http_code}' "http://$own/no")" 404
    curl -s --max-time 10 "http://$own:81/"
    expect "$way: a port where nobody listens" "$?" 7
    stop
done
unuse
conclude
