// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/attempts.hpp>
#include <weld/socket/control.hpp>
#include <weld/socket/pieces.hpp>

/// The calls that gather, scatter and carry ancillary data; see socket/attempts.hpp.
namespace weld::inline v0::attempt {

/// recvmsg(2), with everything that it tells.
template <class Ops, class Received>
struct recvmsg : common {
    static constexpr events interest = events::readable;
    scatter buffers;
    message_flags flags;
    result<Received> operator()(auto& net, auto& sk) const { return Ops::template recvmsg<Received>(net, sk, buffers.pieces(), flags); }
};

/// recvmsg(2), for the bytes alone.
template <class Ops, class Received>
struct recv_pieces : common {
    static constexpr events interest = events::readable;
    scattered buffers;
    message_flags flags;
    result<std::size_t> operator()(auto& net, auto& sk) const {
        const auto got = Ops::template recvmsg<Received>(net, sk, buffers, flags);
        if (!got) return got.error();
        return got->size;
    }
};

/// Where a message goes that names no peer of its own.
struct nowhere {};

/// sendmsg(2).
template <class Ops, class Address, class... Items>
struct sendmsg : common {
    static constexpr events interest = events::writable;
    gather data;
    [[no_unique_address]] Address to;
    [[no_unique_address]] attached<Items...> items;
    message_flags flags;
    result<std::size_t> operator()(auto& net, auto& sk) const {
        if constexpr (std::is_same_v<Address, nowhere>)
            return Ops::sendmsg(net, sk, data.pieces(), static_cast<const nowhere*>(nullptr), items, flags);
        else return Ops::sendmsg(net, sk, data.pieces(), &to, items, flags);
    }
};

/// recvmmsg(2): as many datagrams as there are, at least one.
template <class Ops, class Address>
struct recv_many : common {
    static constexpr events interest = events::readable;
    span<incoming<Address>> messages;
    result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::template recv_many<Address>(net, sk, messages); }
};
/// sendmmsg(2): as many datagrams as the socket takes, at least one.
template <class Ops, class Address>
struct send_many : common {
    static constexpr events interest = events::writable;
    span<const outgoing<Address>> messages;
    result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::template send_many<Address>(net, sk, messages); }
};

/// What a batch and its messages are recognised by; where they lie is not looked at.
template <class Batch, class Address>
concept batch_of = requires(Batch& batch) {
    requires std::is_same_v<typename Batch::message::address_type, Address>;
    batch.take_back();
};
template <class Message, class Address>
concept batched = requires(Message& message) {
    requires std::is_same_v<typename Message::address_type, Address>;
    message.point_at_data();
};

}  // namespace weld::inline v0::attempt
