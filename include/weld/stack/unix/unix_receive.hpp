// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/unix/unix_lifetime.hpp>

/// Receiving, and what a socket is ready for. Source: unix_stream_read_generic, __unix_dgram_recvmsg, unix_poll,
/// unix_dgram_poll in net/unix/af_unix.c.
namespace weld::inline v0::stack::unix_receive {

/// In the kernel: unix_poll, unix_dgram_poll.
inline events poll(unix_sock& sk) noexcept {
    events ready = events::none;
    if (sk.error != errc{}) ready |= events::error;
    if (sk.receive_shut && sk.send_shut) ready |= events::hangup;
    if (sk.receive_shut) ready |= events::readable | events::read_hangup;
    if (!sk.messages.empty() || !sk.accept_queue.empty()) ready |= events::readable;
    if (!sk.is_datagram() && sk.state == unix_state::closed) ready |= events::hangup;
    if (sk.is_writable()) ready |= events::writable;
    return ready;
}

namespace detail {

inline std::size_t scatter(scattered pieces, std::size_t offset, const_bytes from) noexcept {
    std::size_t copied = 0;
    for (const mutable_bytes& each : pieces) {
        if (offset >= each.size()) {
            offset -= each.size();
            continue;
        }
        copied += copy(each.subspan(offset), slice(from, copied));
        offset = 0;
    }
    return copied;
}
inline std::size_t room_of(scattered pieces) noexcept {
    std::size_t room = 0;
    for (const mutable_bytes& each : pieces) room += each.size();
    return room;
}
inline bool faulty(scattered pieces) noexcept {
    for (const mutable_bytes& each : pieces)
        if (each.data() == nullptr && each.size() != 0) return true;
    return false;
}
/// Who sent it, and what came with it.
inline void tell(unix_sock& sk, unix_message& from, any_incoming& to, bool peek) noexcept {
    to.credentials = from.credentials;
    to.has_credentials = sk.pass_credentials;
    if (!sk.is_stream() && from.from != nullptr) to.from = generic_address{from.from->address};
    if (peek) from.share_objects(to.objects);
    else from.give_objects(to.objects);
}

/// A read ends before bytes that other credentials or descriptors came with.
template <class Net, class Proto>
result<std::size_t> stream(Net& net, Proto& proto, unix_sock& sk, any_incoming& to, bool peek) {
    if (sk.state != unix_state::established) return errc::invalid_argument;
    if (sk.messages.empty()) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.receive_shut) return std::size_t{0};
        return errc::resource_unavailable_try_again;
    }
    if (faulty(to.pieces)) return errc::bad_address;
    const std::size_t room = room_of(to.pieces);
    std::size_t copied = 0;
    bool told = false;
    for (unix_message& each : sk.messages) {
        if (copied == room && room != 0) break;
        if (told && (each.object_count != 0 || (sk.pass_credentials && each.credentials != to.credentials))) break;
        const bool carries = each.object_count != 0;
        if (!told) tell(sk, each, to, peek);
        told = true;
        const std::size_t count = scatter(to.pieces, copied, each.left());
        copied += count;
        if (!peek) each.taken += count;
        if (!peek && each.left().empty()) {
            each.unlink();
            proto.drop_message(net, sk, each);
        }
        if (carries || copied == room) break;
    }
    return copied;
}

template <class Net, class Proto>
result<std::size_t> datagram(Net& net, Proto& proto, unix_sock& sk, any_incoming& to, message_flags flags) {
    if (sk.error != errc{}) return sk.take_error();
    if (sk.messages.empty()) {
        if (sk.receive_shut && !sk.is_datagram()) return std::size_t{0};
        return errc::resource_unavailable_try_again;
    }
    unix_message& first = sk.messages.front();
    if (faulty(to.pieces) && first.size != 0) return errc::bad_address;
    const std::size_t copied = scatter(to.pieces, 0, first.bytes()), size = first.size;
    if (copied < size) to.flags |= static_cast<int>(message_flags::truncate);
    tell(sk, first, to, has(flags, message_flags::peek));
    if (!has(flags, message_flags::peek)) {
        first.unlink();
        proto.drop_message(net, sk, first);
    }
    return has(flags, message_flags::truncate) ? size : copied;
}

}  // namespace detail

/// Errors: the pending error, not_connected (a seqpacket), invalid_argument (a stream that is not connected),
/// operation_not_supported (out-of-band bytes), resource_unavailable_try_again.
template <class Net, class Proto>
result<std::size_t> message(Net& net, Proto& proto, unix_sock& sk, any_incoming& to, message_flags flags) {
    to.from.resize(0);
    if (sk.type == 5 && sk.state != unix_state::established) return errc::not_connected;
    if (has(flags, message_flags::out_of_band)) return sk.is_stream() ? errc::invalid_argument : errc::operation_not_supported;
    return sk.is_stream() ? detail::stream(net, proto, sk, to, has(flags, message_flags::peek)) : detail::datagram(net, proto, sk, to, flags);
}

}  // namespace weld::inline v0::stack::unix_receive
