// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control.hpp>
#include <weld/socket/pieces.hpp>
#include <weld/stack/common_ops.hpp>
#include <weld/stack/unix/unix_receive.hpp>
#include <weld/stack/unix/unix_send.hpp>
#include <weld/stack/unix/unix_sock_options.hpp>

namespace weld::inline v0::stack {

/// What the three kinds of unix sockets do alike. In the kernel: the common lines of unix_stream_ops and its two kin.
template <class Proto, int Type>
struct unix_ops : common_ops<Proto> {
    using typename common_ops<Proto>::sock;
    using common_ops<Proto>::proto;
    struct no_descriptor {};
    template <class Net>
    using descriptor = no_descriptor;

    /// A full backlog is announced by nobody who waits to connect: the call is repeated (socket/retry.hpp).
    static constexpr bool retries_connect = true, retries_send_to = true;

    template <class Net, class Description>
    static result<sock*> create(Net& net, Description, int) { return proto(net).create(net, Type); }
    /// Both or none.
    template <class Net, class Description>
    static result<> create_pair(Net& net, Description, int, sock* (&made)[2]) {
        const auto first = proto(net).create(net, Type);
        if (!first) return first.error();
        const auto second = proto(net).create(net, Type);
        if (!second) {
            proto(net).close(net, **first);
            return second.error();
        }
        Proto::pair(**first, **second);
        made[0] = *first;
        made[1] = *second;
        return {};
    }
    static void share(sock& sk) noexcept { ++sk.holders; }
    template <class Net>
    static result<> disconnect(Net& net, sock& sk) { return proto(net).disconnect(net, sk); }
    template <class Net>
    static void rest(Net& net, time_point until) {
        timer pause{[](runnable&) {}};
        net.timers().arm(pause, until);
        while (pause.armed()) net.step();
    }

    template <class Net>
    static result<> set_option(Net&, sock& sk, int level, int name, const_bytes value) {
        return unix_sock_options::set(sk, level, name, value);
    }
    template <class Net>
    static result<std::size_t> get_option(Net&, sock& sk, int level, int name, mutable_bytes value) {
        return unix_sock_options::get(sk, level, name, value);
    }
    template <class Net>
    static result<int> ioctl(Net&, sock& sk, unsigned long request, void* argument) {
        return unix_sock_options::ioctl(sk, request, argument);
    }

    template <class Net>
    static result<std::size_t> send_message(Net& net, sock& sk, const any_outgoing& message, message_flags flags) {
        return unix_send::message(net, proto(net), sk, message, flags);
    }
    template <class Net>
    static result<std::size_t> recv_message(Net& net, sock& sk, any_incoming& message, message_flags flags) {
        return unix_receive::message(net, proto(net), sk, message, flags);
    }
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        return send_message(net, sk, any_outgoing{.pieces = {&data, 1}}, flags);
    }
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        any_incoming message{.pieces = {&buffer, 1}};
        return recv_message(net, sk, message, flags);
    }
    template <class Net, class Address>
    static result<std::size_t> send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags) {
        const generic_address address{to};
        return send_message(net, sk, any_outgoing{.pieces = {&data, 1}, .to = &address}, flags);
    }
    template <class Net, class Address>
    static result<std::size_t> recv_from(Net& net, sock& sk, mutable_bytes buffer, Address& from, message_flags flags) {
        any_incoming message{.pieces = {&buffer, 1}};
        const auto got = recv_message(net, sk, message, flags);
        if (got) from = sender_of<Address>(message);
        return got;
    }
    /// As many as there are, at least one; as many as their receivers take.
    template <class Address, class Net>
    static result<std::size_t> recv_many(Net& net, sock& sk, span<incoming<Address>> messages) {
        return for_many(messages, [&](incoming<Address>& each) -> result<> {
            any_incoming message{.pieces = {&each.buffer, 1}};
            const auto got = recv_message(net, sk, message, message_flags::none);
            if (!got) return got.error();
            each.size = *got;
            each.from = sender_of<Address>(message);
            each.flags = static_cast<message_flags>(message.flags);
            return {};
        });
    }
    template <class Address, class Net>
    static result<std::size_t> send_many(Net& net, sock& sk, span<const outgoing<Address>> messages) {
        return for_many(messages, [&](const outgoing<Address>& each) -> result<> {
            return send_to(net, sk, each.data, each.to, message_flags::none).error();
        });
    }
    template <class Net, class Message>
    static result<std::size_t> recv_batch(Net& net, sock& sk, span<Message> messages) {
        refuse_items(typename Message::items{});
        return for_many(messages, [&](Message& each) -> result<> {
            const mutable_bytes buffer = each.buffer();
            any_incoming message{.pieces = {&buffer, 1}};
            const auto got = recv_message(net, sk, message, message_flags::none);
            if (!got) return got.error();
            each.received(*got, sender_of<typename Message::address_type>(message), static_cast<message_flags>(message.flags));
            return {};
        });
    }
    template <class Net, class Message>
    static result<std::size_t> send_batch(Net& net, sock& sk, span<Message> messages) {
        refuse_items(typename Message::items{});
        return for_many(messages, [&](Message& each) -> result<> {
            const const_bytes data = each.data();
            return each.has_address() ? send_to(net, sk, data, each.address(), message_flags::none).error() : send(net, sk, data, message_flags::none).error();
        });
    }
    template <class Net, class Address, class... Items>
    static result<std::size_t> sendmsg(Net& net, sock& sk, gathered pieces, const Address* to, const attached<Items...>&, message_flags flags) {
        static_assert(sizeof...(Items) == 0, "unix: in process, descriptors and credentials go through weld::posix; their numbers are a process's");
        if constexpr (requires { Address::family; }) {
            const generic_address address{*to};
            return send_message(net, sk, any_outgoing{.pieces = pieces, .to = &address}, flags);
        } else {
            return send_message(net, sk, any_outgoing{.pieces = pieces}, flags);
        }
    }
    template <class Received, class Net>
    static result<Received> recvmsg(Net& net, sock& sk, scattered pieces, message_flags flags) {
        any_incoming message{.pieces = pieces};
        const auto got = recv_message(net, sk, message, flags);
        if (!got) return got.error();
        Received answer;
        answer.size = *got;
        answer.from = sender_of<typename Received::address>(message);
        answer.flags = static_cast<message_flags>(message.flags);
        return answer;
    }

private:
    template <class... Items>
    static consteval void refuse_items(control_list<Items...>) {
        static_assert(sizeof...(Items) == 0, "unix: in process, descriptors and credentials go through weld::posix; their numbers are a process's");
    }
    template <class Address>
    static Address sender_of(const any_incoming& message) noexcept {
        const auto from = Address::load(message.from.bytes());
        return from ? *from : Address{};
    }
};

template <class Proto>
struct unix_stream_ops : unix_ops<Proto, 1> {};
template <class Proto>
struct unix_datagram_ops : unix_ops<Proto, 2> {};
template <class Proto>
struct unix_seqpacket_ops : unix_ops<Proto, 5> {};

}  // namespace weld::inline v0::stack
