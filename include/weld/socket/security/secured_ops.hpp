// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/message.hpp>
#include <weld/socket/pieces.hpp>

#include <cstddef>

namespace weld::inline v0 {

/// A protocol's proto_ops behind a security policy: each call asks its hook first. A net without a policy uses the ops
/// as they are, so nothing of this is in its code. `O` puts off the question whether the ops have a call until it is
/// called. In the kernel: the security_socket_* calls of net/socket.c.
template <class Ops, auto Protocol>
struct secured_ops : Ops {
    using typename Ops::sock;

    template <class Net, class Description>
    static auto create(Net& net, Description description, int number) -> result<sock*> {
        if (const result<> allowed = net.security().sk_alloc(Protocol); !allowed) return allowed.error();
        return Ops::create(net, description, number);
    }
    template <class Net>
    static void release(Net& net, sock& sk) noexcept {
        net.security().sk_free(Protocol);
        Ops::release(net, sk);
    }
    template <class Net, class Description, class O = Ops>
    static auto create_pair(Net& net, Description description, int number, sock* (&pair)[2])
        -> decltype(O::create_pair(net, description, number, pair)) {
        if (const result<> allowed = net.security().socketpair(Protocol); !allowed) return allowed;
        return O::create_pair(net, description, number, pair);
    }
    template <class Net, class Address>
    static result<> bind(Net& net, sock& sk, const Address& local) {
        if (const result<> allowed = net.security().bind(Protocol, local); !allowed) return allowed;
        return Ops::bind(net, sk, local);
    }
    template <class Net, class Address>
    static result<> connect(Net& net, sock& sk, const Address& to) {
        if (const result<> allowed = net.security().connect(Protocol, to); !allowed) return allowed;
        return Ops::connect(net, sk, to);
    }
    template <class Net, class O = Ops>
    static result<> listen(Net& net, sock& sk, int backlog) {
        if (const result<> allowed = net.security().listen(Protocol, backlog); !allowed) return allowed;
        return O::listen(net, sk, backlog);
    }
    template <class Net>
    static result<sock*> accept(Net& net, sock& sk) {
        if (const result<> allowed = net.security().accept(Protocol); !allowed) return allowed.error();
        return Ops::accept(net, sk);
    }
    template <class Net>
    static result<> shutdown(Net& net, sock& sk, shutdown_type how) {
        if (const result<> allowed = net.security().shutdown(Protocol, static_cast<int>(how)); !allowed) return allowed;
        return Ops::shutdown(net, sk, how);
    }

    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        if (const result<> allowed = net.security().sendmsg(Protocol, data.size()); !allowed) return allowed.error();
        return Ops::send(net, sk, data, flags);
    }
    template <class Net, class Address, class O = Ops>
    static auto send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags)
        -> decltype(O::send_to(net, sk, data, to, flags)) {
        if (const result<> allowed = net.security().sendmsg_to(Protocol, to, data.size()); !allowed) return allowed.error();
        return O::send_to(net, sk, data, to, flags);
    }
    template <class Net, class Address, class Items, class O = Ops>
    static auto sendmsg(Net& net, sock& sk, gathered pieces, const Address* to, const Items& items, message_flags flags)
        -> decltype(O::sendmsg(net, sk, pieces, to, items, flags)) {
        const result<> allowed = asked(net, total(pieces), to);
        if (!allowed) return allowed.error();
        return O::sendmsg(net, sk, pieces, to, items, flags);
    }
    template <class Address, class Net, class O = Ops>
    static auto send_many(Net& net, sock& sk, span<const outgoing<Address>> messages)
        -> decltype(O::template send_many<Address>(net, sk, messages)) {
        for (const outgoing<Address>& one : messages)
            if (const result<> allowed = net.security().sendmsg_to(Protocol, one.to, one.data.size()); !allowed) return allowed.error();
        return O::template send_many<Address>(net, sk, messages);
    }
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        if (const result<> allowed = net.security().recvmsg(Protocol, buffer.size()); !allowed) return allowed.error();
        return Ops::recv(net, sk, buffer, flags);
    }
    template <class Net, class Address, class O = Ops>
    static auto recv_from(Net& net, sock& sk, mutable_bytes buffer, Address& from, message_flags flags)
        -> decltype(O::recv_from(net, sk, buffer, from, flags)) {
        if (const result<> allowed = net.security().recvmsg(Protocol, buffer.size()); !allowed) return allowed.error();
        return O::recv_from(net, sk, buffer, from, flags);
    }
    template <class Received, class Net, class O = Ops>
    static auto recvmsg(Net& net, sock& sk, scattered buffers, message_flags flags)
        -> decltype(O::template recvmsg<Received>(net, sk, buffers, flags)) {
        if (const result<> allowed = net.security().recvmsg(Protocol, total(buffers)); !allowed) return allowed.error();
        return O::template recvmsg<Received>(net, sk, buffers, flags);
    }
    /// Messages by numbers, where the protocol has them of its own (socket/any_messages.hpp).
    template <class Net, class Message, class O = Ops>
    static auto send_message(Net& net, sock& sk, const Message& message, message_flags flags)
        -> decltype(O::send_message(net, sk, message, flags)) {
        const result<> allowed = asked(net, total(message.pieces), message.to);
        if (!allowed) return allowed.error();
        return O::send_message(net, sk, message, flags);
    }
    template <class Net, class Message, class O = Ops>
    static auto recv_message(Net& net, sock& sk, Message& message, message_flags flags)
        -> decltype(O::recv_message(net, sk, message, flags)) {
        if (const result<> allowed = net.security().recvmsg(Protocol, total(message.pieces)); !allowed) return allowed.error();
        return O::recv_message(net, sk, message, flags);
    }
    template <class Address, class Net, class O = Ops>
    static auto recv_many(Net& net, sock& sk, span<incoming<Address>> messages)
        -> decltype(O::template recv_many<Address>(net, sk, messages)) {
        for (const incoming<Address>& one : messages)
            if (const result<> allowed = net.security().recvmsg(Protocol, one.buffer.size()); !allowed) return allowed.error();
        return O::template recv_many<Address>(net, sk, messages);
    }
    template <class Net, class Message, class O = Ops>
    static auto recv_batch(Net& net, sock& sk, span<Message> messages) -> decltype(O::recv_batch(net, sk, messages)) {
        if (const result<> allowed = net.security().recvmsg(Protocol, Message::capacity()); !allowed) return allowed.error();
        return O::recv_batch(net, sk, messages);
    }
    template <class Net, class Message, class O = Ops>
    static auto send_batch(Net& net, sock& sk, span<Message> messages) -> decltype(O::send_batch(net, sk, messages)) {
        for (const Message& one : messages) {
            const auto to = one.address();
            if (const result<> allowed = asked(net, one.size(), one.has_address() ? &to : nullptr); !allowed) return allowed.error();
        }
        return O::send_batch(net, sk, messages);
    }

    template <class Net, class O = Ops>
    static auto set_option(Net& net, sock& sk, int level, int name, const_bytes value)
        -> decltype(O::set_option(net, sk, level, name, value)) {
        if (const result<> allowed = net.security().setsockopt(Protocol, level, name); !allowed) return allowed;
        return O::set_option(net, sk, level, name, value);
    }
    template <class Net, class O = Ops>
    static auto get_option(Net& net, sock& sk, int level, int name, mutable_bytes value)
        -> decltype(O::get_option(net, sk, level, name, value)) {
        if (const result<> allowed = net.security().getsockopt(Protocol, level, name); !allowed) return allowed.error();
        return O::get_option(net, sk, level, name, value);
    }
    template <class Address, class Net>
    static result<Address> local_address(Net& net, sock& sk) {
        if (const result<> allowed = net.security().getsockname(Protocol); !allowed) return allowed.error();
        return Ops::template local_address<Address>(net, sk);
    }
    template <class Address, class Net>
    static result<Address> peer_address(Net& net, sock& sk) {
        if (const result<> allowed = net.security().getpeername(Protocol); !allowed) return allowed.error();
        return Ops::template peer_address<Address>(net, sk);
    }

private:
    static std::size_t total(const auto& pieces) noexcept {
        std::size_t size = 0;
        for (const auto& piece : pieces) size += piece.size();
        return size;
    }
    /// A message without a receiver of its own comes with a pointer to something that is no address.
    template <class Net, class Address>
    static result<> asked(Net& net, std::size_t size, const Address* to) {
        if constexpr (requires { Address::family; })
            if (to != nullptr) return net.security().sendmsg_to(Protocol, *to, size);
        return net.security().sendmsg(Protocol, size);
    }
};

}  // namespace weld::inline v0
