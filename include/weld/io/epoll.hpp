// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/bytes.hpp>
#include <weld/core/pool.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/io/watched.hpp>
#include <weld/socket/role.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/epoll_calls.hpp>

#include <time.h>

namespace weld::inline v0::io {

/// The host's event source: epoll(7) and CLOCK_MONOTONIC. A descriptor is registered once, edge-triggered, when
/// somebody first has to wait for it; a socket that is only used synchronously is never registered. A listener is
/// level-triggered while somebody accepts, so that nobody asks for a connection that is not there.
/// The epoll descriptor itself is opened with the first registration.
template <sys::entry_policy Sys = sys::direct>
class basic_epoll {
public:
    using role = role::event_source;

    explicit basic_epoll(Sys sys = {}) noexcept : sys_{sys}, timers_{clock()} {}
    basic_epoll(basic_epoll&& other) noexcept
        : sys_{other.sys_}, epoll_{std::exchange(other.epoll_, -1)}, descriptors_{std::move(other.descriptors_)},
          runnable_{std::move(other.runnable_)}, timers_{std::move(other.timers_)} {}
    ~basic_epoll() {
        if (epoll_ >= 0) static_cast<void>(sys::close(sys_, epoll_));
    }

    /// Now, read from the clock once between two waits.
    time_point now() noexcept { return now_ == time_point{} ? now_ = clock() : now_; }
    run_queue& runnable() noexcept { return runnable_; }
    timer_wheel& timers() noexcept { return timers_; }

    /// Sleeps until a descriptor is ready or `until` has come, then wakes whoever waited for it. One who waits alone
    /// runs at once: a place is never freed and its generation tells when it was given to another, so that what
    /// he does cannot spoil the events behind his.
    [[gnu::always_inline]] inline void wait(time_point until) {
        const duration patience = until == time_point::never() ? duration::infinite() : until - clock();
        ::epoll_event happened[64];
        const auto count = sys::epoll_wait(sys_, epoll_, happened, patience);
        now_ = {};
        if (!count) [[unlikely]] return failed(patience);
        if (*count == 0) [[unlikely]] return;
        const ::epoll_event* event = happened;
        const ::epoll_event* const end = event + *count;
        do report(*event);
        while (++event != end);
    }

    /// A place for an open descriptor, or null when there is no memory.
    watched* adopt(int fd, events ready) noexcept {
        watched* const place = descriptors_.acquire();
        if (place == nullptr) return nullptr;
        place->fd = fd;
        place->state = watched::unregistered;
        place->add_ready(ready);
        place->holders = 1;
        return place;
    }
    /// Takes the place back; the caller closes the descriptor. Pre: nobody waits for it.
    void release(watched& place) noexcept {
        ++place.generation;
        descriptors_.release(place);
    }
    /// Sees to it that epoll reports `what`, from now on: each change of it, or while it lasts, if `what` has
    /// watched::level and asks for nothing but reading.
    /// Errors: those of epoll_create1(2) and epoll_ctl(2): too_many_files_open, no_space_on_device (the user's
    /// limit of watches), not_enough_memory.
    [[gnu::cold, gnu::noinline]] result<> watch(watched& place, events what) noexcept {
        const events wanted = what & (events::readable | events::writable | events::priority | watched::level);
        if (place.is_registered() && (place.reported() & wanted) == wanted) [[likely]] return {};
        return arm(place, place.reported() | wanted);
    }
    /// The same for one that nobody has waited for yet, and that is not ready for any of `what`: false of others, and where
    /// epoll does not take it. Each connection comes here once.
    [[gnu::always_inline]] inline bool watch_first(watched& place, events what) noexcept {
        if (!place.is_new(what) || epoll_ < 0) [[unlikely]] return false;
        WELD_ASSERT(place.waiters.empty());  // who waits has it watched
        return control(place, what | also_reported, EPOLL_CTL_ADD).has_value();
    }
    /// Bytes that nobody can guess. Errors: those of getrandom(2): function_not_supported (a filter of system calls).
    result<> fill_random(mutable_bytes to) noexcept {
        const long got = sys_.template call<sys::number::getrandom>(to.data(), to.size(), 0);
        if (got == static_cast<long>(to.size())) return {};
        return got < 0 ? static_cast<errc>(-got) : errc::io_error;
    }
    std::size_t descriptors_in_use() const noexcept { return descriptors_.in_use(); }
    /// Calls `visitor(fd)` for each descriptor that has a place here.
    template <class Visitor>
    void for_each_descriptor(Visitor&& visitor) const {
        descriptors_.for_each([&](const watched& place) {
            if (place.holders != 0) visitor(place.fd);
        });
    }

    /// The clock itself, for those who wait elsewhere.
    static time_point clock() noexcept {
        ::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return time_point{duration::seconds(t.tv_sec) + duration::nanoseconds(t.tv_nsec)};
    }

private:
    /// The event carries the place's address in its lower 48 bits and its generation above.
    static std::uint64_t tag(const watched& place) noexcept {
        return reinterpret_cast<std::uint64_t>(&place) | (std::uint64_t{place.generation} << 48);
    }
    [[gnu::always_inline]] inline void report(const ::epoll_event& event) {
        std::uint16_t generation;
        __builtin_memcpy(&generation, reinterpret_cast<const char*>(&event.data) + 6, sizeof generation);
        auto& place = *reinterpret_cast<watched*>(event.data.u64 & 0xffff'ffff'ffffU);
        if (place.generation != generation) [[unlikely]] return;
        place.state |= event.events;  // which has nothing above bit 15
        if (!place.waiters.wake_reader(event.events, runnable_)) [[unlikely]] wake_others(place, static_cast<events>(event.events));
    }
    [[gnu::noinline]] void wake_others(watched& place, events what) {
        if (!place.waiters.wake_others(what, runnable_, place.is_level())) unattended(place);
    }
    /// Nobody waits for it: it is remembered, and epoll tells no more of it as long as it lasts.
    void unattended(watched& place) noexcept {
        if (place.is_level()) static_cast<void>(arm(place, place.reported() & ~watched::level));
    }
    result<> open() noexcept {
        const auto opened = sys::epoll_create(sys_);
        if (opened) epoll_ = *opened;
        return opened.error();
    }
    /// There is no epoll yet; or not a descriptor left to make one of: timers go on, and it is tried again ten times a
    /// second.
    [[gnu::cold, gnu::noinline]] void failed(duration patience) noexcept {
        if (epoll_ < 0 && open()) return;  // the caller's loop comes back at once
        const duration longest = duration::milliseconds(100);
        static_cast<void>(sys::poll(sys_, -1, 0, patience < longest ? patience : longest));
        now_ = {};
    }
    [[gnu::cold, gnu::noinline]] result<> arm(watched& place, events wanted) noexcept {
        if (epoll_ < 0)
            if (const auto opened = open(); !opened) return opened;
        if (any(wanted & events::writable)) wanted &= ~watched::level;  // that lasts nearly always
        return control(place, wanted | also_reported, place.is_registered() ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
    }
    /// epoll_ctl(2), and what it is asked to report from then on.
    [[gnu::always_inline]] inline result<> control(watched& place, events wanted, int operation) noexcept {
        ::epoll_event event{static_cast<std::uint32_t>(wanted & ~watched::level), {}};
        if (!any(wanted & watched::level)) event.events |= static_cast<std::uint32_t>(EPOLLET);
        event.data.u64 = tag(place);
        const auto done = sys::epoll_ctl(sys_, epoll_, operation, place.fd, event);
        if (done) place.set_reported(wanted);
        return done;
    }
    static constexpr events also_reported = events::read_hangup | events::priority;

    [[no_unique_address]] Sys sys_;
    int epoll_ = -1;
    time_point now_{};
    pool<watched> descriptors_;
    run_queue runnable_;
    timer_wheel timers_;
};

/// The usual choice.
using epoll = basic_epoll<>;

}  // namespace weld::inline v0::io
