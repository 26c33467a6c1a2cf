// SPDX-License-Identifier: BSL-1.0
// A family whose four protocols do what dispatch::protocol does, so that weld's own doors can be measured without a stack.
#pragma once

#include <weld/socket/create.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/socket/socket.hpp>

#include "measure.hpp"

namespace dispatch {

inline constexpr int null_family_number = 40;

template <unsigned Kind>
struct null_protocol : weld::seqpacket_description {
    static constexpr const char* name = "null";
    static constexpr int family = null_family_number, type = 1 + static_cast<int>(Kind), number = 0;
    static constexpr bool pairs = false;
    using address = weld::raw_sockaddr;
};

/// What is never called here answers an error: the switch over the protocols has to compile for every call.
template <class Backend, unsigned Kind>
struct null_ops {
    struct sock : dispatch::sock {
        weld::wait_queue waiters;
    };
    static constexpr bool takes_raw_sockaddr = true;
    template <class>
    struct descriptor {};

    static weld::result<sock*> create(auto&, auto, int) { return new sock{}; }
    static void release(auto&, sock& sk) noexcept { delete &sk; }
    static weld::result<std::size_t> send(auto&, sock& sk, weld::const_bytes data, weld::message_flags) {
        return protocol<Backend, Kind>::send(sk, data.size());
    }
};

template <class Backend>
struct null_family {
    using role = weld::role::family;
    using protosw = weld::protosw_table<weld::entry<null_protocol<0>{}, null_ops<Backend, 0>>, weld::entry<null_protocol<1>{}, null_ops<Backend, 1>>,
                                        weld::entry<null_protocol<2>{}, null_ops<Backend, 2>>, weld::entry<null_protocol<3>{}, null_ops<Backend, 3>>>;
};

inline constexpr std::byte payload[64]{};

}  // namespace dispatch
