// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/udp/udp.hpp>

/// UDP_CORK and MSG_MORE: several sends become one datagram. In the kernel: udp_sendmsg, do_append_data; udp_push_pending_frames.
namespace weld::inline v0::stack {

/// Adds to what waits; the last piece lets it go. The first piece's address and ancillary data count. What is too long in
/// all is thrown away, as a whole. Errors: message_size, no_buffer_space, and those of sending.
template <class Ip>
template <class Net>
result<std::size_t> basic_udp<Ip>::send_corked(Net& net, sock& sk, gathered data, const endpoint& to, const message_control& asks, bool more) {
    const std::size_t size = size_of(data);
    if (!sk.corked) {
        sk.corked = packet_buffer::allocate(net.packets(), payload_max);
        if (!sk.corked) return errc::no_buffer_space;
        sk.corked_to = to;
        sk.corked_asks = asks;
    }
    if (size > payload_max - sk.corked->size()) {
        sk.corked.reset();
        return errc::message_size;
    }
    collect(sk.corked->put(size), data);
    if (!more)
        if (const result<> sent = uncork(net, sk); !sent) return sent.error();
    return size;
}

/// What waits leaves. Errors: those of sending; it is gone then.
template <class Ip>
template <class Net>
result<> basic_udp<Ip>::uncork(Net& net, sock& sk) {
    if (!sk.corked) return {};
    const packet_buffer whole = std::move(sk.corked);
    const std::uint32_t by = sk.corked_asks.interface != 0 ? sk.corked_asks.interface : scope_of<Ip>(sk.corked_to);
    const auto way = route_for<Ip>(net, sk, sk.corked_to.address(), sk.corked_asks.source, by);
    if (!way) return way.error();
    const const_bytes bytes = whole->bytes();
    return transmit(net, sk, gathered{&bytes, 1}, sk.corked_to, *way, sk.corked_asks, message_flags::none);
}

}  // namespace weld::inline v0::stack
