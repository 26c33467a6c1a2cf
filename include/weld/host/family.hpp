// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/ops.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>

namespace weld::inline v0::host {

/// What every family of the host has in common: the kernel below it, epoll to wait with.
struct family {
    using role = role::family;
    using default_system_calls = sys::direct;
    template <class SystemCalls>
    using default_event_source = io::basic_epoll<SystemCalls>;
};

}  // namespace weld::inline v0::host
