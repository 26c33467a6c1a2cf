// SPDX-License-Identifier: BSL-1.0
// What the contenders of the task wire have in common.
//   NAME DEVICE sink ADDRESS PORT                 listens, says "listening", takes one connection's bytes; prints MB/s, how many
//                                                 bytes they were, and its processor seconds
//   NAME DEVICE source ADDRESS PORT SECONDS       connects there and sends for so long; prints its processor seconds
// DEVICE: kernel; or tap, tap_plain, packet, packet_plain, ..., which have the interface weld0 and the address 10.0.0.2; plain is
// without offloads.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace benchmark {

inline constexpr std::size_t wire_chunk = 256 * 1024;

struct wire_task {
    const char *device, *address, *port;
    bool sink;
    double seconds = 0;
    wire_task(int count, char** words) {
        if (count < 5) {
            std::fprintf(stderr, "usage: %s DEVICE sink|source ADDRESS PORT [SECONDS]\n", words[0]);
            std::exit(2);
        }
        device = words[1];
        sink = std::strcmp(words[2], "sink") == 0;
        address = words[3];
        port = words[4];
        if (count > 5) seconds = std::atof(words[5]);
    }
};

inline double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/// Counts what arrives, from the first byte on.
class wire_meter {
    using clock = std::chrono::steady_clock;

public:
    void add(std::size_t bytes) {
        if (bytes_ == 0) begin_ = clock::now();
        bytes_ += bytes;
    }
    void print() const {
        const double seconds = std::chrono::duration<double>(clock::now() - begin_).count();
        std::printf("%.0f %zu %.6f\n", static_cast<double>(bytes_) / seconds / 1e6, bytes_, processor_seconds());
        std::fflush(stdout);
    }

private:
    std::size_t bytes_ = 0;
    clock::time_point begin_{};
};
class wire_clock {
    using clock = std::chrono::steady_clock;

public:
    explicit wire_clock(double seconds) : end_{clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds))} {}
    bool over() const { return clock::now() >= end_; }

private:
    clock::time_point end_;
};

inline void say_listening() {
    std::puts("listening");
    std::fflush(stdout);
}

}  // namespace benchmark
