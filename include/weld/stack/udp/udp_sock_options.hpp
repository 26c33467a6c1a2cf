// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/options/udp.hpp>
#include <weld/stack/udp/udp.hpp>

namespace weld::inline v0::stack {

/// Errors: invalid_argument, no_protocol_option. Source: udp(7); udp_lib_setsockopt.
template <class Ip>
template <class Net>
result<> basic_udp<Ip>::set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
    if (level != levels::udp) return base::set_option(net, sk, level, name, value);
    if (value.size() < sizeof(int)) return errc::invalid_argument;
    const auto number = detail::int_option(value);
    switch (name) {
        case udp_segment::name:
            if (*number < 0 || *number > 0xffff) return errc::invalid_argument;
            sk.segment_size = static_cast<std::uint16_t>(*number);
            return {};
        case udp_merge::name: sk.merges = *number != 0; return {};
        case udp_cork::name:
            sk.cork = *number != 0;
            return sk.cork ? result<>{} : uncork(net, sk);
        default: return errc::no_protocol_option;
    }
}

template <class Ip>
template <class Net>
result<std::size_t> basic_udp<Ip>::get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
    if (level != levels::udp) return base::get_option(net, sk, level, name, value);
    switch (name) {
        case udp_segment::name: return detail::put_option(sk.segment_size, value);
        case udp_merge::name: return detail::put_option(sk.merges, value);
        case udp_cork::name: return detail::put_option(sk.cork, value);
        default: return errc::no_protocol_option;
    }
}

}  // namespace weld::inline v0::stack
