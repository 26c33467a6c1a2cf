# SPDX-License-Identifier: BSL-1.0
task_stack() {  # from one socket to another, both ends in one thread: bulk, round trips, connections, what a connection takes
    stack_bulk
    stack_exchange
}
stack_bulk() {
    local mib=${MIB:-512} name per_byte segment
    local names=($(contenders stack $(cd benchmarks/stack && ls ./*.cpp | sed 's/^..//; s/\.cpp$//' | grep -v _exchange)))
    # The kernel once more, with the MTU of the others and, as they do without super-segments, nothing left to a card.
    [ $private = yes ] && have ethtool && namespace small_mtu && names+=(kernel_1500) && {
        inside small_mtu ip link set lo mtu 1500
        inside small_mtu ethtool -K lo tso off gso off gro off > /dev/null
    }
    stack_rate() { stack_run "$1" "$mib"; }
    interleaved stack_rate "${names[@]}"
    table "stack: $mib MiB from one socket to another, both ends in one thread; rates are per second of processor time" \
        contender "of the kernel's rate" "MB/s of processor time" "least to greatest" "instructions/byte" "instructions/1448 B"
    draw "instructions/byte"
    for name in "${names[@]}"; do
        per_byte=- segment=-
        case $name in
            kernel*) ;;
            *) have valgrind && segment=$(stack_segment_instructions "$name") && per_byte=$(calculate "$segment / 1448") ;;
        esac
        row "$name" "$(ratio stack_rate "$name" kernel)" "$(median stack_rate "$name")" "$(spread stack_rate "$name")" "$per_byte" "$segment"
    done
}
stack_segment_instructions() {  # CONTENDER: for each 1448 octets, of both ends
    per "$(instructions "$programs/stack/$1" 48)" "$(instructions "$programs/stack/$1" 16)" 23173
}
stack_run() {  # CONTENDER MIB: MB/s
    if [ "$1" = kernel_1500 ]; then inside small_mtu "$programs/stack/kernel" "$2"
    else timeout 300 "$programs/stack/$1" "$2"; fi
}

stack_exchange() {
    local name names=($(contenders stack kernel_exchange weld_exchange lwip_exchange)) number=${CONNECTIONS:-10000} trip connection
    interleaved stack_round_trips "${names[@]}"
    interleaved stack_connections "${names[@]}"
    table "stack: 64 bytes there and back, and a whole connection with one such exchange; MTU 1500, both ends in one thread" \
        contender "instructions a round trip" "its time, of the kernel's" "instructions a connection" "time of that, of the kernel's" "bytes of one of $number"
    for name in "${names[@]}"; do
        trip=- connection=-
        if [ "$name" != kernel_exchange ] && have valgrind; then
            trip=$(per "$(instructions "$programs/stack/$name" round_trips 4000)" "$(instructions "$programs/stack/$name" round_trips 2000)" 2000)
            connection=$(per "$(instructions "$programs/stack/$name" connections 1000)" "$(instructions "$programs/stack/$name" connections 500)" 500)
        fi
        row "${name%_exchange}" "$trip" "$(ratio stack_round_trips "$name" kernel_exchange)" \
            "$connection" "$(ratio stack_connections "$name" kernel_exchange)" \
            "$([ "$name" = kernel_exchange ] && echo - || timeout 120 "$programs/stack/$name" hold "$number")"
    done
    note "Instructions and bytes of user space, both ends together; processor time, median (least to greatest). The kernel takes" \
         "$(median stack_round_trips kernel_exchange %.0f) ns for a round trip, $(median stack_connections kernel_exchange %.0f) ns for a connection." \
         "lwIP has no Ethernet below it, and looks through its connections one by one: the more have ended lately, the longer."
}
stack_round_trips() { timeout 60 "${at_server[@]}" "$programs/stack/$1" round_trips 20000; }
stack_connections() {  # in a namespace of its own, where the last run's TIME_WAIT is not
    if [ $private = no ]; then timeout 60 "${at_server[@]}" "$programs/stack/$1" connections 2000
    else timeout 60 unshare --net bash -c 'ip link set lo up && exec "$@"' bash "${at_server[@]}" "$programs/stack/$1" connections 2000; fi
}
