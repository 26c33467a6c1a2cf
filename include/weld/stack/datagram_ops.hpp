// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/socket/control.hpp>
#include <weld/socket/pieces.hpp>
#include <weld/stack/common_ops.hpp>
#include <weld/stack/datagram_sock.hpp>

namespace weld::inline v0::stack {

/// Messages: each call sends or receives one. Beside what common_ops lists the protocol offers
///     typename message_control                  what ancillary data asks of one message; {} asks nothing
///     result<std::size_t> send(net, sk, gathered, const endpoint* to, const message_control&, message_flags)
///         `to`: null for the peer
///     endpoint sender(packet&)                  of a received message
///     result<> attach(message_control&, const Item&)              for each item that goes with a message
///     void tell<Item>(net, sk, packet&, auto put)                 calls put(value) for an item that came with one
///     std::size_t items_with(sk, packet&)                         how many came
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
    static result<std::size_t> recv(Net&, sock& sk, mutable_bytes buffer, message_flags flags) {
        return receive(sk, scattered{&buffer, 1}, flags, [](packet&, std::size_t) {});
    }
    template <class Net, class Address>
    static result<std::size_t> recv_from(Net& net, sock& sk, mutable_bytes buffer, Address& from, message_flags flags) {
        from = Address{};  // of who shut down, nobody
        return receive(sk, scattered{&buffer, 1}, flags, [&](packet& skb, std::size_t) { from = proto(net).sender(skb); });
    }
    /// Errors: message_size (an item came that is not asked for), and as recv.
    template <class Received, class Net>
    static result<Received> recvmsg(Net& net, sock& sk, scattered buffers, message_flags flags) {
        Received answer;
        std::size_t untold = 0;
        const auto got = receive(sk, buffers, flags, [&](packet& skb, std::size_t copied) {
            answer.from = proto(net).sender(skb);
            if (copied < skb.size()) answer.flags = answer.flags | message_flags::truncate;
            if (has(flags, message_flags::error_queue)) answer.flags = answer.flags | message_flags::error_queue;
            untold = proto(net).items_with(sk, skb);
            Received::visit([&]<class Item>() {
                proto(net).template tell<Item>(net, sk, skb, [&](auto value) {
                    answer.template put<Item>(value);
                    --untold;
                });
                return false;
            });
        });
        if (!got) return got.error();
        if (untold != 0) return errc::message_size;
        answer.size = *got;
        return answer;
    }
    /// As many as there are, at least one.
    template <class Address, class Net>
    static result<std::size_t> recv_many(Net& net, sock& sk, span<incoming<Address>> messages) {
        return for_many(messages, [&](incoming<Address>& each) -> result<> {
            const auto got = receive(sk, scattered{&each.buffer, 1}, message_flags::none, [&](packet& skb, std::size_t copied) {
                each.from = proto(net).sender(skb);
                each.flags = copied < skb.size() ? message_flags::truncate : message_flags::none;
            });
            each.size = got.value_or(0);
            return got.error();
        });
    }

    /// The same into messages of a datagram_batch, with the ancillary data that they have room for.
    template <class Net, class Message>
    static result<std::size_t> recv_batch(Net& net, sock& sk, span<Message> messages) {
        return for_many(messages, [&](Message& each) -> result<> {
            const mutable_bytes buffer = each.buffer();
            return receive(sk, scattered{&buffer, 1}, message_flags::none, [&](packet& skb, std::size_t copied) {
                each.received(copied, proto(net).sender(skb), copied < skb.size() ? message_flags::truncate : message_flags::none);
                tell_items(net, sk, skb, each, typename Message::items{});
            }).error();
        });
    }

    template <class Net>
    static result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
        bool* const flag = level == levels::socket ? flag_of(sk, name) : nullptr;
        if (flag == nullptr) return common_ops<Proto>::set_option(net, sk, level, name, value);
        const auto number = detail::read_int(value);
        if (number) *flag = *number != 0;
        return number.error();
    }
    template <class Net>
    static result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
        const bool* const flag = level == levels::socket ? flag_of(sk, name) : nullptr;
        return flag != nullptr ? detail::write_int(value, *flag) : common_ops<Proto>::get_option(net, sk, level, name, value);
    }

    /// To the connected peer. Errors: the pending error, destination_address_required, message_size,
    /// broken_pipe (shut down), permission_denied (a broadcast without broadcast{true}), those of the route,
    /// operation_not_supported (out_of_band),
    /// resource_unavailable_try_again (the interface's queue is full).
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        if (has(flags, message_flags::out_of_band)) return errc::operation_not_supported;
        return proto(net).send(net, sk, gathered{&data, 1}, nullptr, {}, flags);
    }
    template <class Net, class Address>
    static result<std::size_t> send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags) {
        if (has(flags, message_flags::out_of_band)) return errc::operation_not_supported;
        return proto(net).send(net, sk, gathered{&data, 1}, &to, {}, flags);
    }
    /// Errors: as send, and invalid_argument (ancillary data that this protocol does not know).
    template <class Net, class Address, class... Items>
    static result<std::size_t> sendmsg(Net& net, sock& sk, gathered pieces, const Address* to, const attached<Items...>& items, message_flags flags) {
        if (has(flags, message_flags::out_of_band)) return errc::operation_not_supported;
        typename Proto::message_control control{};
        result<> understood;
        [[maybe_unused]] const auto attach = [&](const auto& item) {
            if (understood) understood = proto(net).attach(control, item);
        };
        (attach(items.template get<Items>()), ...);
        if (!understood) return understood.error();
        if constexpr (requires { to->store({}); }) return proto(net).send(net, sk, pieces, to, control, flags);
        else return proto(net).send(net, sk, pieces, nullptr, control, flags);
    }
    /// As many as the socket takes, at least one.
    template <class Address, class Net>
    static result<std::size_t> send_many(Net& net, sock& sk, span<const outgoing<Address>> messages) {
        return for_many(messages, [&](const outgoing<Address>& each) -> result<> {
            return send_to(net, sk, each.data, each.to, message_flags::none).error();
        });
    }
    template <class Net, class Message>
    static result<std::size_t> send_batch(Net& net, sock& sk, span<Message> messages) {
        return for_many(messages, [&](Message& each) -> result<> {
            const auto control = control_of(net, each, typename Message::items{});
            if (!control) return control.error();
            const const_bytes data = each.data();
            const auto to = each.address();
            return proto(net).send(net, sk, gathered{&data, 1}, each.has_address() ? &to : nullptr, *control, message_flags::none).error();
        });
    }

private:
    template <class Net, class Message, class... Items>
    static void tell_items(Net& net, sock& sk, packet& skb, Message& message, control_list<Items...>) {
        std::size_t untold = proto(net).items_with(sk, skb);
        [[maybe_unused]] const auto put = [&]<class Item>(const Item*) {
            proto(net).template tell<Item>(net, sk, skb, [&](const auto& value) {
                message.template put<Item>(value);
                --untold;
            });
        };
        (put(static_cast<const Items*>(nullptr)), ...);
        if (untold != 0) message.add_flags(message_flags::control_truncate);
    }
    template <class Net, class Message, class... Items>
    static result<typename Proto::message_control> control_of(Net& net, const Message& message, control_list<Items...>) {
        typename Proto::message_control control{};
        result<> understood;
        [[maybe_unused]] const auto attach = [&]<class Item>(const Item*) {
            const auto value = message.template attached<Item>();
            if (value && understood) understood = proto(net).attach(control, Item{*value});
        };
        (attach(static_cast<const Items*>(nullptr)), ...);
        if (!understood) return understood.error();
        return control;
    }
    static bool* flag_of(sock& sk, int name) noexcept {
        return name == receive_timestamp::name ? &sk.receive_timestamp : name == receive_drops::name ? &sk.receive_drops : nullptr;
    }
    template <class Look>
    static result<std::size_t> receive(sock& sk, scattered buffers, message_flags flags, Look&& look) {
        const bool errors = has(flags, message_flags::error_queue);
        if (!errors && sk.error != errc{}) return sk.take_error();
        packet* const next = errors ? sk.error_queue.front() : sk.receive_queue.front();
        if (next == nullptr) {
            if (sk.receive_shut && !errors) return std::size_t{0};
            return errc::resource_unavailable_try_again;
        }
        const std::size_t size = next->size();
        const std::size_t copied = spread(buffers, next->bytes());
        look(*next, copied);
        if (errors) sk.take_report();
        else if (!has(flags, message_flags::peek)) sk.take(sk.receive_queue).reset();
        return has(flags, message_flags::truncate) ? size : copied;
    }
    static std::size_t spread(scattered buffers, const_bytes from) noexcept {
        std::size_t copied = 0;
        for (const mutable_bytes buffer : buffers) copied += copy(buffer, from.subspan(copied));
        return copied;
    }
};

/// The bytes of a message that is sent in pieces.
inline std::size_t size_of(gathered pieces) noexcept {
    std::size_t size = 0;
    for (const const_bytes piece : pieces) size += piece.size();
    return size;
}
/// Copies them one behind the other. Pre: `to` has room.
inline void collect(mutable_bytes to, gathered pieces) noexcept {
    for (const const_bytes piece : pieces) to = to.subspan(copy(to, piece));
}

/// The same, and what they sum up to.
inline std::uint32_t collect_and_sum(mutable_bytes to, gathered pieces) noexcept {
    std::uint32_t sum = 0;
    std::size_t at = 0;
    for (const const_bytes piece : pieces) {
        sum = checksum::combine(sum, checksum::copy_and_sum(to.subspan(at), piece), at % 2 != 0);
        at += piece.size();
    }
    return sum;
}

}  // namespace weld::inline v0::stack
