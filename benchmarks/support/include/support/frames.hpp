// SPDX-License-Identifier: BSL-1.0
// What the contenders of the task packets have in common.
//   NAME WAY INTERFACE SIZE SECONDS    moves frames of SIZE bytes, link header included, by an interface; prints the nanoseconds
//                                      of processor time and of wall time that each took, and how many there were.
//                                      For SECONDS there may be a number of frames, followed by "frames"
#pragma once

#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace benchmark {

inline constexpr std::size_t kick = 64;  // frames a call, where a call takes several

struct frames_task {
    const char *way, *interface;
    std::size_t size;
    double seconds;
    std::size_t frames = 0;  // so many, if not 0, and not for so long
    frames_task(int count, char** words) {
        if (count < 5) {
            std::fprintf(stderr, "usage: %s WAY INTERFACE SIZE SECONDS\n", words[0]);
            std::exit(2);
        }
        way = words[1];
        interface = words[2];
        size = static_cast<std::size_t>(std::atol(words[3]));
        seconds = std::atof(words[4]);
        if (std::strstr(words[4], "frames") != nullptr) frames = static_cast<std::size_t>(seconds);
    }
    bool is(const char* name) const { return std::strcmp(way, name) == 0; }
};

[[noreturn]] inline void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// An experimental EtherType, to everybody, from nobody in particular.
inline void write_frame(std::byte* to, std::size_t size) {
    static constexpr unsigned char header[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    std::memcpy(to, header, sizeof header);
    if (size > sizeof header) std::memset(to + sizeof header, 'w', size - sizeof header);
}

inline double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/// Calls step(), which answers how many frames it moved, for so long, or so often.
template <class Step>
void measure(const frames_task& task, Step step) {
    using clock = std::chrono::steady_clock;
    step();
    const auto begin = clock::now();
    const double before = processor_seconds();
    double passed = 0;
    std::size_t frames = 0;
    do {
        for (int i = 0; i < 32; ++i) frames += step();
        passed = std::chrono::duration<double>(clock::now() - begin).count();
    } while (task.frames != 0 ? frames < task.frames : passed < task.seconds);
    const double used = processor_seconds() - before, count = static_cast<double>(frames);
    std::printf("%.1f %.1f %zu\n", used / count * 1e9, passed / count * 1e9, frames);
}

}  // namespace benchmark
