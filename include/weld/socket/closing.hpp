// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/socket/options/socket_level.hpp>

namespace weld::inline v0 {

/// close(2) in two halves, for ops whose protocol waits for the peer; others have nothing to wait for. Between the two
/// the sock takes no calls; then it is released. In the kernel: __tcp_close before and after sk_stream_wait_close.
namespace closing {
/// True until the peer has acknowledged all of it, or the connection has failed.
template <class Ops, class Net>
bool lasts(Net& net, typename Ops::sock& sk) {
    if constexpr (requires { Ops::is_closing(net, sk); }) return Ops::is_closing(net, sk);
    else return false;
}
/// SO_LINGER as it is set; off where a protocol does not know it.
template <class Ops, class Net>
linger::raw linger_of(Net& net, typename Ops::sock& sk) {
    linger::raw set{};
    const auto got = Ops::get_option(net, sk, linger::level, linger::name, {reinterpret_cast<std::byte*>(&set), sizeof set});
    return got ? set : linger::raw{};
}
/// How long it lets close wait: zero where it is off, and where it asks for a reset.
template <class Ops, class Net>
duration patience(Net& net, typename Ops::sock& sk) {
    const linger::raw set = linger_of<Ops>(net, sk);
    return set.on != 0 ? duration::seconds(set.seconds) : duration{};
}
/// What was sent goes out, and the end behind it. False where there is nothing to wait for.
template <class Ops, class Net>
bool begin(Net& net, typename Ops::sock& sk) {
    if constexpr (requires { Ops::begin_close(net, sk); }) {
        const linger::raw set = linger_of<Ops>(net, sk);
        return (set.on == 0 || set.seconds != 0) && Ops::begin_close(net, sk);
    } else {
        return false;
    }
}
/// What became of it: an error that the connection has ended with meanwhile.
template <class Ops, class Net>
errc outcome(Net& net, typename Ops::sock& sk) {
    int error = 0;
    const auto got = Ops::get_option(net, sk, socket_error::level, socket_error::name, {reinterpret_cast<std::byte*>(&error), sizeof error});
    return got ? static_cast<errc>(error) : errc{};
}
/// Gives the sock up. Whatever time SO_LINGER has left is not waited for: a kernel's close(2) would block for it.
template <class Ops, class Net>
void finish(Net& net, typename Ops::sock& sk) {
    if (lasts<Ops>(net, sk) && patience<Ops>(net, sk) != duration{}) {
        const linger::raw off{};
        static_cast<void>(Ops::set_option(net, sk, linger::level, linger::name, object_bytes(off)));
    }
    Ops::release(net, sk);
}
}  // namespace closing

}  // namespace weld::inline v0
