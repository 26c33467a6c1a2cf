// SPDX-License-Identifier: BSL-1.0
// What one send-shaped call through each kind of door costs: the same four little protocols behind all of them, 64 sockets
// that are taken in an order the compiler cannot see.
//
//     NAME BACKEND ORDER CALLS [PASSES]   prints nanoseconds a call: of processor time, the least of so many passes (one).
//                                         CALLS of two lengths under callgrind give instructions.
//
// BACKEND is what the protocols do beyond counting: null nothing, libc getppid through the C library's wrapper, inline the
// same through weld's system call instruction. ORDER is which sockets are called: one, always the same; turn, the four
// protocols in turn; mixed, as the dice fell.
#pragma once

#include <weld/sys/direct.hpp>
#include <weld/sys/libc.hpp>

#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace dispatch {

/// A socket's state, as far as this needs any.
struct sock {
    std::uint64_t bytes = 0, calls = 0;
    unsigned kind = 0;
};

struct null_backend {
    [[gnu::always_inline]] static std::size_t enter() noexcept { return 0; }
};
template <class Entry>
struct kernel_backend {
    [[gnu::always_inline]] static std::size_t enter() noexcept { return static_cast<std::size_t>(Entry::template call<weld::sys::number::getppid>()) & 1; }
};

/// Four proto_ops.
template <class Backend, unsigned Kind>
struct protocol {
    static std::size_t send(sock& sk, std::size_t size) noexcept {
        sk.bytes += size + Kind + Backend::enter();
        return ++sk.calls & (size + Kind);
    }
};
inline constexpr unsigned kinds = 4, sockets = 64;
/// Neighbours differ, so that the first four are one of each.
inline constexpr unsigned kind_of(unsigned at) { return at % kinds; }

using turns = std::array<unsigned, 1024>;
inline turns order_of(std::string_view name) {
    turns order{};
    std::uint64_t state = 88172645463325252;
    for (unsigned i = 0; i < order.size(); ++i) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        order[i] = name == "one" ? 1 : name == "turn" ? i % sockets : static_cast<unsigned>(state % sockets);
    }
    return order;
}

inline double nanoseconds() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

template <class Door>
int measure(const turns& order, std::size_t calls, int passes) {
    Door door;
    std::size_t sum = 0;
    double least = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const double begun = nanoseconds();
        for (std::size_t i = 0; i < calls; ++i) sum += door.send(order[i % std::tuple_size_v<turns>], i & 63);
        const double spent = nanoseconds() - begun;
        if (pass == 0 || spent < least) least = spent;
    }
    asm volatile("" : : "r"(sum));
    std::printf("%.3f\n", least / static_cast<double>(calls));
    return 0;
}

/// `Door<Backend>` has 64 sockets, socket i of protocol kind_of(i), and `send(socket, size)`.
template <template <class> class Door>
int run(int count, char** words) {
    if (count != 4 && count != 5) {
        std::fprintf(stderr, "usage: %s null|libc|inline one|turn|mixed CALLS [PASSES]\n", words[0]);
        return 2;
    }
    const std::string_view backend = words[1];
    const turns order = order_of(words[2]);
    const std::size_t calls = std::strtoull(words[3], nullptr, 10);
    const int passes = count == 5 ? std::atoi(words[4]) : 1;
    if (backend == "null") return measure<Door<null_backend>>(order, calls, passes);
    if (backend == "libc") return measure<Door<kernel_backend<weld::sys::libc>>>(order, calls, passes);
    return measure<Door<kernel_backend<weld::sys::direct>>>(order, calls, passes);
}

}  // namespace dispatch
