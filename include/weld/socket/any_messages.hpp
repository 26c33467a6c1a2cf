// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/any_message.hpp>
#include <weld/socket/control.hpp>
#include <weld/socket/sockaddr_rules.hpp>

namespace weld::inline v0 {

/// Messages with numbers instead of types, over what a protocol offers: `send_message` and `recv_message` of its own
/// where it has them (the host's families, unix sockets), its `sendmsg` and `recvmsg` otherwise, or `send`, `send_to`,
/// `recv` and `recv_from`, with one buffer for all pieces. In the kernel: sock_sendmsg and sock_recvmsg.
template <class Net, auto Protocol, class Ops>
struct any_messages {
    using sock = typename Ops::sock;
    using address = sockaddr_rules::address<Protocol, Ops>;

    static result<std::size_t> send(Net& net, sock& sk, const any_outgoing& message, message_flags flags) {
        if constexpr (requires { Ops::send_message(net, sk, message, flags); }) {
            return Ops::send_message(net, sk, message, flags);
        } else {
            if (message.to == nullptr || Protocol.is_stream) return send_pieces(net, sk, message.pieces, nullptr, flags);
            const auto to = sockaddr_rules::to_send<Protocol, Ops>(*message.to);
            if (!to) return to.error();
            return send_pieces(net, sk, message.pieces, &*to, flags);
        }
    }
    static result<std::size_t> recv(Net& net, sock& sk, any_incoming& message, message_flags flags) {
        if constexpr (requires { Ops::recv_message(net, sk, message, flags); }) {
            return Ops::recv_message(net, sk, message, flags);
        } else if constexpr (requires { Ops::template recvmsg<bare>(net, sk, message.pieces, flags); }) {
            const auto got = Ops::template recvmsg<bare>(net, sk, message.pieces, flags);
            if (!got) return got.error();
            if constexpr (!Protocol.is_stream) message.from = got->from;
            message.flags = static_cast<int>(got->flags);
            return got->size;
        } else {
            return with_one_buffer<mutable_bytes>(net, message.pieces, [&](mutable_bytes all) { return recv_one(net, sk, message, all, flags); });
        }
    }

private:
    struct no_descriptor {};
    using bare = received<address, no_descriptor>;

    static result<std::size_t> send_pieces(Net& net, sock& sk, gathered pieces, const address* to, message_flags flags) {
        if constexpr (requires { Ops::sendmsg(net, sk, pieces, to, attached<>{}, flags); }) {
            if (to != nullptr) return Ops::sendmsg(net, sk, pieces, to, attached<>{}, flags);
            return Ops::sendmsg(net, sk, pieces, static_cast<const nobody*>(nullptr), attached<>{}, flags);
        } else {
            return with_one_buffer<const_bytes>(net, pieces, [&](const_bytes all) -> result<std::size_t> {
                if constexpr (requires { Ops::send_to(net, sk, all, *to, flags); })
                    if (to != nullptr) return Ops::send_to(net, sk, all, *to, flags);
                return Ops::send(net, sk, all, flags);
            });
        }
    }
    struct nobody {};
    static result<std::size_t> recv_one(Net& net, sock& sk, any_incoming& message, mutable_bytes all, message_flags flags) {
        if constexpr (!Protocol.is_stream && requires(address& from) { Ops::recv_from(net, sk, all, from, flags); }) {
            address from{};
            const auto got = Ops::recv_from(net, sk, all, from, flags);
            if (got) message.from = from;
            return got;
        } else {
            return Ops::recv(net, sk, all, flags);
        }
    }

    /// One piece is used where it lies; several pass through a buffer of their size.
    template <class Bytes, class Call>
    static result<std::size_t> with_one_buffer(Net& net, span<const Bytes> pieces, Call&& call) {
        if (pieces.empty()) return call(Bytes{});
        if (pieces.size() == 1) return call(pieces.front());
        std::size_t size = 0;
        for (const Bytes& piece : pieces) size += piece.size();
        auto* const memory = static_cast<std::byte*>(net.allocation().allocate(size));
        if (memory == nullptr) return errc::no_buffer_space;
        const mutable_bytes all{memory, size};
        if constexpr (std::is_same_v<Bytes, const_bytes>) gather_into(all, pieces);
        const result<std::size_t> done = call(all);
        if constexpr (std::is_same_v<Bytes, mutable_bytes>)
            if (done) scatter_from(all.first(*done < size ? *done : size), pieces);
        net.allocation().free(memory, size);
        return done;
    }
    static void gather_into(mutable_bytes all, gathered pieces) noexcept {
        for (const const_bytes& piece : pieces) all = all.subspan(copy(all, piece));
    }
    static void scatter_from(const_bytes all, scattered pieces) noexcept {
        for (const mutable_bytes& piece : pieces) all = all.subspan(copy(piece, all));
    }
};

}  // namespace weld::inline v0
