// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/common_ops.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// A sock whose received messages keep their borders: each packet of its receive_queue is one, and its data() begins
/// with what the application gets. Protocols derive from it.
struct datagram_sock : sock {
    std::size_t receive_memory = 0;  // what the queued packets take from their pool
    std::uint64_t drops = 0;         // messages for which there was no room
    bool blocked = false;            // the interface was full: writable when it has room again

    /// Queues a message and wakes who waits for one. False where there is no room: it is dropped, and counted.
    /// In the kernel: sock_queue_rcv_skb.
    bool deliver(packet_buffer skb, run_queue& ready) noexcept {
        if (receive_memory > options.receive_buffer || receive_shut) {
            ++drops;
            return false;
        }
        receive_memory += skb->truesize();
        receive_queue.push_back(std::move(skb));
        wake(events::readable, ready);
        return true;
    }
    packet_buffer take() noexcept {
        packet_buffer skb = receive_queue.pop_front();
        receive_memory -= skb->truesize();
        return skb;
    }
    void drop_all() noexcept {
        receive_queue.clear();
        receive_memory = 0;
    }
    /// In the kernel: datagram_poll.
    events poll() const noexcept {
        events now = blocked ? events::none : events::writable;
        if (!receive_queue.empty() || receive_shut) now |= events::readable;
        if (receive_shut) now |= events::read_hangup;
        if (receive_shut && send_shut) now |= events::hangup;
        if (error != errc{}) now |= events::error;
        return now;
    }
};

/// Messages: each call sends or receives one. Beside what common_ops lists the protocol offers
///     result<std::size_t> send(net, sk, const_bytes, const endpoint* to, message_flags)   to: null for the peer
///     endpoint sender(const packet&)                                                      of a received message
/// and derives its sock from datagram_sock. In the kernel: inet_dgram_ops.
template <class Proto>
struct datagram_ops : common_ops<Proto> {
    using typename common_ops<Proto>::sock;
    using common_ops<Proto>::proto;
    struct no_descriptor {};
    /// What owns a descriptor that a message brings: none does.
    template <class Net>
    using descriptor = no_descriptor;

    /// The next message; what does not fit into `buffer` is lost. With message_flags::truncate the answer is its true
    /// size. Errors: the pending error, resource_unavailable_try_again.
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        return receive(net, sk, buffer, flags, [](const packet&) {});
    }
    template <class Address, class Net>
    static result<datagram<Address>> recv_from(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        Address from{};
        const auto got = receive(net, sk, buffer, flags, [&](packet& skb) { from = proto(net).sender(skb); });
        if (!got) return got.error();
        return datagram<Address>{*got, from};
    }
    /// To the connected peer. Errors: the pending error, destination_address_required, message_size,
    /// broken_pipe (shut down), permission_denied (a broadcast without broadcast{true}), those of the route,
    /// resource_unavailable_try_again (the interface's queue is full).
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        return proto(net).send(net, sk, data, nullptr, flags);
    }
    template <class Net, class Address>
    static result<std::size_t> send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags) {
        return proto(net).send(net, sk, data, &to, flags);
    }

private:
    template <class Net, class Look>
    static result<std::size_t> receive(Net&, sock& sk, mutable_bytes buffer, message_flags flags, Look&& look) {
        if (sk.error != errc{}) return sk.take_error();
        packet* const next = sk.receive_queue.front();
        if (next == nullptr) {
            if (sk.receive_shut) return std::size_t{0};
            return errc::resource_unavailable_try_again;
        }
        look(*next);
        const std::size_t size = next->size();
        const std::size_t copied = copy(buffer, next->bytes());
        if (!has(flags, message_flags::peek)) sk.take().reset();
        return has(flags, message_flags::truncate) ? size : copied;
    }
};

}  // namespace weld::inline v0::stack
