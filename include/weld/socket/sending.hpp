// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/socket_handle.hpp>

namespace weld::inline v0 {

/// The operations that send; a socket and its writer have them. The bytes outlive the operation they were given to.
/// `how` is nothing, message_flags, a deadline, or both; `items` is an item of ancillary data, or several `attached`:
/// `send(data, weld::rights{file})`, `send_to(data, peer, weld::attached{weld::ip_ttl{1}, weld::ip_tos{8}}, 5_s)`.
template <class Handle>
class sending : public Handle {
    static constexpr auto protocol_ = Handle::protocol;

public:
    using Handle::Handle;
    using typename Handle::address;
    using typename Handle::ops;

    /// Sends as much as the socket takes: a count of bytes. Errors: broken_pipe (never a signal), connection_reset,
    /// not_connected, message_size. Source: send(2).
    auto send(const_bytes data, message_flags flags = {}) { return this->start(attempt::send<ops>{{}, data, flags}); }
    auto send(const_bytes data, deadline until) { return this->start(attempt::send<ops>{{}, data, {}}, until); }
    /// The same from several pieces, one after the other. Source: writev(2).
    template <class... How>
        requires how_to_call<How...>
    auto send(gathered pieces, How... how) {
        return this->start(message<>{{}, pieces, {}, {}, detail::how::flags(how...)}, how...);
    }
    /// With ancillary data. Errors: also those of the items; too_many_references with descriptors on their way.
    /// Source: sendmsg(2).
    template <attachable Items, class... How>
        requires how_to_call<How...>
    auto send(gather data, const Items& items, How... how) {
        return this->start(message_to(attempt::nowhere{}, data, detail::checked<protocol_>(items), detail::how::flags(how...)), how...);
    }

    /// One datagram, all of it or none. Source: sendto(2).
    auto send_to(const_bytes data, const address& to) requires addressed_protocol<protocol_> {
        if constexpr (retries_send_to) return this->template start_retried<true>(attempt::send_to<ops, address>{data, to});
        else return this->template start_with<attempt::send_to<ops, address>>(data, to);
    }
    auto send_to(const_bytes data, const address& to, message_flags flags) requires addressed_protocol<protocol_> {
        return this->template start_retried<retries_send_to>(attempt::send_to_with_flags<ops, address>{{}, data, to, flags});
    }
    auto send_to(const_bytes data, const address& to, deadline until) requires addressed_protocol<protocol_> {
        return this->template start_retried<retries_send_to>(attempt::send_to<ops, address>{data, to}, until);
    }
    /// One datagram from several pieces.
    template <class... How>
        requires addressed_protocol<protocol_> && how_to_call<How...>
    auto send_to(gathered pieces, const address& to, How... how) {
        return this->template start_retried<retries_send_to>(addressed<>{{}, pieces, to, {}, detail::how::flags(how...)}, how...);
    }
    template <attachable Items, class... How>
        requires addressed_protocol<protocol_> && how_to_call<How...>
    auto send_to(gather data, const address& to, const Items& items, How... how) {
        return this->template start_retried<retries_send_to>(
            message_to(to, data, detail::checked<protocol_>(items), detail::how::flags(how...)), how...);
    }
    /// As many datagrams as the socket takes and as go in one call (64), at least one; the answer is their number.
    /// Of `how` it takes a deadline. Source: sendmmsg(2).
    template <class... Until>
        requires addressed_protocol<protocol_> && (std::is_convertible_v<Until, deadline> && ...)
    auto send_many(span<const outgoing<address>> messages, Until... until) {
        return this->template start_retried<retries_send_to>(attempt::send_many<ops, address>{{}, messages}, until...);
    }

    /// The same of messages that lie in a datagram_batch: those that were received, or `batch.first(n)` that were filled.
    template <attempt::batched<address> Message, class... Until>
        requires addressed_protocol<protocol_> && (std::is_convertible_v<Until, deadline> && ...)
    auto send_many(const span<Message>& messages, Until... until) {
        detail::check_control<protocol_>(typename Message::items{});
        using attempt = typename Message::template send<ops>;
        if constexpr (sizeof...(Until) == 0 && !retries_send_to) return this->template start_with<attempt>(messages);
        else return this->template start_retried<retries_send_to>(attempt{messages}, until...);
    }

    /// Sends all of `data`. With a `cursor` (0 at first) the progress outlives the operation, and it may be cancelled
    /// and taken up again.
    auto send_all(const_bytes data) requires stream_protocol<protocol_> {
        return this->start(attempt::send_all<ops, attempt::own_cursor>{{}, data, {}});
    }
    auto send_all(const_bytes data, deadline until) requires stream_protocol<protocol_> {
        return this->start(attempt::send_all<ops, attempt::own_cursor>{{}, data, {}}, until);
    }
    auto send_all(const_bytes data, std::size_t& cursor) requires stream_protocol<protocol_> {
        return this->start(attempt::send_all<ops, attempt::lent_cursor>{{}, data, {cursor}});
    }
    auto send_all(const_bytes data, std::size_t& cursor, deadline until) requires stream_protocol<protocol_> {
        return this->start(attempt::send_all<ops, attempt::lent_cursor>{{}, data, {cursor}}, until);
    }

    /// Waits until there is room, and sends nothing. Source: poll(2).
    auto wait_writable() { return this->start(attempt::ready<ops, events::writable>{}); }
    auto wait_writable(deadline until) { return this->start(attempt::ready<ops, events::writable>{}, until); }

    /// The calls themselves: resource_unavailable_try_again where they would have to wait, interrupted where a signal came
    /// first; `weld::try_again(error)` is true for both.
    result<std::size_t> try_send(const_bytes data, message_flags flags = {}) {
        return ops::send(*this->net_, *this->sock_, data, flags);
    }
    result<std::size_t> try_send(gathered pieces, message_flags flags = {}) {
        return message<>{{}, pieces, {}, {}, flags}(*this->net_, *this->sock_);
    }
    template <attachable Items>
    result<std::size_t> try_send(gather data, const Items& items, message_flags flags = {}) {
        return message_to(attempt::nowhere{}, data, detail::checked<protocol_>(items), flags)(*this->net_, *this->sock_);
    }
    result<std::size_t> try_send_to(const_bytes data, const address& to, message_flags flags = {}) requires addressed_protocol<protocol_> {
        return ops::send_to(*this->net_, *this->sock_, data, to, flags);
    }
    template <attachable Items>
        requires addressed_protocol<protocol_>
    result<std::size_t> try_send_to(gather data, const address& to, const Items& items, message_flags flags = {}) {
        return message_to(to, data, detail::checked<protocol_>(items), flags)(*this->net_, *this->sock_);
    }
    result<std::size_t> try_send_many(span<const outgoing<address>> messages) requires addressed_protocol<protocol_> {
        return ops::template send_many<address>(*this->net_, *this->sock_, messages);
    }

    /// The call that send_many of a batch's messages makes.
    template <attempt::batched<address> Message>
        requires addressed_protocol<protocol_>
    result<std::size_t> try_send_many(span<Message> messages) {
        detail::check_control<protocol_>(typename Message::items{});
        return ops::send_batch(*this->net_, *this->sock_, messages);
    }

    refused send_to(const_bytes, const address&, ...) requires(!addressed_protocol<protocol_>) {
        static_assert(detail::never<Handle>, "socket: messages of this protocol name no receiver of their own; connect, then send (socket/protocol.hpp)");
        return {};
    }
    /// Says what to do instead, where there is no stream.
    refused send_all(const_bytes, ...) requires(!stream_protocol<protocol_>) {
        static_assert(detail::never<Handle>, "socket: send_all is for streams; send takes a whole message of this protocol or none of it");
        return {};
    }

private:
    template <class... Items>
    using message = attempt::sendmsg<ops, attempt::nowhere, Items...>;
    template <class... Items>
    using addressed = attempt::sendmsg<ops, address, Items...>;
    template <class... Items>
    static message<Items...> message_to(attempt::nowhere, gather data, attached<Items...> items, message_flags flags) {
        return {{}, data, {}, items, flags};
    }
    template <class... Items>
    static addressed<Items...> message_to(const address& to, gather data, attached<Items...> items, message_flags flags) {
        return {{}, data, to, items, flags};
    }
    static constexpr bool retries_send_to = requires { requires ops::retries_send_to; };
};

}  // namespace weld::inline v0
