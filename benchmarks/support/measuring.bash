# SPDX-License-Identifier: BSL-1.0
# What the tasks of benchmarks/ measure with. benchmarks/run sources this file, then every benchmarks/<task>/measure.bash.
#
# The contract of benchmarks/<task>/measure.bash
#   - It defines task_<task>, whose first comment line says what it measures; the other functions it defines begin with
#     <task>_. When it is sourced it does nothing else.
#   - It runs at the top of the tree under `set -u`, in a network namespace of the benchmark's own where that is allowed
#     ($private is yes): lo is up, tcp is cubic, tcp_wmem and tcp_rmem are large. `namespace` makes further ones; when their
#     interfaces have addresses, `cubic inside NAME` makes their routes cubic.
#   - It prints by `table`, `row` and `note` alone, so that --markdown and --plot work. Units stand in the columns' names.
#   - What is not here (a peer, a tool, a right) is told by `absent`, and the rest is measured all the same.
#   - It writes into $scratch alone, which is removed at the end; it ends what it started. Every run has a bound of time.
#   - The contenders are benchmarks/<task>/*.cpp, built as $programs/<task>/<contender>.
#   - Counts are exact and come first: `instructions` as the difference of two run lengths, `system_calls`, bytes.
#     Times are only ratios: `interleaved`, then `median`, `spread` and `ratio`.
#
# Variables: $scratch, $programs, $runs (turns of what is timed; RUNS=n), $private, $server_processor, $client_processor
# (different ones where there are two).

build=build/release programs=build/release/benchmarks
runs=${RUNS:-5}
scratch=${scratch:-}
markdown=${markdown:-no}
private=${private:-no}
server_processor=$(taskset -pc $$ | sed 's/.*: *//; s/[-,].*//')
client_processor=$(taskset -pc $$ | sed 's/.*: *//; s/.*[-,]//')

# --- what is here ------------------------------------------------------------------------------------------------------
absent() { echo "absent: $*" >&2; }
have() {  # TOOL...: says which of them is not here
    local tool
    for tool in "$@"; do command -v "$tool" > /dev/null || { absent "$tool"; return 1; }; done
}
built() {  # TARGET: builds it; false where it cannot be
    cmake --build $build --target "$1" > "$scratch/build" 2>&1
}
contenders() {  # TASK [NAME...]: prints those of the task, or of NAME..., that are built here; says which are not
    local task=$1 name
    shift
    [ $# -gt 0 ] || set -- $(cd "benchmarks/$task" && ls ./*.cpp | sed 's/^..//; s/\.cpp$//')
    for name in "$@"; do
        if built "weld.benchmark.$task.$name"; then echo "$name"
        else absent "$task/$name (not installed, or it does not build)"; fi
    done
}

# --- tables ------------------------------------------------------------------------------------------------------------
# They are printed as they grow, and kept in $scratch/tables for support/plot.awk.
table() {  # TITLE COLUMN...: begins one
    printf 'table\t%s\n' "$1" >> "$scratch/tables"
    [ ! -e "$scratch/tabled" ] || echo
    : > "$scratch/tabled"
    echo "$1"
    [ $markdown = no ] || echo
    shift
    printf 'columns'  >> "$scratch/tables"
    write_row "$@"
    [ $markdown = no ] || { printf '|'; printf -- '---|%.0s' "$@"; echo; }
}
row() { printf 'row' >> "$scratch/tables"; write_row "$@"; }
draw() { printf 'draw\t%s\n' "$1" >> "$scratch/tables"; }  # COLUMN: of the table just begun, also; without, its second alone
note() {  # TEXT: a sentence below the table
    [ $markdown = no ] || echo
    echo "$*"
}
write_row() {
    printf '\t%s' "$@" >> "$scratch/tables"
    echo >> "$scratch/tables"
    if [ $markdown = yes ]; then printf '|'; printf ' %s |' "$@"
    else printf '%-22s' "$1"; shift; printf ' %20s' "$@"; fi
    echo
}
calculate() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }" 2> /dev/null || echo -; }  # EXPRESSION [FORMAT]; - where it is none

# --- runs that are timed: contenders take turns, each turn begins with another one --------------------------------------
interleaved() {  # FUNCTION NAME...: calls FUNCTION NAME for each, $runs times; it prints a number
    local function=$1 turn at
    shift
    local names=("$@")
    for name in "${names[@]}"; do : > "$scratch/$function.$name"; done
    for ((turn = 0; turn < runs; ++turn)); do
        for ((at = 0; at < ${#names[@]}; ++at)); do
            local name=${names[$(((turn + at) % ${#names[@]}))]}
            "$function" "$name" > "$scratch/number"
            head -n 1 "$scratch/number" | grep . >> "$scratch/$function.$name" || echo nan >> "$scratch/$function.$name"
        done
    done
}
middle() { grep -v nan | sort -g | awk -v format="${1:-%g}" '{ x[NR] = $1 } END { if (!NR) print "-"; else printf format "\n", NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }
ends() { grep -v nan | sort -g | awk -v format="${1:-%g}" '{ x[NR] = $1 } END { if (!NR) print "-"; else printf format " to " format "\n", x[1], x[NR] }'; }
median() { middle "${3:-%g}" < "$scratch/$1.$2"; }  # FUNCTION NAME [FORMAT]
spread() { ends "${3:-%g}" < "$scratch/$1.$2"; }    # FUNCTION NAME [FORMAT]: the least and the greatest
ratio() {  # FUNCTION NAME BASE: the median of the turns' quotients, and their ends
    paste "$scratch/$1.$2" "$scratch/$1.$3" | awk '$1 != "nan" && $2 != "nan" && $2 > 0 { print $1 / $2 }' > "$scratch/quotients"
    echo "$(middle %.2f < "$scratch/quotients") ($(ends %.2f < "$scratch/quotients"))"
}

# --- who runs where ----------------------------------------------------------------------------------------------------
# Words that stand before a command. For times: server and client on processors of their own. For counts: both on one, and
# one of them always goes first.
at_server=(taskset -c "$server_processor") at_client=(taskset -c "$client_processor")
goes_first=(taskset -c "$server_processor") goes_second=(taskset -c "$server_processor")
# `undisturbed_` also keeps what else the machine does away, from what sleeps most of the time: never from what does not.
undisturbed_server=("${at_server[@]}") undisturbed_client=("${at_client[@]}")
if chrt -f 10 true 2> /dev/null; then goes_first+=(chrt -f 10) undisturbed_server+=(chrt -f 10) undisturbed_client+=(chrt -f 10)
else absent "the right to use SCHED_FIFO: who runs when is luck, and counts vary"; fi

# --- counts --------------------------------------------------------------------------------------------------------------
instructions() {  # COMMAND...: user instructions of the whole run, by callgrind
    timeout 600 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 > /dev/null | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
per() {  # LONG SHORT COUNT: what one more of COUNT costs, of two runs that differ by COUNT of them; rounded
    [ "${1:-}" ] && [ "${2:-}" ] && calculate "($1 - $2) / $3" %.0f || echo -
}
system_calls_in() {  # FILE of strace -f -o: how many, and how many of them failed
    echo "$(grep -c '(' "$1") $(grep -c -E '= -1 E' "$1")"
}

# --- servers ---------------------------------------------------------------------------------------------------------------
# A server takes a port as its last word and says "listening". It is then process $server, at $port.
start_server() {  # COMMAND..., a program and its words
    port=$(($(cat "$scratch/port" 2> /dev/null || echo $((10000 + RANDOM % 10000))) + 1))
    echo $port > "$scratch/port"  # not the same twice: the last one's connections linger
    : > "$scratch/out"
    "$@" $port > "$scratch/out" 2> "$scratch/err" &
    server=$!
    local waited
    for ((waited = 0; waited < 400; ++waited)); do
        grep -q listening "$scratch/out" && return
        kill -0 $server 2> /dev/null || break
        sleep 0.05
    done
    echo "does not listen: $*" >&2
    return 1
}
settled() {  # waits until the server has seen to all there is and sleeps
    local waited
    for ((waited = 0; waited < 500; ++waited)); do
        grep -q '^State:.S' "/proc/$server/status" && break
        sleep 0.01
    done
}
stop_server() {
    kill "$server" 2> /dev/null
    wait "$server" 2> /dev/null
}

# --- networks ------------------------------------------------------------------------------------------------------------
namespaces=()
namespace() {  # NAME: makes one; `inside NAME COMMAND...` runs there; its process is ${NAME_process}, for `ip link set ... netns`
    [ "$private" = yes ] || { absent "the right to make network namespaces"; return 1; }
    unshare --net sleep 100000 &
    namespaces+=($!)
    printf -v "$1_process" %s $!
    local waited
    for ((waited = 0; waited < 100; ++waited)); do
        [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ] && break
        sleep 0.01
    done
    prepare_network nsenter "--net=/proc/$!/ns/net"
}
inside() {
    local process=$1_process
    shift
    nsenter "--net=/proc/${!process}/ns/net" "$@"
}
end_namespaces() {
    [ ${#namespaces[@]} -eq 0 ] || kill "${namespaces[@]}" 2> /dev/null
    namespaces=()
}
prepare_network() {  # [COMMAND that runs its words in the namespace]: what a run must not depend on
    "$@" ip link set lo up
    "$@" sysctl -q -w net.ipv4.tcp_wmem="4096 262144 8388608" net.ipv4.tcp_rmem="4096 262144 8388608"
    cubic "$@"
}
# By the routes that are there when it is called: a namespace may not choose its default among all that the kernel has.
cubic() {  # [COMMAND...]
    local route
    "$@" ip -4 route show table all | grep -v '^broadcast' | while read -r route; do
        "$@" ip route change ${route/ linkdown/} congctl cubic  # a tap that nobody has opened yet is down
    done
}

machine() {
    echo "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo), $(nproc) processors, Linux $(uname -r | sed 's/-.*//')," \
         "$(g++ --version | head -n 1); median of $runs runs where a time is told; load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
}
