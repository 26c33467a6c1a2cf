# SPDX-License-Identifier: BSL-1.0
task_compile() {  # what an echo server costs the compiler
    local files=(bare weld) file lines
    if echo '#include <asio.hpp>' | g++ -std=c++20 -E -x c++ - > /dev/null 2>&1; then files+=(asio); else absent asio; fi
    interleaved compile_seconds "${files[@]}"
    table "compile: user seconds for the echo server, -O2 -DNDEBUG, and lines after the preprocessor" \
        contender seconds "least to greatest" "of bare's" lines
    for file in "${files[@]}"; do
        lines=$(g++ -std=c++20 -E -P -Iinclude -Ibenchmarks/support/include "benchmarks/echo/$file.cpp" | grep -c .)
        row "$file" "$(median compile_seconds "$file")" "$(spread compile_seconds "$file")" "$(ratio compile_seconds "$file" bare)" "$lines"
    done
}
compile_seconds() {  # CONTENDER
    local TIMEFORMAT=%U
    { time g++ -std=c++20 -O2 -DNDEBUG -Iinclude -Ibenchmarks/support/include -c "benchmarks/echo/$1.cpp" -o "$scratch/o"; } 2>&1
}
