// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/wait_queue.hpp>

namespace weld::inline v0::io {

/// A descriptor, what epoll has said about it, and who waits for it. It belongs to the event source, which lends it
/// out: its address is what epoll remembers. In the kernel: struct epitem.
struct watched {
    wait_queue waiters;
    union {
        int fd = -1;
        watched* next_free;
    };
    /// What is ready as far as anybody knows: set by epoll, taken away by a call that found less than it asked for.
    events ready = events::none;
    /// What epoll was asked to report; none before the first wait.
    events armed = events::none;
    /// Counts the descriptors that this place has served. Epoll may still tell of one that was closed here while
    /// another process, or a message on its way, holds a copy of it; such events carry an older number.
    std::uint16_t generation = 0;
    /// How many handles share the descriptor: two after `split()`.
    std::uint8_t holders = 0;

    bool is_ready(events what) const noexcept { return any(ready & (what | events::always)); }
    void drained(events what) noexcept { ready &= ~(what | events::always); }
};

}  // namespace weld::inline v0::io
