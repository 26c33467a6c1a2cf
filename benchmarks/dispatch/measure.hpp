// SPDX-License-Identifier: BSL-1.0
// What one call through each kind of door costs: the same four little protocols behind all of them, in a mixed order
// that the compiler cannot see and the processor cannot foretell for long. Prints nanoseconds, and user instructions
// where the machine counts them, for each call; the median of 15 runs and their spread. Where it does not:
// ROUNDS=1000 valgrind --tool=callgrind, and again with 2000.
#pragma once

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace dispatch {

/// A socket's state, as far as this needs any.
struct sock {
    std::uint64_t bytes = 0, calls = 0;
    unsigned kind = 0;
};
/// Four proto_ops.
template <unsigned Kind>
struct protocol {
    static std::size_t send(sock& sk, std::size_t size) noexcept {
        sk.bytes += size + Kind;
        return ++sk.calls & (size + Kind);
    }
};
inline constexpr unsigned kinds = 4;

class instruction_counter {
public:
    instruction_counter() {
        perf_event_attr wanted{};
        wanted.type = PERF_TYPE_HARDWARE;
        wanted.size = sizeof wanted;
        wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
        wanted.exclude_kernel = wanted.exclude_hv = 1;
        fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
    }
    ~instruction_counter() {
        if (fd_ >= 0) ::close(fd_);
    }
    bool works() const { return fd_ >= 0; }
    std::uint64_t now() const {
        std::uint64_t count = 0;
        if (fd_ < 0 || ::read(fd_, &count, sizeof count) != sizeof count) return 0;
        return count;
    }

private:
    int fd_;
};

inline double nanoseconds() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Runs `call(index of the socket, size)` over 64 sockets of mixed kinds.
template <class Call>
int measure(const char* name, std::vector<unsigned>& order, Call call) {
    const char* const given = std::getenv("ROUNDS");  // callgrind: the difference of two lengths, by the difference of rounds
    const std::size_t rounds = given != nullptr ? static_cast<std::size_t>(std::atol(given)) : 2'000'000;
    instruction_counter counter;
    std::vector<double> times;
    double instructions = 0;
    std::size_t sum = 0;
    for (int run = 0; run < 15; ++run) {
        const double begun = nanoseconds();
        const std::uint64_t before = counter.now();
        for (std::size_t i = 0; i < rounds; ++i) sum += call(order[i % order.size()], i & 63);
        instructions = static_cast<double>(counter.now() - before) / static_cast<double>(rounds);
        times.push_back((nanoseconds() - begun) / static_cast<double>(rounds));
    }
    asm volatile("" : : "r"(sum));
    std::sort(times.begin(), times.end());
    std::printf("%-18s %6.2f ns/call (%.2f to %.2f)", name, times[7], times[0], times[14]);
    if (counter.works()) std::printf("  %5.1f instructions/call", instructions);
    std::printf("\n");
    return 0;
}

/// 1009 turns among the sockets, in the order of a simple generator.
inline std::vector<unsigned> mixed_order(unsigned sockets = 64) {
    std::vector<unsigned> order(1009);
    std::uint64_t state = 88172645463325252;
    for (unsigned& each : order) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        each = static_cast<unsigned>(state % sockets);
    }
    return order;
}
inline std::vector<sock> sockets(unsigned count = 64) {
    std::vector<sock> made(count);
    for (unsigned i = 0; i < count; ++i) made[i].kind = (i * 7 + i / 5) % kinds;
    return made;
}

}  // namespace dispatch
