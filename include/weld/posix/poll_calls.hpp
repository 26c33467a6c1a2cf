// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>
#include <weld/posix/watching.hpp>

#include <poll.h>
#include <sys/select.h>
#include <time.h>

/// poll(2), ppoll(2), select(2), pselect(2): look at all; when none has anything, wait in the queues of all. In the kernel: fs/select.c.
namespace weld::inline v0::posix {

namespace detail {
/// One who waits in many queues at once. In the kernel: struct poll_wqueues.
template <class Net>
class many_waits {
public:
    explicit many_waits(process_state<Net>& current) noexcept : current_{current} {}
    many_waits(const many_waits&) = delete;
    ~many_waits() {
        while (first_ != nullptr) dispose(current_.net.allocation(), *std::exchange(first_, first_->next));
    }
    /// Errors: not_enough_memory, those of the event source.
    result<> add(file& at, events what) noexcept {
        auto* const made = make<one>(current_.net.allocation(), sleep_, what, at);
        if (made == nullptr) return errc::not_enough_memory;
        made->next = std::exchange(first_, made);
        return watching<Net>::watch(at, made->entry);
    }
    result<> wait(time_point until) { return sleep_until(current_, sleep_, until); }

private:
    struct one {
        one(sleeper& whom, events what, file& at) noexcept : stays{at}, entry{whom, what, false} {}
        held<file> stays;
        sleeper::entry entry;
        one* next = nullptr;
    };
    process_state<Net>& current_;
    sleeper sleep_;
    one* first_ = nullptr;
};

/// POLLIN says POLLRDNORM as well, and POLLOUT POLLWRNORM. Source: poll(2).
inline short poll_bits(events ready) noexcept {
    int bits = static_cast<int>(ready);
    if ((bits & POLLIN) != 0) bits |= POLLRDNORM;
    if ((bits & POLLOUT) != 0) bits |= POLLWRNORM;
    return static_cast<short>(bits);
}
inline events interest_of(short bits) noexcept {
    events wanted = static_cast<events>(static_cast<unsigned>(bits) & (POLLIN | POLLPRI | POLLOUT | POLLRDHUP));
    if ((bits & POLLRDNORM) != 0) wanted |= events::readable;
    if ((bits & POLLWRNORM) != 0) wanted |= events::writable;
    return wanted;
}
inline time_point until_after(time_point now, const ::timespec* timeout) noexcept {
    return timeout == nullptr ? time_point::never() : now + duration::seconds(timeout->tv_sec) + duration::nanoseconds(timeout->tv_nsec);
}

/// What one entry answers: how many entries have something. A negative number is passed over.
template <class Net>
int look(process_state<Net>& current, ::pollfd* entries, ::nfds_t count) {
    int ready = 0;
    for (::nfds_t i = 0; i < count; ++i) {
        ::pollfd& entry = entries[i];
        entry.revents = 0;
        if (entry.fd < 0) continue;
        file* const at = current.files.lookup(entry.fd);
        if (at == nullptr) entry.revents = POLLNVAL;
        else entry.revents = static_cast<short>(poll_bits(watching<Net>::poll(*at)) & (entry.events | POLLERR | POLLHUP));
        ready += entry.revents != 0;
    }
    return ready;
}
/// In the kernel: do_sys_poll.
template <class Net>
result<int> do_poll(process_state<Net>& current, ::pollfd* entries, ::nfds_t count, time_point until) {
    if (const int ready = look(current, entries, count); ready != 0) return ready;
    current.let_things_happen();
    for (;;) {
        const int ready = look(current, entries, count);
        if (ready == 0 && current.signals.interrupts()) return current.signals.interrupt(false);
        if (ready != 0 || current.net.now() >= until) return ready;
        many_waits waits{current};
        for (::nfds_t i = 0; i < count; ++i)
            if (entries[i].fd >= 0)
                if (const result<> added = waits.add(*current.files.lookup(entries[i].fd), interest_of(entries[i].events)); !added) return added.error();
        if (const result<> woke = waits.wait(until); woke.error() == errc::timed_out) return look(current, entries, count);
    }
}
constexpr bool valid(const ::timespec& time) noexcept { return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000; }
}  // namespace detail

/// ppoll(2): what a signal interrupts never begins anew.
template <class Net>
result<int> sys_ppoll(process_state<Net>& current, ::pollfd* entries, ::nfds_t count, const ::timespec* timeout, const ::sigset_t* mask = nullptr) {
    if (mask != nullptr) current.signals.block_for_call(from_user(*mask));
    if (timeout != nullptr && !detail::valid(*timeout)) return errc::invalid_argument;
    if (count > static_cast<::nfds_t>(current.files.limit())) return errc::invalid_argument;
    if (entries == nullptr && count != 0) return errc::bad_address;
    return detail::do_poll(current, entries, count, detail::until_after(current.net.now(), timeout));
}
/// poll(2): milliseconds, below zero for ever.
template <class Net>
result<int> sys_poll(process_state<Net>& current, ::pollfd* entries, ::nfds_t count, int timeout) {
    const ::timespec time{timeout / 1000, timeout % 1000 * 1'000'000L};
    return sys_ppoll(current, entries, count, timeout < 0 ? nullptr : &time);
}

namespace detail {
/// One look for select. Errors: bad_file_descriptor.
template <class Net>
class select_sets {
public:
    select_sets(process_state<Net>& current, int count, ::fd_set* read, ::fd_set* write, ::fd_set* except) noexcept
        : current_{current}, count_{count}, given_{read, write, except} {
        for (int i = 0; i < 3; ++i) {
            FD_ZERO(&asked_[i]);
            if (given_[i] != nullptr) asked_[i] = *given_[i];
        }
    }
    /// Which events a number is asked for. In the kernel: POLLIN_SET, POLLOUT_SET, POLLEX_SET.
    short wanted(int fd) const noexcept {
        int bits = 0;
        if (FD_ISSET(fd, &asked_[0])) bits |= POLLIN;
        if (FD_ISSET(fd, &asked_[1])) bits |= POLLOUT;
        if (FD_ISSET(fd, &asked_[2])) bits |= POLLPRI;
        return static_cast<short>(bits);
    }
    result<int> look() noexcept {
        for (::fd_set& answer : answers_) FD_ZERO(&answer);
        int ready = 0;
        for (int fd = 0; fd < count_; ++fd) {
            const short asked = wanted(fd);
            if (asked == 0) continue;
            file* const at = current_.files.lookup(fd);
            if (at == nullptr) return errc::bad_file_descriptor;
            const int is = static_cast<int>(watching<Net>::poll(*at));
            const int told[3] = {is & (POLLIN | POLLHUP | POLLERR), is & (POLLOUT | POLLERR), is & POLLPRI};
            for (int i = 0; i < 3; ++i)
                if (FD_ISSET(fd, &asked_[i]) && told[i] != 0) {
                    FD_SET(fd, &answers_[i]);
                    ++ready;
                }
        }
        return ready;
    }
    /// Hands the last look's answers out; what fails, or is interrupted, leaves the sets as they were.
    void tell() noexcept {
        for (int i = 0; i < 3; ++i)
            if (given_[i] != nullptr) *given_[i] = answers_[i];
    }
    int count() const noexcept { return count_; }

private:
    process_state<Net>& current_;
    int count_;
    ::fd_set* given_[3];
    ::fd_set asked_[3], answers_[3];
};
}  // namespace detail

namespace detail {
/// In the kernel: core_sys_select.
template <class Net>
result<int> do_select(process_state<Net>& current, select_sets<Net>& sets, time_point until) {
    bool looked = false;
    for (;;) {
        const auto ready = sets.look();
        if (!ready) return ready;
        if (*ready != 0) return sets.tell(), ready;
        if (!std::exchange(looked, true)) {
            current.let_things_happen();
            continue;
        }
        if (current.signals.interrupts()) return current.signals.interrupt(false);
        if (current.net.now() >= until) return sets.tell(), ready;
        many_waits waits{current};
        for (int fd = 0; fd < sets.count(); ++fd)
            if (sets.wanted(fd) != 0)
                if (const result<> added = waits.add(*current.files.lookup(fd), interest_of(sets.wanted(fd))); !added) return added.error();
        static_cast<void>(waits.wait(until));
    }
}
/// As on Linux numbers beyond the table are passed over: what no descriptor can be is not looked at.
template <class Net>
int select_count(const process_state<Net>& current, int count) noexcept {
    const int most = current.files.size() < FD_SETSIZE ? current.files.size() : FD_SETSIZE;
    return count < most ? count : most;
}
}  // namespace detail

/// select(2). As on Linux the timeout becomes what is left of it.
template <class Net>
result<int> sys_select(process_state<Net>& current, int count, ::fd_set* read, ::fd_set* write, ::fd_set* except, ::timeval* timeout) {
    if (timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_usec < 0)) return errc::invalid_argument;
    if (count < 0) return errc::invalid_argument;
    const time_point until = timeout == nullptr ? time_point::never()
                                                : current.net.now() + duration::seconds(timeout->tv_sec) + duration::microseconds(timeout->tv_usec);
    detail::select_sets<Net> sets{current, detail::select_count(current, count), read, write, except};
    const auto ready = detail::do_select(current, sets, until);
    const std::int64_t left = current.net.now() < until ? (until - current.net.now()).microseconds() : 0;
    if (timeout != nullptr && (ready || ready.error() == errc::interrupted)) *timeout = {left / 1'000'000, left % 1'000'000};
    return ready;
}
/// pselect(2): the timeout stays as it is, and the mask holds while it waits.
template <class Net>
result<int> sys_pselect(process_state<Net>& current, int count, ::fd_set* read, ::fd_set* write, ::fd_set* except, const ::timespec* timeout,
                        const ::sigset_t* mask) {
    if (timeout != nullptr && !detail::valid(*timeout)) return errc::invalid_argument;
    if (mask != nullptr) current.signals.block_for_call(from_user(*mask));
    if (count < 0) return errc::invalid_argument;
    detail::select_sets<Net> sets{current, detail::select_count(current, count), read, write, except};
    return detail::do_select(current, sets, detail::until_after(current.net.now(), timeout));
}

}  // namespace weld::inline v0::posix
