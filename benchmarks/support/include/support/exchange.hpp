// SPDX-License-Identifier: BSL-1.0
// Short conversations of both ends in one thread: what every contender's program is around its stack.
//
//     NAME round_trips NUMBER    64 bytes there and back over one connection; prints ns of processor time for each
//     NAME connections NUMBER    open, one round trip, the client closes, then the server; ns for each
//     NAME hold NUMBER           so many connections, one round trip on each; bytes of user-space memory for each, both ends
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace exchange {

inline constexpr std::size_t message_size = 64;

inline double processor_nanoseconds() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}
inline long anonymous_bytes() {
    long kib = 0;
    char line[256];
    std::FILE* const status = std::fopen("/proc/self/status", "r");
    while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr)
        if (std::sscanf(line, "RssAnon: %ld", &kib) == 1) break;
    if (status != nullptr) std::fclose(status);
    return kib * 1024;
}

/// `Stack` has `bool open()`, one more connection at both ends; `bool round_trip()` over the last one; `bool close()` of it.
template <class Stack>
int run(Stack& stack, int count, char** words) {
    if (count != 3) {
        std::fprintf(stderr, "usage: %s round_trips|connections|hold NUMBER\n", words[0]);
        return 2;
    }
    const std::string_view what = words[1];
    const long number = std::atol(words[2]);
    const auto failed = [&](long at) {
        std::fprintf(stderr, "%s: number %ld failed\n", words[1], at);
        return 1;
    };
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (what == "hold") {
        for (long i = 0; i < 100; ++i)
            if (!stack.open() || !stack.round_trip()) return failed(i);
        const long before = anonymous_bytes();
        for (long i = 0; i < number; ++i)
            if (!stack.open() || !stack.round_trip()) return failed(100 + i);
        std::printf("%ld\n", (anonymous_bytes() - before) / number);
        return 0;
    }
    const bool whole = what == "connections";
    if (!whole && !stack.open()) return failed(0);
    const double begun = processor_nanoseconds();
    for (long i = 0; i < number; ++i)
        if ((whole && !stack.open()) || !stack.round_trip() || (whole && !stack.close())) return failed(i);
    std::printf("%.0f\n", (processor_nanoseconds() - begun) / static_cast<double>(number));
    return 0;
}

}  // namespace exchange
