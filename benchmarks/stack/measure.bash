# SPDX-License-Identifier: BSL-1.0
task_stack() {  # bulk transfer from one socket to another, both ends in one thread
    local mib=${MIB:-512} name short long per_byte segment
    local names=($(contenders stack))
    # The kernel once more, with the MTU of the others and, as they do without super-segments, nothing left to a card.
    [ $private = yes ] && have ethtool && namespace small_mtu && names+=(kernel_1500) && {
        inside small_mtu ip link set lo mtu 1500
        inside small_mtu ethtool -K lo tso off gso off gro off > /dev/null
    }
    stack_rate() { stack_run "$1" "$mib"; }
    interleaved stack_rate "${names[@]}"
    table "stack: $mib MiB from one socket to another, both ends in one thread" \
        contender "of the kernel's rate" MB/s "least to greatest" "instructions/byte" "per 1448 bytes"
    draw "instructions/byte"
    for name in "${names[@]}"; do
        per_byte=- segment=-
        case $name in
            kernel*) ;;
            *) have valgrind && {
                   short=$(instructions "$programs/stack/$name" 16) long=$(instructions "$programs/stack/$name" 48)
                   per_byte=$(calculate "($long - $short) / (32 * 1048576)") segment=$(per "$long" "$short" 23173)
               } ;;
        esac
        row "$name" "$(ratio stack_rate "$name" kernel)" "$(median stack_rate "$name")" "$(spread stack_rate "$name")" "$per_byte" "$segment"
    done
}
stack_run() {  # CONTENDER MIB: MB/s
    if [ "$1" = kernel_1500 ]; then inside small_mtu "$programs/stack/kernel" "$2"
    else timeout 300 "$programs/stack/$1" "$2"; fi
}
