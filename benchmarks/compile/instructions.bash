# SPDX-License-Identifier: BSL-1.0
# How many instructions the compiler takes, all its processes: by the processor's counter where the machine has one, else by
# valgrind's cachegrind, which runs the same program thirty times slower and counts exactly.
compiler_version() { echo "g++$(${CXX:-g++} --version | sed -n '1s/^[^ ]*//p')"; }  # by whichever name it was called
found=(-Iinclude -Ibenchmarks/support/include ${WELD_ASIO_DIR:+-I"$WELD_ASIO_DIR"} ${WELD_USOCKETS_DIR:+-I"$WELD_USOCKETS_DIR/src"})
counted_by() {
    if perf stat -x , -e instructions:u true 2>&1 | grep -q '^[0-9]'; then echo perf
    elif command -v valgrind > /dev/null; then echo valgrind
    else echo nothing; fi
}
compiler_instructions() {  # WORDS OF THE COMPILER...
    local words=(-std=c++20 -DNDEBUG "${found[@]}")
    case $(counted_by) in
        perf) perf stat -x , -e instructions:u ${CXX:-g++} "${words[@]}" "$@" 2>&1 | sed -n 's/^\([0-9]*\),.*instructions.*/\1/p' ;;
        valgrind)
            ${CXX:-g++} -wrapper valgrind,--tool=cachegrind,--cache-sim=no,--cachegrind-out-file=/dev/null "${words[@]}" "$@" 2>&1 |
                awk '/I +refs:/ { gsub(/,/, ""); sum += $NF } END { if (sum) printf "%.0f\n", sum }' ;;
    esac
}
