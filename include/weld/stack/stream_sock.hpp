// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/sock.hpp>

#include <cstddef>

namespace weld::inline v0::stack {

/// A byte stream's half of a sock: what waits to be sent and what waits to be read, and the memory both take. Memory
/// is counted as the kernel does, by packet::truesize, and held against SO_SNDBUF and SO_RCVBUF.
/// In the kernel: the sk_stream_ part of struct sock.
struct stream_sock : sock {
    packet_queue write_queue;         // not yet sent; where checksum_state::complete, csum is the payload's
    std::size_t write_memory = 0;     // of all that is queued or not yet acknowledged: sk_wmem_queued
    std::size_t receive_memory = 0;   // of what has come and is not yet read: sk_rmem_alloc

    /// Takes a packet of the stream, in order, for the application; its data() is what is to be read.
    void queue_received(packet_buffer skb) noexcept {
        receive_memory += skb->truesize();
        receive_queue.push_back(std::move(skb));
    }
    /// A packet that send() queued is done with: acknowledged, or given up.
    void release_written(packet_buffer skb) noexcept { write_memory -= skb->truesize(); }

    /// Whether send() takes anything. In the kernel: sk_stream_memory_free.
    bool has_send_memory() const noexcept { return write_memory < options.send_buffer; }
    /// Whether it takes so much that waking a sender is worth it: a third of the buffer. In the kernel:
    /// sk_stream_is_writeable.
    bool is_writable() const noexcept {
        return has_send_memory() && options.send_buffer - write_memory >= write_memory / 2;
    }
    /// Wakes who waits to send, when there is room enough. In the kernel: sk_stream_write_space.
    void write_space(run_queue& ready) noexcept {
        if (!waiters.empty() && is_writable()) wake(events::writable, ready);
    }

    /// What a connected stream is ready for. Source: tcp_poll, net/ipv4/tcp.c.
    events stream_events() const noexcept {
        events ready = events::none;
        if (receive_queue.bytes() >= options.receive_low_water && !receive_queue.empty()) ready |= events::readable;
        if (receive_shut) ready |= events::readable | events::read_hangup;
        if (send_shut || is_writable()) ready |= events::writable;
        if (receive_shut && send_shut) ready |= events::hangup;
        if (error != errc{}) ready |= events::error;
        return ready;
    }
    void drop_queues() noexcept {
        write_queue.clear();
        receive_queue.clear();
        write_memory = receive_memory = 0;
    }
};

}  // namespace weld::inline v0::stack
