// SPDX-License-Identifier: BSL-1.0
// Where a net's chance comes from: getrandom(2), a seed, or a status that says that there is none.
#include <weld/stack/context.hpp>

#include "support/catch.hpp"

#include <weld/device/memory.hpp>
#include <weld/io.hpp>
#include <weld/stack.hpp>
#include <weld/sys.hpp>

namespace {
namespace own = weld::stack;

/// A kernel, or a filter of system calls, without getrandom(2).
struct without_random {
    using role = weld::role::system_calls;
    template <weld::sys::number Number, class... Arguments>
    static long call(Arguments... arguments) noexcept {
        if constexpr (Number == weld::sys::number::getrandom) return -static_cast<long>(weld::errc::function_not_supported);
        else return weld::sys::direct{}.call<Number>(arguments...);
    }
};
template <class... More>
auto drawn(More&&... more) {
    weld::device::memory_link<> wire;
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::tcp{}, std::move(more)...};
    return std::pair{net.status().error(), net.random().next()};
}
}  // namespace

TEST_CASE("a net's chance is the kernel's, and without it the status says so", "[net][random]") {
    const auto first = drawn(weld::io::epoll{}), second = drawn(weld::io::epoll{});
    CHECK(first.first == weld::errc{});
    CHECK(first.second != second.second);
    CHECK(drawn(weld::io::basic_epoll<without_random>{}).first == weld::errc::function_not_supported);
}

TEST_CASE("a seed needs no kernel, and repeats", "[net][random]") {
    const auto first = drawn(weld::seed{7}, weld::io::basic_epoll<without_random>{}), second = drawn(weld::seed{7}, weld::io::epoll{});
    CHECK(first.first == weld::errc{});
    CHECK(first.second == second.second);
    CHECK(first.second != drawn(weld::seed{8}, weld::io::epoll{}).second);
}
