// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/family.hpp>
#include <weld/socket/protocol/inet.hpp>

namespace weld::inline v0::host {

/// AF_INET and AF_INET6, served by the host's kernel. In the kernel: inetsw_array, inetsw6_array.
/// A tcp6 or udp6 socket with `v6_only{false}` serves IPv4 as well.
struct inet : family {
    using protosw = protosw_table<entry<tcp, stream_ops>, entry<tcp6, stream_ops>,
                                  entry<udp, message_ops>, entry<udp6, message_ops>,
                                  entry<ping, message_ops>, entry<ping6, message_ops>,
                                  entry<raw, message_ops>, entry<raw6, message_ops>>;
};

}  // namespace weld::inline v0::host
