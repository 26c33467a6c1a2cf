# SPDX-License-Identifier: BSL-1.0
source benchmarks/compile/instructions.bash
task_compile() {  # what an echo server costs the compiler, and what each public header costs it
    local files=() file name header own all cost folders others
    for name in bare minimal_coroutine weld weld_lent usockets libev libuv libevent asio_callbacks asio_awaitables; do
        file=benchmarks/echo/$name.cpp
        if g++ -std=c++20 "${found[@]}" -E "$file" > /dev/null 2>&1; then files+=("$name")
        else absent "$name"; fi
    done
    interleaved compile_seconds "${files[@]}"
    table "compile: the echo servers, -O2 -DNDEBUG; instructions of all of the compiler's processes" \
        contender "instructions, 1e9" "lines preprocessed" "seconds, of bare's"
    for name in "${files[@]}"; do
        row "$name" "$(calculate "$(compiler_instructions -O2 -c "benchmarks/echo/$name.cpp" -o "$scratch/o") / 1e9")" \
            "$(g++ -std=c++20 -DNDEBUG -E "${found[@]}" "benchmarks/echo/$name.cpp" | grep -v '^#' | grep -c '[^ ]')" \
            "$(ratio compile_seconds "$name" bare)"
    done
    note "Counted by $(counted_by), $(compiler_version)."

    table "compile: public headers; lines after the preprocessor, instructions without code generation" \
        header "own lines" "all lines" "instructions, 1e9" "folders of weld" "heavy headers of others"
    draw "instructions, 1e9"
    benchmarks/compile/headers --instructions $(cd include && ls weld/*.hpp) | grep -v '^#' > "$scratch/headers"
    while IFS=$'\t' read -r header own all cost folders others; do
        others=$(echo "$others" | tr ' ' '\n' | grep -vxE '.*\.h|bit|compare|concepts|coroutine|cstddef|cstdint|cstdio|cstdlib|cstring|ctime|exception|initializer_list|new|type_traits|utility' | tr '\n' ' ')
        row "$header" "$own" "$all" "$(calculate "$cost / 1000")" "$folders" "${others:--}"
    done < "$scratch/headers"
    note "benchmarks/compile/headers lists every public header, with all that it includes; tests/counts/headers holds them to benchmarks/compile/headers.snapshot."
}
compile_seconds() {  # CONTENDER
    local TIMEFORMAT=%U
    { time g++ -std=c++20 -O2 -DNDEBUG "${found[@]}" -c "benchmarks/echo/$1.cpp" -o "$scratch/o" 2> /dev/null; } 2>&1
}
