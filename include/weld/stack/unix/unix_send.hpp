// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/unix/unix_lifetime.hpp>

/// Sending: the bytes are copied once, into a message that lies in the receiver's queue and counts against the sender's
/// buffer. Source: unix_stream_sendmsg, unix_dgram_sendmsg, unix_seqpacket_sendmsg in net/unix/af_unix.c.
namespace weld::inline v0::stack::unix_send {

/// How many bytes there are.
inline std::size_t size_of(gathered pieces) noexcept {
    std::size_t size = 0;
    for (const const_bytes& each : pieces) size += each.size();
    return size;
}
/// Null is the one pointer that is known to be wrong.
inline bool faulty(gathered pieces) noexcept {
    for (const const_bytes& each : pieces)
        if (each.data() == nullptr && each.size() != 0) return true;
    return false;
}

namespace detail {

/// Copies `size` bytes from `offset` on.
inline void gather(mutable_bytes to, gathered pieces, std::size_t offset) noexcept {
    for (const const_bytes& each : pieces) {
        if (offset >= each.size()) {
            offset -= each.size();
            continue;
        }
        to = to.subspan(copy(to, each.subspan(offset)));
        offset = 0;
    }
}

/// A message in the sender's account. Errors: the pending error, broken_pipe, resource_unavailable_try_again (the
/// buffer is full), no_buffer_space. In the kernel: sock_alloc_send_pskb, unix_scm_to_skb.
template <class Net>
result<unix_message*> allocate(Net& net, unix_sock& sk, const any_outgoing& message, std::size_t offset, std::size_t size) {
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    if (sk.write_memory >= sk.options.send_buffer) return errc::resource_unavailable_try_again;
    unix_message* const made = unix_message::make(net.allocation(), size, message.objects != nullptr ? message.objects->size() : 0);
    if (made == nullptr) return errc::no_buffer_space;
    gather(made->bytes(), message.pieces, offset);
    if (message.objects != nullptr) made->keep_objects(*message.objects);
    made->credentials = message.credentials != nullptr ? *message.credentials : sk.own;
    made->from = sk.name;
    if (sk.name != nullptr) unix_names::hold(*sk.name);
    made->sender = &sk;
    unix_lifetime::hold(sk);
    sk.write_memory += made->truesize();
    return made;
}
template <class Net>
void queue(Net& net, unix_sock& to, unix_message& message) noexcept {
    to.messages.push_back(message);
    ++to.queued;
    to.wake(events::readable, net.runnable());
}

/// As much as the buffer takes, in messages of half a buffer at the most.
template <class Net>
result<std::size_t> stream(Net& net, unix_sock& sk, const any_outgoing& message) {
    if (message.to != nullptr && !message.to->bytes().empty()) return sk.state == unix_state::established ? errc::already_connected : errc::operation_not_supported;
    if (sk.peer == nullptr) return errc::not_connected;
    if (sk.send_shut) return errc::broken_pipe;
    const std::size_t all = size_of(message.pieces), most = sk.options.send_buffer / 2 - 64;
    std::size_t sent = 0;
    any_outgoing part = message;
    while (sent < all) {
        const std::size_t size = all - sent < most ? all - sent : most;
        const auto made = allocate(net, sk, part, sent, size);
        if (!made) return sent != 0 ? result<std::size_t>{sent} : made.error();
        part.objects = nullptr;
        queue(net, *sk.peer, **made);
        sent += size;
    }
    return sent;
}

/// Where a message without an address goes. Errors: not_connected, connection_refused (the peer has gone; once).
template <class Net, class Proto>
result<unix_sock*> peer_of(Net& net, Proto& proto, unix_sock& sk) {
    if (sk.peer == nullptr) return errc::not_connected;
    if (!sk.peer->dead || !sk.is_datagram()) return sk.peer;
    unix_sock& gone = *std::exchange(sk.peer, nullptr);
    sk.state = unix_state::closed;
    while (!sk.messages.empty()) proto.drop_message(net, sk, sk.messages.pop_front());
    proto.put(net, gone);
    return errc::connection_refused;
}
template <class Net, class Proto>
result<std::size_t> datagram(Net& net, Proto& proto, unix_sock& sk, const any_outgoing& message) {
    const bool addressed = sk.is_datagram() && message.to != nullptr && !message.to->bytes().empty();
    const auto to = addressed ? unix_address::load(message.to->bytes()) : result<unix_address>{unix_address{}};
    if (!to || (addressed && to->is_unnamed())) return errc::invalid_argument;
    if (!addressed && sk.peer == nullptr) return errc::not_connected;
    if (sk.pass_credentials && sk.name == nullptr)
        if (const result<> named = proto.bind(net, sk, unix_address{}); !named) return named.error();
    const std::size_t size = size_of(message.pieces);
    if (size > sk.options.send_buffer - 32) return errc::message_size;
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    const auto other = addressed ? proto.find_receiver(sk, *to) : peer_of(net, proto, sk);
    if (!other) return other.error();
    if ((*other)->receive_shut) return errc::broken_pipe;
    if ((*other)->peer != nullptr && (*other)->peer != &sk) return errc::operation_not_permitted;
    if (*other != &sk && (*other)->peer != &sk && (*other)->is_full()) return errc::resource_unavailable_try_again;
    const auto made = allocate(net, sk, message, 0, size);
    if (!made) return made.error();
    queue(net, **other, **made);
    return size;
}

}  // namespace detail

/// Errors: not_connected, already_connected, broken_pipe, message_size, bad_address, operation_not_supported
/// (out-of-band bytes), those of finding the receiver, resource_unavailable_try_again.
template <class Net, class Proto>
result<std::size_t> message(Net& net, Proto& proto, unix_sock& sk, const any_outgoing& message, message_flags flags) {
    if (has(flags, message_flags::out_of_band)) return errc::operation_not_supported;
    if (sk.type == 5) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.state != unix_state::established) return errc::not_connected;
    }
    if (faulty(message.pieces)) return errc::bad_address;
    return sk.is_stream() ? detail::stream(net, sk, message) : detail::datagram(net, proto, sk, message);
}

}  // namespace weld::inline v0::stack::unix_send
