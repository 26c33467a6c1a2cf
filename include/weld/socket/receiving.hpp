// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/socket_handle.hpp>

namespace weld::inline v0 {

/// The operations that receive; a socket and its reader have them. A buffer outlives the operation it was given to.
/// `how` is nothing, message_flags, a deadline, or both: `recv(buffer, weld::control<weld::timestamp>, 5_s)`.
template <class Handle>
class receiving : public Handle {
    static constexpr auto protocol_ = Handle::protocol;

public:
    using Handle::Handle;
    using typename Handle::address;
    using typename Handle::ops;

    /// What has arrived, as much as fits: a count of bytes, 0 at the end of a stream. A datagram that is longer than
    /// the buffer loses its rest (message_flags::truncate tells). Errors: connection_reset, timed_out, those that
    /// wait in the socket. Source: recv(2).
    auto recv(mutable_bytes buffer) { return this->start(attempt::recv<ops>{{}, buffer}); }
    auto recv(mutable_bytes buffer, message_flags flags) { return this->start(attempt::recv_with_flags<ops>{{}, buffer, flags}); }
    auto recv(mutable_bytes buffer, deadline until) { return this->start(attempt::recv<ops>{{}, buffer}, until); }
    /// The same into several buffers, filled in turn. Source: readv(2).
    template <class... How>
        requires how_to_call<How...>
    auto recv(scattered buffers, How... how) {
        return this->start(attempt::recv_pieces<ops, bare>{{}, buffers, detail::how::flags(how...)}, how...);
    }
    /// One message, with its sender and the ancillary data that `control<...>` lists: a `received`. Errors: also
    /// message_size, some of that data had no room and the message is gone; descriptors in it are closed.
    /// Source: recvmsg(2).
    template <class... Items, class... How>
        requires how_to_call<How...>
    auto recv(scatter buffers, control_list<Items...> wanted, How... how) {
        detail::check_control<protocol_>(wanted);
        return this->start(attempt::recvmsg<ops, message<Items...>>{{}, buffers, detail::how::flags(how...)}, how...);
    }
    /// One datagram and its sender. Source: recvfrom(2).
    auto recv_from(mutable_bytes buffer) requires addressed_protocol<protocol_> {
        return this->template start_with<attempt::recv_from<ops, address>>(buffer);
    }
    auto recv_from(mutable_bytes buffer, message_flags flags) requires addressed_protocol<protocol_> {
        return this->start(attempt::recv_from_with_flags<ops, address>{buffer, flags});
    }
    auto recv_from(mutable_bytes buffer, deadline until) requires addressed_protocol<protocol_> {
        return this->start(attempt::recv_from<ops, address>{buffer}, until);
    }
    /// As many datagrams as there are, as `messages` takes, and as go in one call (64), at least one; the answer is
    /// their number. Of `how` it takes a deadline. Source: recvmmsg(2).
    template <class... Until>
        requires addressed_protocol<protocol_> && (std::is_convertible_v<Until, deadline> && ...)
    auto recv_many(span<incoming<address>> messages, Until... until) {
        return this->start(attempt::recv_many<ops, address>{{}, messages}, until...);
    }

    /// The same into a datagram_batch, which is made ready once (socket/datagram_batch.hpp): a result of the messages that
    /// came, where they lie. What it had lent before is taken back.
    template <attempt::batch_of<address> Batch, class... Until>
        requires addressed_protocol<protocol_> && (std::is_convertible_v<Until, deadline> && ...)
    auto recv_many(Batch& batch, Until... until) {
        detail::check_control<protocol_>(typename Batch::message::items{});
        using attempt = typename Batch::template receive<ops>;
        if constexpr (sizeof...(Until) == 0) return this->template start_with<attempt>(batch);
        else return this->start(attempt{batch}, until...);
    }

    /// Receives until `buffer` is full or the stream ends: the count is less than the buffer's size only at the end.
    /// With a `cursor` (0 at first) the progress outlives the operation, and it may be cancelled and taken up again.
    auto read_exactly(mutable_bytes buffer) requires stream_protocol<protocol_> {
        return this->start(attempt::read_exactly<ops, attempt::own_cursor>{{}, buffer, {}});
    }
    auto read_exactly(mutable_bytes buffer, deadline until) requires stream_protocol<protocol_> {
        return this->start(attempt::read_exactly<ops, attempt::own_cursor>{{}, buffer, {}}, until);
    }
    auto read_exactly(mutable_bytes buffer, std::size_t& cursor) requires stream_protocol<protocol_> {
        return this->start(attempt::read_exactly<ops, attempt::lent_cursor>{{}, buffer, {cursor}});
    }
    auto read_exactly(mutable_bytes buffer, std::size_t& cursor, deadline until) requires stream_protocol<protocol_> {
        return this->start(attempt::read_exactly<ops, attempt::lent_cursor>{{}, buffer, {cursor}}, until);
    }

    /// Waits until there is something, and takes nothing: then `try_recv` into a buffer that is lent only now.
    /// Source: poll(2).
    auto wait_readable() { return this->start(attempt::ready<ops, events::readable>{}); }
    auto wait_readable(deadline until) { return this->start(attempt::ready<ops, events::readable>{}, until); }

    /// The calls themselves: resource_unavailable_try_again where they would have to wait, interrupted where a signal came
    /// first; `weld::try_again(error)` is true for both.
    result<std::size_t> try_recv(mutable_bytes buffer, message_flags flags = {}) {
        return ops::recv(*this->net_, *this->sock_, buffer, flags);
    }
    result<std::size_t> try_recv(scattered buffers, message_flags flags = {}) {
        return attempt::recv_pieces<ops, bare>{{}, buffers, flags}(*this->net_, *this->sock_);
    }
    template <class... Items>
    auto try_recv(scatter buffers, control_list<Items...> wanted, message_flags flags = {}) {
        detail::check_control<protocol_>(wanted);
        return attempt::recvmsg<ops, message<Items...>>{{}, buffers, flags}(*this->net_, *this->sock_);
    }
    result<datagram<address>> try_recv_from(mutable_bytes buffer, message_flags flags = {}) requires addressed_protocol<protocol_> {
        attempt::address_written<address> from;
        const auto got = ops::recv_from(*this->net_, *this->sock_, buffer, from.address, flags);
        if (!got) return got.error();
        return result<datagram<address>>{std::in_place, *got, from.address};
    }
    result<std::size_t> try_recv_many(span<incoming<address>> messages) requires addressed_protocol<protocol_> {
        return ops::template recv_many<address>(*this->net_, *this->sock_, messages);
    }

    /// The call that recv_many into a batch makes.
    template <attempt::batch_of<address> Batch>
        requires addressed_protocol<protocol_>
    result<typename Batch::messages> try_recv_many(Batch& batch) {
        detail::check_control<protocol_>(typename Batch::message::items{});
        typename Batch::template receive<ops> attempt{batch};
        return attempt.taken(*this->net_, attempt(*this->net_, *this->sock_));
    }

    refused recv_from(mutable_bytes, ...) requires(!addressed_protocol<protocol_>) {
        static_assert(detail::never<Handle>, "socket: messages of this protocol name no sender of their own; recv is what it has (socket/protocol.hpp)");
        return {};
    }
    /// Says what to do instead, where there is no stream.
    refused read_exactly(mutable_bytes, ...) requires(!stream_protocol<protocol_>) {
        static_assert(detail::never<Handle>, "socket: read_exactly is for streams; recv gives one whole message of this protocol");
        return {};
    }

private:
    template <class... Items>
    using message = received<address, typename ops::template descriptor<typename Handle::net_type>, Items...>;
    struct no_descriptor {};
    using bare = received<address, no_descriptor>;
};

}  // namespace weld::inline v0
