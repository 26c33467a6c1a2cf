// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bulk_copy.hpp>
#include <weld/core/checksum.hpp>
#include <weld/core/packet_slots.hpp>
#include <weld/socket/control.hpp>
#include <weld/socket/pieces.hpp>
#include <weld/stack/common_ops.hpp>
#include <weld/stack/stream_sock.hpp>

#include <algorithm>
#include <concepts>

namespace weld::inline v0::stack {

/// How a stream's protocol wants what is sent cut into packets.
struct send_params {
    std::size_t size;      // payload of one packet: a segment's, or a super-segment's where the device splits
    std::size_t headroom;  // for all headers below the payload
    std::size_t segments = 1;  // so many payloads of `size` may go into one packet over slots (packet_slots.hpp)
    std::size_t sums_up_to = ~std::size_t{0};  // payloads above are only copied: a device adds them up, or who splits them
    bool one_by_one = false;  // the device reads them one by one, at once
};

/// Byte streams: buffers, back-pressure, readiness. The protocol beneath writes its connection's state and its segment
/// handler; it derives its sock from stream_sock and offers, beside what common_ops lists,
///     result<send_params> send_space(net, sk)
///         how to cut; resource_unavailable_try_again: not now; broken_pipe: there is no connection
///     void push(net, sk, bool more)
///         sk.write_queue has grown: send what may be sent; `more`: it will grow again at once (MSG_MORE). The
///         control() of a packet is the protocol's from when it has sent it.
///     void data_taken(net, sk, count)
///         the application has read so much: the window may open
///     errc nothing_to_read(sk)
///         what a recv that finds neither data nor an end is told: not_connected where it never was. May be absent.
/// What arrives goes to sk.queue_received(), in order, and then sk.wake(readable); what is acknowledged to
/// sk.release_written(), and then sk.write_space().
/// In the kernel: inet_stream_ops with tcp_sendmsg and tcp_recvmsg.
template <class Proto>
struct stream_ops : common_ops<Proto> {
    using typename common_ops<Proto>::sock;
    using common_ops<Proto>::proto;
    struct no_descriptor {};
    /// What owns a descriptor that a message brings: none does.
    template <class Net>
    using descriptor = no_descriptor;

    /// As much as there is room for. Errors: the pending error, broken_pipe, resource_unavailable_try_again.
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        if (data.size() > one_portion && !has(flags, message_flags::out_of_band)) return send_in_portions(net, sk, data, flags);
        return send_portion(net, sk, data, flags);
    }
    /// What has arrived, 0 at the end. message_flags::truncate throws the bytes away.
    /// Errors: the pending error, not_connected, resource_unavailable_try_again; invalid_argument (out_of_band: urgent
    /// data is read in its place).
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        if (has(flags, message_flags::out_of_band)) return errc::invalid_argument;
        if (sk.receive_queue.empty()) return without_data(sk, buffer);
        if (has(flags, message_flags::peek)) return peek(sk, buffer);
        const std::size_t taken = take(sk, buffer, has(flags, message_flags::truncate));
        proto(net).data_taken(net, sk, taken);
        return taken;
    }

    /// The same in pieces; a stream has no borders, no sender and no ancillary data.
    template <class Received, class Net>
    static result<Received> recvmsg(Net& net, sock& sk, scattered buffers, message_flags flags) {
        Received answer;
        for (const mutable_bytes buffer : buffers) {
            const auto got = recv(net, sk, buffer, flags);
            if (!got && answer.size == 0) return got.error();
            if (!got) break;
            answer.size += *got;
            if (*got < buffer.size() || has(flags, message_flags::peek)) break;
        }
        return answer;
    }
    /// Errors: as send, and invalid_argument (ancillary data).
    template <class Net, class Address, class... Items>
    static result<std::size_t> sendmsg(Net& net, sock& sk, gathered pieces, const Address*, const attached<Items...>&, message_flags flags) {
        if constexpr (sizeof...(Items) > 0) return errc::invalid_argument;
        std::size_t count = 0;
        for (const const_bytes& piece : pieces) {
            const bool last = &piece == &pieces.back();
            const auto sent = send(net, sk, piece, last ? flags : flags | message_flags::more);
            if (!sent && count == 0) return sent.error();
            if (!sent) break;
            count += *sent;
            if (*sent < piece.size()) break;
        }
        return count;
    }

private:
    template <class Net>
    [[gnu::always_inline]] static result<std::size_t> send_portion(Net& net, sock& sk, const_bytes data, message_flags flags) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.send_shut) return errc::broken_pipe;
        const result<send_params> how = proto(net).send_space(net, sk);
        if (!how) return how.error();
        const std::size_t queued = fill(net, sk, data, *how);
        if (queued == 0 && !data.empty()) return errc::resource_unavailable_try_again;
        if constexpr (requires { proto(net).mark_urgent(net, sk); })
            if (has(flags, message_flags::out_of_band) && queued > 0) proto(net).mark_urgent(net, sk);
        proto(net).push(net, sk, has(flags, message_flags::more) && queued == data.size());
        return queued;
    }
    /// Where a device reads segments one by one, so many are handed down before more is copied: it reads what is in the cache
    /// still. A portion ends where a segment does.
    static constexpr std::size_t portion_segments = 64, one_portion = 64 * 1024;
    template <class Net>
    [[gnu::noinline]] static result<std::size_t> send_in_portions(Net& net, sock& sk, const_bytes data, message_flags flags) {
        std::size_t queued = 0;
        while (queued == 0 || (queued < data.size() && sk.error == errc{})) {
            const const_bytes left = data.subspan(queued);
            const const_bytes portion = left.first(std::min(left.size(), portion_size(net, sk)));
            const auto sent = send_portion(net, sk, portion, portion.size() < left.size() ? flags | message_flags::more : flags);
            if (!sent && queued == 0) return sent.error();
            if (!sent) break;
            queued += *sent;
            if (*sent < portion.size()) break;
        }
        return queued;
    }
    /// Without a limit where segments are not read at once.
    template <class Net>
    static std::size_t portion_size(Net& net, sock& sk) {
        const result<send_params> how = proto(net).send_space(net, sk);
        if (!how || how->segments == 1 || !how->one_by_one) return ~std::size_t{0};
        const packet* const last = sk.write_queue.back();
        const bool grows = last != nullptr && last->slots() == 1 && last->size() < how->size;
        return portion_segments * how->size + (grows ? how->size - last->size() : 0);
    }
    static result<std::size_t> without_data(sock& sk, mutable_bytes buffer) noexcept {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.receive_shut) return std::size_t{0};
        if constexpr (requires { { Proto::nothing_to_read(sk) } -> std::same_as<errc>; })
            if (const errc why = Proto::nothing_to_read(sk); !would_block(why)) return why;
        if (buffer.empty()) return std::size_t{0};
        return errc::resource_unavailable_try_again;
    }
    /// Copies into packets, the last one first where it has room, and sums on the way.
    template <class Net>
    static std::size_t fill(Net& net, sock& sk, const_bytes data, const send_params& how) {
        std::size_t queued = 0;
        if (packet* const last = sk.write_queue.back(); last != nullptr && last->slots() == 1 && last->size() < how.size) {
            const bool fits = last->tailroom() >= std::min(data.size(), how.size - last->size()) && !last->shared();
            queued = fits ? append(sk, *last, data, how) : refill(net, sk, *last, data, how);
        }
        while (queued < data.size() && sk.has_send_memory()) {
            if (std::size_t count = std::min((data.size() - queued) / how.size, how.segments); count >= slots_min) {
                count = fill_slots(net, sk, data.subspan(queued), count, how);
                if (count == 0) break;
                queued += count;
                continue;
            }
            const const_bytes rest = data.subspan(queued, std::min(data.size() - queued, how.size));
            // A short message that will leave at once takes a short packet; others may grow.
            const std::size_t room = sk.write_queue.empty() ? rest.size() : how.size;
            packet_buffer skb = packet_buffer::allocate(net.packets(), how.headroom + room, how.headroom);
            if (!skb) break;
            if (rest.size() <= how.sums_up_to) {
                skb->csum = checksum::copy_and_sum(skb->put(rest.size()), rest);
                skb->checksum = checksum_state::complete;
            } else {
                bulk_copy(skb->put(rest.size()).data(), rest.data(), rest.size());
            }
            sk.write_memory += skb->truesize();
            sk.write_queue.push_back(std::move(skb));
            queued += rest.size();
        }
        return queued;
    }
    /// As many full segments at once; below, a packet each takes less.
    static constexpr std::size_t slots_min = 3;
    template <class Net>
    static std::size_t fill_slots(Net& net, sock& sk, const_bytes data, std::size_t count, const send_params& how) {
        count = std::min(count, packet::slots_max(how.size, how.headroom));
        packet_buffer skb = packet_buffer::allocate_slots(net.packets(), count, how.size, how.headroom);
        if (!skb) return 0;
        skb->fill_slots(data.first(count * how.size), how.size <= how.sums_up_to);
        sk.write_memory += skb->truesize();
        sk.write_queue.push_back(std::move(skb));
        return count * how.size;
    }
    /// What fits behind a packet that has not been sent yet.
    static std::size_t append(sock& sk, packet& last, const_bytes data, const send_params& how) noexcept {
        const std::size_t room = std::min({data.size(), how.size - last.size(), last.tailroom()});
        const bool odd = last.size() % 2 != 0;
        if (last.checksum == checksum_state::complete)
            last.csum = checksum::combine(last.csum, checksum::copy_and_sum(last.put(room), data.first(room)), odd);
        else bulk_copy(last.put(room).data(), data.data(), room);
        sk.write_queue.update(last);
        return room;
    }
    /// Short packets grow by moving into a full one, so that what waits for Nagle's algorithm leaves in whole segments.
    template <class Net>
    static std::size_t refill(Net& net, sock& sk, packet& last, const_bytes data, const send_params& how) {
        packet_buffer larger = packet_buffer::allocate(net.packets(), how.headroom + how.size, how.headroom);
        if (!larger || !sk.has_send_memory()) return 0;
        larger->csum = last.csum;
        larger->checksum = last.checksum;
        __builtin_memcpy(larger->put(last.size()).data(), last.data(), last.size());
        sk.write_memory += larger->truesize();
        packet& grown = *larger;
        sk.write_queue.insert_after(last, std::move(larger));
        sk.release_written(sk.write_queue.remove(last));
        return append(sk, grown, data, how);
    }

    static std::size_t take(sock& sk, mutable_bytes buffer, bool discard) noexcept {
        std::size_t taken = 0;
        while (taken < buffer.size() && !sk.receive_queue.empty()) {
            packet& skb = *sk.receive_queue.front();
            const std::size_t count = std::min(buffer.size() - taken, skb.size());
            if (!discard) bulk_copy(buffer.data() + taken, skb.data(), count);
            taken += count;
            if (count < skb.size()) {
                skb.pull(count);
                sk.receive_queue.update(skb);
            } else {
                sk.receive_memory -= skb.truesize();
                sk.receive_queue.pop_front().reset();
            }
        }
        return taken;
    }
    static std::size_t peek(sock& sk, mutable_bytes buffer) noexcept {
        std::size_t taken = 0;
        for (packet& skb : sk.receive_queue) {
            if (taken == buffer.size()) break;
            taken += copy(buffer.subspan(taken), skb.bytes());
        }
        return taken;
    }
};

}  // namespace weld::inline v0::stack
