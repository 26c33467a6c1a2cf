// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/run_queue.hpp>
#include <weld/socket/events.hpp>

#include <coroutine>

namespace weld::inline v0 {

/// One who waits for a sock, and what for. In the kernel: struct wait_queue_entry.
struct wait_entry : runnable {
    wait_entry(function call, events what, bool alone = false) noexcept { wait_for(what, alone, call); }

    bool wants(events what) const noexcept { return (what_ & static_cast<std::uint32_t>(what)) != 0; }
    /// What it waits for, errors and hang-ups included.
    events interest() const noexcept { return static_cast<events>(what_ & 0xffffU); }
    /// One event wakes one exclusive entry; accept waits so. Source: prepare_to_wait_exclusive, kernel/sched/wait.c.
    bool exclusive() const noexcept { return (what_ & alone_) != 0; }

protected:
    /// For those who say what they wait for only when they have to: on the hot path most never do.
    wait_entry() noexcept {}
    void wait_for(events what, bool alone, function call) noexcept {
        run = call;
        what_ = static_cast<std::uint32_t>(what | events::always) | (alone ? alone_ : 0);
    }

    /// Itself as something to resume: a pointer to a function stands where coroutines have theirs, first of all. It calls
    /// `call` with an address that `resumed` turns into the entry again. Source: P0913R1; Itanium C++ ABI issue 176.
    std::coroutine_handle<> resumable(void (*call)(void*)) noexcept {
        run = reinterpret_cast<function>(reinterpret_cast<void (*)()>(call));
        return std::coroutine_handle<>::from_address(&run);
    }
    static wait_entry& resumed(void* at) noexcept {
        static_assert(sizeof(runnable) == sizeof(list_node) + sizeof(function));
        return static_cast<wait_entry&>(*reinterpret_cast<runnable*>(static_cast<char*>(at) - sizeof(list_node)));
    }

private:
    static constexpr std::uint32_t alone_ = 0x1'0000;
    std::uint32_t what_;  // events, and above them whether it is exclusive: one store
};

/// Those who wait for one sock: the single place where a caller's waiting meets a protocol's progress.
/// In the kernel: struct wait_queue_head.
class wait_queue {
public:
    void add(wait_entry& entry) noexcept { waiting_.push_back(entry); }
    bool empty() const noexcept { return waiting_.empty(); }

    /// Moves everybody who waits for one of `what` to the run queue, of the exclusive ones the first alone, or none where
    /// `one_alone` says that one outside of this queue was woken.
    [[gnu::noinline]] void wake(events what, run_queue& ready, bool one_alone = false) noexcept {
        for (wait_entry& entry : waiting_) {
            if (!entry.wants(what) || (entry.exclusive() && one_alone)) continue;
            one_alone = one_alone || entry.exclusive();
            entry.unlink();
            ready.push(entry);
        }
    }

    /// True where nobody waits but one, and for one of `what`.
    bool one_waits_for(events what) noexcept { return waiting_.has_one() && waiting_.front().wants(what); }
    /// Takes out the first. Pre: not empty.
    wait_entry& pop() noexcept { return waiting_.pop_front(); }

private:
    list<wait_entry> waiting_;
};

}  // namespace weld::inline v0
