// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/sock.hpp>

namespace weld::inline v0::stack {

/// A sock whose received messages keep their borders: each packet of its receive_queue is one, and its data() begins
/// with what the application gets. Protocols derive from it.
struct datagram_sock : sock {
    packet_queue error_queue;        // what ICMP said of messages that were sent; where receive_errors is on
    std::size_t receive_memory = 0;  // what the queued packets take from their pool
    std::uint64_t drops = 0;         // messages for which there was no room
    bool receive_timestamp = false;  // SO_TIMESTAMPNS
    bool receive_drops = false;      // SO_RXQ_OVFL
    bool blocked = false;            // the interface was full: writable when it has room again

    /// Queues a message and wakes who waits for one. False where there is no room: it is dropped, and counted.
    /// In the kernel: sock_queue_rcv_skb.
    bool deliver(packet_buffer skb, run_queue& ready) noexcept {
        if (!queue(receive_queue, std::move(skb))) return false;
        wake(events::readable, ready);
        return true;
    }
    /// Queues a report beside the pending error. In the kernel: sock_queue_err_skb.
    void deliver_error(packet_buffer skb) noexcept { static_cast<void>(queue(error_queue, std::move(skb))); }
    /// The pending error goes with the last report. In the kernel: sock_dequeue_err_skb.
    void take_report() noexcept {
        take(error_queue).reset();
        if (error_queue.empty()) error = errc{};
    }
    packet_buffer take(packet_queue& from) noexcept {
        packet_buffer skb = from.pop_front();
        receive_memory -= skb->truesize();
        return skb;
    }
    void drop_all() noexcept {
        receive_queue.clear();
        error_queue.clear();
        receive_memory = 0;
    }
    /// In the kernel: datagram_poll.
    events poll() const noexcept {
        events now = blocked ? events::none : events::writable;
        if (!receive_queue.empty() || receive_shut) now |= events::readable;
        if (receive_shut) now |= events::read_hangup;
        if (receive_shut && send_shut) now |= events::hangup;
        if (error != errc{} || !error_queue.empty()) now |= events::error;
        return now;
    }

private:
    bool queue(packet_queue& to, packet_buffer skb) noexcept {
        if (receive_memory > options.receive_buffer || receive_shut) {
            ++drops;
            return false;
        }
        receive_memory += skb->truesize();
        to.push_back(std::move(skb));
        return true;
    }
};

}  // namespace weld::inline v0::stack
