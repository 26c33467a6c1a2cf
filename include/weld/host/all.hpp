// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/inet.hpp>
#include <weld/host/packet.hpp>
#include <weld/host/unix.hpp>

namespace weld::inline v0::host {

namespace detail {
template <class...>
struct joined;
template <class... First, class... Second, class... Third>
struct joined<protosw_table<First...>, protosw_table<Second...>, protosw_table<Third...>> {
    using type = protosw_table<First..., Second..., Third...>;
};
}  // namespace detail

/// Every family of the host that weld knows: `weld::net net{weld::host::all{}};`. What is not used costs nothing.
struct all : family {
    using protosw = detail::joined<inet::protosw, unix_::protosw, packet::protosw>::type;
};

}  // namespace weld::inline v0::host
