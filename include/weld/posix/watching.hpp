// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/epoll_set.hpp>

namespace weld::inline v0::posix {

/// What every file can be asked: whether it is ready, and to wake somebody when it is. In the kernel: f_op->poll, whose
/// two halves these are.
template <class Net>
struct watching {
    static events poll(file& at) {
        if (at.kind == file_kind::epoll) return static_cast<epoll_file&>(at).has_events() ? events::readable : events::none;
        if (at.kind == file_kind::host) return events::readable | events::writable;  // as of a file: poll(2)
        auto& socket = static_cast<socket_file<Net>&>(at);
        return any_ops<Net>::poll(socket.net(), socket.node());
    }
    /// Errors: those of the event source.
    static result<> watch(file& at, wait_entry& entry) {
        if (at.kind == file_kind::epoll) {
            static_cast<epoll_file&>(at).waiters.add(entry);
            return {};
        }
        if (at.kind == file_kind::host) return {};
        auto& socket = static_cast<socket_file<Net>&>(at);
        return any_ops<Net>::watch(socket.net(), socket.node(), entry);
    }
    static list<link<on_file>>& watchers(file& at) noexcept {
        if (at.kind == file_kind::epoll) return static_cast<epoll_file&>(at).watchers;
        return static_cast<socket_file<Net>&>(at).watchers;
    }
    static epoll_item::target target(file& at) noexcept { return {&at, &poll, &watch}; }
};

}  // namespace weld::inline v0::posix
