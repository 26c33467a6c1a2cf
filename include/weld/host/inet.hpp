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

/// AF_INET and AF_INET6, served by the host's kernel. In the kernel: inetsw_array, inetsw6_array.
struct inet : family {
    using protosw = protosw_table<entry<tcp, stream_ops>, entry<tcp6, stream_ops>,
                                  entry<udp, message_ops>, entry<udp6, message_ops>,
                                  entry<ping, message_ops>, entry<ping6, message_ops>,
                                  entry<raw, message_ops>, entry<raw6, message_ops>>;
};

}  // namespace weld::inline v0::host
