// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/file.hpp>
#include <weld/socket/wait_queue.hpp>

#include <sys/epoll.h>

namespace weld::inline v0::posix {

struct in_set;
struct in_ready_list;
struct epoll_file;

/// One descriptor that an epoll set watches, and how. In the kernel: struct epitem, fs/eventpoll.c.
struct epoll_item : wait_entry, link<in_set>, link<in_ready_list>, link<on_file> {
    /// What it watches, without its type: a socket of any net, or another set.
    struct target {
        file* at;
        events (*poll)(file&);                      // what it is ready for now
        result<> (*watch)(file&, wait_entry&);      // queues an entry without a look at what is ready
    };
    epoll_item(epoll_file& of, int number, target what, const ::epoll_event& wanted) noexcept
        : wait_entry{&woken, events::none}, set{&of}, fd{number}, watched{what}, event{wanted} {}

    static constexpr std::uint32_t private_bits = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

    /// EPOLLET, and EPOLLONESHOT.
    bool edge_triggered() const noexcept { return (event.events & EPOLLET) != 0; }
    bool once() const noexcept { return (event.events & EPOLLONESHOT) != 0; }
    /// What is ready of what was asked for. In the kernel: ep_item_poll.
    std::uint32_t ready() const noexcept {
        return static_cast<std::uint32_t>(watched.poll(*watched.at)) & event.events & ~private_bits;
    }
    /// Waits for the next event. Errors: those of the event source.
    result<> watch() noexcept {
        wait_entry::unlink();
        const auto wanted = static_cast<events>(event.events & 0xffffU & ~0x18U);
        if ((event.events & ~private_bits) == 0) return {};  // EPOLLONESHOT has fired
        wait_for(wanted, (event.events & EPOLLEXCLUSIVE) != 0, &woken);
        return watched.watch(*watched.at, *this);
    }
    static void woken(runnable& self);

    epoll_file* set;
    int fd;
    target watched;
    ::epoll_event event;
};

/// The descriptors that a program waits for all at once. In the kernel: struct eventpoll.
struct epoll_file : file {
    explicit epoll_file(shared_object::function end, run_queue& wakes) noexcept : file{file_kind::epoll, end}, run{&wakes} {}

    run_queue* run;
    wait_queue waiters;                    // those in epoll_wait, and sets that watch this one
    list<link<in_set>> items;
    list<link<in_ready_list>> ready;       // of which something may be said
    list<link<on_file>> watchers;          // items of other sets
    void (*forget)(epoll_file&, epoll_item&) noexcept = nullptr;  // frees an item

    epoll_item* find(const file& at, int fd) noexcept {
        for (link<in_set>& each : items)
            if (auto& item = static_cast<epoll_item&>(each); item.watched.at == &at && item.fd == fd) return &item;
        return nullptr;
    }
    /// Puts an item on the ready list, and wakes who waits for the set. In the kernel: ep_poll_callback.
    void note(epoll_item& item) noexcept {
        if (!static_cast<link<in_ready_list>&>(item).linked()) ready.push_back(item);
        if (!waiters.empty()) waiters.wake(events::readable, *run);
    }
    /// Takes up to `count` events; what is level-triggered stays on the list behind the others.
    /// In the kernel: ep_send_events.
    int take(::epoll_event* out, int count) noexcept {
        list<link<in_ready_list>> looked_at;
        looked_at.splice(ready);
        int taken = 0;
        while (taken < count && !looked_at.empty()) {
            auto& item = static_cast<epoll_item&>(looked_at.pop_front());
            const std::uint32_t what = item.ready();
            if (what == 0) continue;
            out[taken].events = what;
            out[taken++].data = item.event.data;
            if (item.once()) item.event.events &= epoll_item::private_bits;
            else if (!item.edge_triggered()) ready.push_back(item);
        }
        looked_at.splice(ready);
        ready.splice(looked_at);
        return taken;
    }
    /// True where epoll_wait would have something to tell. Items that have nothing to say leave the list.
    bool has_events() noexcept {
        for (link<in_ready_list>& each : ready) {
            if (static_cast<epoll_item&>(each).ready() != 0) return true;
            each.unlink();
        }
        return false;
    }
    void remove(epoll_item& item) noexcept { forget(*this, item); }
    void remove_all() noexcept {
        while (!items.empty()) remove(static_cast<epoll_item&>(items.front()));
    }
    static void forget_watchers(list<link<on_file>>& of) noexcept {
        while (!of.empty()) {
            auto& item = static_cast<epoll_item&>(of.front());
            item.set->remove(item);
        }
    }
};

/// Something happened to what it watches: it waits on, and the set is told. In the kernel: ep_poll_callback.
inline void epoll_item::woken(runnable& self) {
    auto& item = static_cast<epoll_item&>(self);
    static_cast<void>(item.watch());
    item.set->note(item);
}

/// The end of a socket's last descriptor: sets that watch it let it go first. In the kernel: sock_close, eventpoll_release.
template <class Net>
void socket_file<Net>::end(shared_object& self) noexcept {
    auto& file = static_cast<socket_file&>(self);
    Net& net = file.net();
    epoll_file::forget_watchers(file.watchers);
    net.sockets().remove_file();
    dispose(net.allocation(), file);
}

}  // namespace weld::inline v0::posix
