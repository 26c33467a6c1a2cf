// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/batch_message.hpp>

#include <cstddef>
#include <utility>

namespace weld::inline v0 {

/// Datagrams that one call receives or sends, with all that the kernel wants to know of them: their headers, buffers and
/// addresses are made ready once, and from call to call only what changes is written. For sockets of any net whose
/// addresses are `Address`: what one has received another may send. In the kernel: struct mmsghdr[]. Source: recvmmsg(2).
///
///     static weld::datagram_batch<weld::endpoint4, 64, 2048> batch;      // 64 messages of up to 2048 bytes each
///     for (;;) {
///         const auto got = co_await socket.recv_many(batch);             // a result of the messages, where they lie
///         if (!got) continue;
///         for (auto& message : *got) look_at(message.data(), message.address());
///         for (auto rest = *got; !rest.empty();) {                       // each back to where it came from
///             const auto sent = co_await socket.send_many(rest);
///             rest = rest.subspan(sent.value_or(1));                     // an error is of the first one: it is left out
///         }
///     }
///
/// `Items` is the ancillary data that its messages have room for (socket/control.hpp), received and sent. Super-datagrams
/// are `datagram_batch<weld::endpoint4, 4, 65536, weld::merged_size, weld::segment_size>`.
/// recv_many answers at least one message, or an error: those of recv. send_many answers how many of the messages went, at
/// least one, or the first one's error: those of send_to; after an error the messages behind it are as they were.
/// Its messages are lent until the next recv_many, which takes all of them back, and while an operation uses them. It is
/// as large as its buffers, neither copied nor moved, and takes no memory.
template <class Address, std::size_t Count, std::size_t Size, control_item... Items>
class datagram_batch {
public:
    static_assert(Size > 0 && Count > 0 && Count <= 1024, "socket: a batch has 1 to 1024 messages; one call takes no more (UIO_MAXIOV)");
    /// One of them, and some that lie in a row: what recv_many answers and send_many takes.
    using message = batch_message<Address, Size, Items...>;
    using messages = span<message>;

    datagram_batch() noexcept {
        for (std::size_t i = 0; i < Count; ++i) messages_[i].belong_to(slots_[i]);
    }
    datagram_batch(const datagram_batch&) = delete;
    datagram_batch& operator=(const datagram_batch&) = delete;

    static constexpr std::size_t size() noexcept { return Count; }
    /// The first messages, to be filled and sent. Those that were not received are empty, and go to the socket's peer.
    /// Pre: count <= size().
    messages first(std::size_t count) noexcept {
        WELD_ASSERT(count <= Count);
        for (; lent_ < count; ++lent_) messages_[lent_].make_empty();
        return {messages_, count};
    }
    message& operator[](std::size_t index) noexcept { return first(index + 1)[index]; }

    /// For those who receive: all messages, each with all of its room; and afterwards the first of them, with what came.
    messages take_back() noexcept {
        for_first(lent_, [](message& each) { each.make_room(); });
        return {messages_, Count};
    }
    messages lend(std::size_t count) noexcept {
        WELD_ASSERT(count <= Count);
        if constexpr (sizeof...(Items) > 0) for_first(count, [](message& each) { each.settle(); });
        lent_ = count;
        return {messages_, count};
    }
    /// The call that receives; see socket/attempts.hpp.
    template <class Ops>
    struct receive : attempt::common {
        static constexpr events interest = events::readable;
        static constexpr bool comes_in_bursts = true;
        datagram_batch& batch;
        explicit receive(datagram_batch& into) noexcept : batch{into} {}
        result<std::size_t> operator()(auto& net, auto& sk) const {
            const auto got = Ops::recv_batch(net, sk, batch.take_back());
            batch.lend(got ? *got : 0);
            return got;
        }
        result<messages> taken(auto&, result<std::size_t> got) const {
            if (!got) return got.error();
            return result<messages>{std::in_place, +batch.messages_, *got};
        }
    };

private:
    template <class Change>
    void for_first(std::size_t count, Change change) noexcept {
        if constexpr (Count == 1) {  // a super-datagram a call: no loop, and no harm where there is none
            change(messages_[0]);
        } else {
            for (message& each : messages{messages_, count}) change(each);
        }
    }
    message messages_[Count];
    std::size_t lent_ = Count;
    typename message::slot slots_[Count];
};

}  // namespace weld::inline v0
