// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/wait_queue.hpp>

#include <coroutine>
#include <cstdint>
#include <utility>

namespace weld::inline v0::io {

/// Those who wait for a descriptor. Mostly that is one who wants to read: it is remembered as what to resume, outside of
/// any queue, and an event finds it at one look. All others are in a wait_queue.
class descriptor_waiters {
public:
    /// Queues one more.
    void add(wait_entry& entry) noexcept {
        queue_.add(entry);
        alone_ |= look | queued;
    }
    /// Takes one who wants to read and who calls `remove_alone` if it leaves before it was resumed: a coroutine, or
    /// whatever begins with what to call. Pre: nobody_waits().
    void add_alone(std::coroutine_handle<> reader) noexcept { alone_ = reinterpret_cast<std::uintptr_t>(reader.address()); }
    void remove_alone() noexcept { alone_ = (alone_ & queued) | look; }

    /// True where nobody waits; false, too, where there may be somebody.
    bool nobody_waits() const noexcept { return alone_ == look; }
    bool empty() const noexcept { return address() == 0 && queue_.empty(); }

    /// Moves everybody in the queue who waits for one of `what` to the run queue, of the exclusive ones the first alone.
    void wake(events what, run_queue& ready) noexcept { queue_.wake(what, ready); }

    /// An event has come: who waits alone for it, to read, runs at once. False where nothing is as simple as that.
    [[gnu::always_inline]] bool wake_reader(std::uint32_t what, run_queue& ready) {
        if ((alone_ & look) != 0 || (what & static_cast<std::uint32_t>(reading)) == 0) [[unlikely]] return false;
        resume(std::exchange(alone_, look), ready);
        return true;
    }
    /// The same for all others. False where nobody waits at all. `one_by_one`: what has come is for one of them.
    bool wake_others(events what, run_queue& ready, bool one_by_one) {
        const bool reads = address() != 0 && any(what & reading);
        if (queue_.empty()) {
            alone_ = address() == 0 ? look : address();
            if (reads) resume(std::exchange(alone_, look), ready);
            return reads || alone_ != look;
        }
        if (address() == 0 && queue_.one_waits_for(what)) {
            alone_ = look;
            ready.run_now(queue_.pop());
            return true;
        }
        queue_.wake(what, ready, reads && one_by_one);
        const std::uintptr_t left = queue_.empty() ? look : look | queued;
        if (reads) resume(std::exchange(alone_, left) & ~(look | queued), ready);  // last: it may give the place back
        return true;
    }

private:
    static constexpr events reading = events::readable | events::always;
    /// In the bits that an address leaves: there is nobody alone, or more than that one; the queue may not be empty.
    static constexpr std::uintptr_t look = 1, queued = 2;

    std::uintptr_t address() const noexcept { return alone_ & ~(look | queued); }
    [[gnu::always_inline]] static void resume(std::uintptr_t who, run_queue& ready) {
        ready.begin_turn();
        std::coroutine_handle<>::from_address(reinterpret_cast<void*>(who)).resume();
    }
    std::uintptr_t alone_ = look;
    wait_queue queue_;
};

/// A descriptor, what epoll has said about it, and who waits for it. It belongs to the event source, which lends it
/// out: its address is what epoll remembers. In the kernel: struct epitem.
struct watched {
    descriptor_waiters waiters;
    union {
        int fd = -1;
        watched* next_free;
    };
    /// Both are looked at together: what is ready, in the lower half, and above it what epoll does not report.
    std::uint32_t state = unregistered;
    /// Counts the descriptors that this place has served. Epoll may still tell of one that was closed here while
    /// another process, or a message on its way, holds a copy of it; such events carry an older number.
    std::uint16_t generation = 0;
    /// How many handles share the descriptor: two after `split()`.
    std::uint8_t holders = 0;

    /// Nothing is ready, and epoll does not know of it.
    static constexpr std::uint32_t unregistered = 0xffff'0000;
    /// Epoll reports as long as something is ready, and not only once: among what it may be asked for.
    static constexpr events level{0x4000};

    /// What is ready as far as anybody knows: set by epoll, taken away by a call that found less than it asked for.
    events ready() const noexcept { return static_cast<events>(state & 0xffff); }
    bool is_ready(events what) const noexcept { return (state & bits(telling(what))) != 0; }
    void add_ready(events what) noexcept { state |= bits(what); }
    void remove_ready(events what) noexcept { state &= ~bits(what); }
    /// A call has found nothing.
    void drained(events what) noexcept { remove_ready(what | events::always); }

    /// What epoll was asked to report; nothing before the first wait.
    events reported() const noexcept { return static_cast<events>(~state >> 16); }
    void set_reported(events what) noexcept { state = (state & 0xffff) | (~bits(what) << 16); }
    bool is_level() const noexcept { return (state & bits(level) << 16) == 0; }
    /// True where epoll does not know of it and nothing of `what` is ready.
    bool is_new(events what) const noexcept { return (state & (bits(telling(what & ~level)) | unregistered)) == unregistered; }
    bool is_registered() const noexcept { return state < unregistered; }
    /// True where nothing of `what` is ready and epoll will tell when it is.
    bool is_quiet(events what) const noexcept { return (state & (bits(telling(what & ~level)) | bits(what) << 16)) == 0; }

private:
    /// What lets a call of this kind find something. A reader finds the peer's end, too, and what is behind urgent data,
    /// where a read ends.
    static constexpr events telling(events what) noexcept {
        const events also = any(what & events::readable) ? events::read_hangup | events::priority : events::none;
        return what | also | events::always;
    }
    static constexpr std::uint32_t bits(events what) noexcept { return static_cast<std::uint32_t>(what); }
};

}  // namespace weld::inline v0::io
