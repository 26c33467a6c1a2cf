// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/poll_calls.hpp>
#include <weld/posix/process_state.hpp>
#include <weld/posix/watching.hpp>

/// epoll(7) over the files of a process. In the kernel: fs/eventpoll.c.
namespace weld::inline v0::posix {

namespace detail {
inline constexpr int nests_max = 4;                                                  // EP_MAX_NESTS
inline constexpr int events_max = INT32_MAX / static_cast<int>(sizeof(::epoll_event));  // EP_MAX_EVENTS
inline constexpr std::uint32_t exclusive_bits = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

template <class Net>
void forget_item(epoll_file& set, epoll_item& item) noexcept;
template <class Net>
void end_set(shared_object& self) noexcept;

/// A set that knows its net, to free what it is made of.
template <class Net>
struct epoll_file_of : epoll_file {
    explicit epoll_file_of(Net& of) noexcept : epoll_file{&end_set<Net>, of.runnable()}, net{&of} { forget = &forget_item<Net>; }
    Net* net;
};
template <class Net>
void forget_item(epoll_file& set, epoll_item& item) noexcept {
    dispose(static_cast<epoll_file_of<Net>&>(set).net->allocation(), item);
}
template <class Net>
void end_set(shared_object& self) noexcept {
    auto& set = static_cast<epoll_file_of<Net>&>(static_cast<file&>(self));
    Net& net = *set.net;
    set.remove_all();
    epoll_file::forget_watchers(set.watchers);
    net.sockets().remove_file();
    dispose(net.allocation(), set);
}

/// How many sets lie under one, or more than there may be where it reaches `target`. In the kernel: ep_loop_check.
inline int depth_to(epoll_file& set, const epoll_file& target, int depth = 0) noexcept {
    if (&set == &target || depth > nests_max) return nests_max + 1;
    int deepest = depth;
    for (link<in_set>& each : set.items) {
        file& below = *static_cast<epoll_item&>(each).watched.at;
        if (below.kind != file_kind::epoll) continue;
        const int found = depth_to(static_cast<epoll_file&>(below), target, depth + 1);
        if (found > deepest) deepest = found;
    }
    return deepest;
}
/// In the kernel: ep_insert, ep_modify.
inline result<> begin_watching(epoll_item& item) noexcept {
    if (const result<> watched = item.watch(); !watched) return watched;
    if (item.ready() != 0) item.set->note(item);
    return {};
}
template <class Net>
result<int> epoll_add(Net& net, epoll_file& set, file& at, int fd, const ::epoll_event& wanted) {
    if (at.kind == file_kind::epoll && depth_to(static_cast<epoll_file&>(at), set, 1) > nests_max) return errc::too_many_symbolic_link_levels;
    if (set.find(at, fd) != nullptr) return errc::file_exists;
    auto* const item = make<epoll_item>(net.allocation(), set, fd, watching<Net>::target(at), wanted);
    if (item == nullptr) return errc::not_enough_memory;
    item->event.events |= EPOLLERR | EPOLLHUP;
    set.items.push_back(*item);
    watching<Net>::watchers(at).push_back(*item);
    if (const result<> begun = begin_watching(*item); !begun) {
        set.remove(*item);
        return begun.error();
    }
    return 0;
}
inline result<int> epoll_modify(epoll_item& item, const ::epoll_event& wanted) noexcept {
    if ((item.event.events & EPOLLEXCLUSIVE) != 0) return errc::invalid_argument;
    item.event = wanted;
    item.event.events |= EPOLLERR | EPOLLHUP;
    if (const result<> begun = begin_watching(item); !begun) return begun.error();
    return 0;
}
}  // namespace detail

/// epoll_create1(2). In the kernel: do_epoll_create.
template <class Net>
result<int> sys_epoll_create1(process_state<Net>& current, int flags) {
    if ((flags & ~EPOLL_CLOEXEC) != 0) return errc::invalid_argument;
    const auto fd = current.files.reserve((flags & EPOLL_CLOEXEC) != 0);
    if (!fd) return fd;
    const bool room = current.net.sockets().add_file();
    auto* const set = room ? make<detail::epoll_file_of<Net>>(current.net.allocation(), current.net) : nullptr;
    if (set == nullptr) {
        if (room) current.net.sockets().remove_file();
        current.files.put_back(*fd);
        return room ? errc::not_enough_memory : errc::too_many_files_open_in_system;
    }
    current.files.install(*fd, *set);
    return fd;
}

/// epoll_ctl(2). In the kernel: do_epoll_ctl.
template <class Net>
result<int> sys_epoll_ctl(process_state<Net>& current, int epfd, int operation, int fd, ::epoll_event* event) {
    const bool has_event = operation != EPOLL_CTL_DEL;
    if (has_event && event == nullptr) return errc::bad_address;
    const auto set = current.lookup(epfd);
    if (!set) return set.error();
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    if ((*at)->kind == file_kind::host) return errc::operation_not_permitted;  // as of a file that has no poll
    if (*set == *at || (*set)->kind != file_kind::epoll) return errc::invalid_argument;
    if (has_event && (event->events & EPOLLEXCLUSIVE) != 0)
        if (operation == EPOLL_CTL_MOD || (*at)->kind == file_kind::epoll || (event->events & ~detail::exclusive_bits) != 0)
            return errc::invalid_argument;
    auto& in = static_cast<epoll_file&>(**set);
    if (operation == EPOLL_CTL_ADD) {
        const auto added = detail::epoll_add(current.net, in, **at, fd, *event);
        current.let_things_happen();  // what the event source reports of a new registration is no news afterwards
        return added;
    }
    if (operation != EPOLL_CTL_MOD && operation != EPOLL_CTL_DEL) return errc::invalid_argument;
    epoll_item* const item = in.find(**at, fd);
    if (item == nullptr) return errc::no_such_file_or_directory;
    if (operation == EPOLL_CTL_MOD) {
        const auto modified = detail::epoll_modify(*item, *event);
        current.let_things_happen();
        return modified;
    }
    in.remove(*item);
    return 0;
}

namespace detail {
/// In the kernel: do_epoll_wait, ep_poll.
template <class Net>
result<int> do_epoll_wait(process_state<Net>& current, int epfd, ::epoll_event* out, int count, time_point until) {
    const auto at = current.lookup(epfd);
    if (!at) return at.error();
    if (count <= 0 || count > detail::events_max) return errc::invalid_argument;
    if ((*at)->kind != file_kind::epoll) return errc::invalid_argument;
    const held<file> stays{**at};
    auto& set = static_cast<epoll_file&>(**at);
    if (!set.has_events()) current.let_things_happen();
    for (;;) {
        if (out == nullptr && set.has_events()) return errc::bad_address;
        const int taken = set.take(out, count);
        if (taken != 0 || current.net.now() >= until) return taken;
        sleeper sleep;
        sleeper::entry entry{sleep, events::readable, true};
        set.waiters.add(entry);
        const result<> woke = sleep_until(current, sleep, until);
        if (woke.error() == errc::timed_out) return out != nullptr ? set.take(out, count) : 0;
        if (woke.error() == errc::interrupted) {
            const int came_with_it = out != nullptr ? set.take(out, count) : 0;
            return came_with_it != 0 ? result<int>{came_with_it} : errc::interrupted;
        }
    }
}
}  // namespace detail

/// epoll_pwait2(2): a time, null for ever, and the mask while it waits.
template <class Net>
result<int> sys_epoll_pwait2(process_state<Net>& current, int epfd, ::epoll_event* out, int count, const ::timespec* timeout, const ::sigset_t* mask) {
    if (timeout != nullptr && !detail::valid(*timeout)) return errc::invalid_argument;
    if (mask != nullptr) current.signals.block_for_call(from_user(*mask));
    return detail::do_epoll_wait(current, epfd, out, count, detail::until_after(current.net.now(), timeout));
}
/// epoll_pwait(2), and epoll_wait(2) without a mask: milliseconds, below zero for ever.
template <class Net>
result<int> sys_epoll_pwait(process_state<Net>& current, int epfd, ::epoll_event* out, int count, int timeout, const ::sigset_t* mask) {
    if (mask != nullptr) current.signals.block_for_call(from_user(*mask));
    const time_point until = timeout < 0 ? time_point::never() : current.net.now() + duration::milliseconds(timeout);
    return detail::do_epoll_wait(current, epfd, out, count, until);
}

}  // namespace weld::inline v0::posix
