// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/options/socket_level.hpp>
#include <weld/stack/sock.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// What a sock's family, type and protocol number are, for those who ask it.
struct socket_identity {
    int family, type, protocol;
};

/// What SO_SNDBUF and SO_RCVBUF are cut to, before they are doubled for the packets' overhead. In the kernel:
/// net.core.wmem_max and rmem_max.
inline constexpr std::size_t socket_buffer_max = std::size_t{4} << 20;

namespace detail {

/// The int that most options are. Errors: invalid_argument (shorter).
inline result<int> read_int(const_bytes value) noexcept {
    int number = 0;
    if (value.size() < sizeof number) return errc::invalid_argument;
    __builtin_memcpy(&number, value.data(), sizeof number);
    return number;
}
/// As much of it as there is room for, as getsockopt(2) has it.
inline result<std::size_t> write_int(mutable_bytes to, int number) noexcept { return copy(to, object_bytes(number)); }

/// Twice of what was asked for, within limits: the kernel's way. `least`: SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF.
inline std::uint32_t buffer_size(int asked, std::size_t least) noexcept {
    const std::size_t size = asked < 0 ? socket_buffer_max : std::min(static_cast<std::size_t>(asked), socket_buffer_max);
    return static_cast<std::uint32_t>(std::max(2 * size, least));
}

inline std::uint32_t forced_size(int asked, std::size_t least) noexcept {
    constexpr std::size_t most = INT32_MAX / 2;
    return static_cast<std::uint32_t>(std::max(2 * std::min(static_cast<std::size_t>(std::max(asked, 0)), most), least));
}

inline result<> set_linger(sock& sk, const_bytes value) noexcept {
    linger::raw asked{};
    if (value.size() < sizeof asked) return errc::invalid_argument;
    __builtin_memcpy(&asked, value.data(), sizeof asked);
    sk.options.linger = asked.on != 0 ? std::max(asked.seconds, 0) : -1;
    return {};
}

}  // namespace detail

/// setsockopt(2) of level SOL_SOCKET: what every sock has. Errors: invalid_argument (too short, out of range),
/// no_protocol_option. Source: sk_setsockopt, net/core/sock.c; socket(7).
inline result<> set_socket_option(sock& sk, int name, const_bytes value) noexcept {
    if (name == linger::name) return detail::set_linger(sk, value);
    const auto number = detail::read_int(value);
    if (!number) return number.error();
    sock_options& options = sk.options;
    switch (name) {
    case reuse_address::name:      options.reuse_address = *number != 0; return {};
    case reuse_port::name:         options.reuse_port = *number != 0; return {};
    case dont_route::name:         options.dont_route = *number != 0; return {};
    case broadcast::name:          options.broadcast = *number != 0; return {};
    case keep_alive::name:         options.keep_alive = *number != 0; return {};
    case out_of_band_inline::name: options.out_of_band_inline = *number != 0; return {};
    case send_buffer::name:        options.send_buffer = detail::buffer_size(*number, 4608); return {};
    case receive_buffer::name:     options.receive_buffer = detail::buffer_size(*number, 2304); return {};
    // Past the limit; the kernel asks for CAP_NET_ADMIN, and a net is its program's own.
    case send_buffer_force::name:    options.send_buffer = detail::forced_size(*number, 4608); return {};
    case receive_buffer_force::name: options.receive_buffer = detail::forced_size(*number, 2304); return {};
    case mark::name:               options.mark = static_cast<std::uint32_t>(*number); return {};
    case receive_low_water::name:  options.receive_low_water = *number < 0 ? INT32_MAX : static_cast<std::uint32_t>(std::max(*number, 1)); return {};
    case priority::name:
        if (*number < 0 || *number > 6) return errc::operation_not_permitted;
        options.priority = static_cast<std::uint8_t>(*number);
        return {};
    case bind_to_interface::name:
        if (*number < 0) return errc::invalid_argument;
        options.bound_interface = static_cast<std::uint32_t>(*number);
        return {};
    case peek_offset::name: return errc::operation_not_supported;  // as of protocols without set_peek_off
    default: return errc::no_protocol_option;
    }
}

/// getsockopt(2) of level SOL_SOCKET. The pending error is told once. Errors: no_protocol_option.
/// Source: sk_getsockopt, net/core/sock.c.
inline result<std::size_t> get_socket_option(sock& sk, const socket_identity& is, bool listens, int name, mutable_bytes to) noexcept {
    const sock_options& options = sk.options;
    switch (name) {
    case reuse_address::name:      return detail::write_int(to, options.reuse_address);
    case reuse_port::name:         return detail::write_int(to, options.reuse_port);
    case dont_route::name:         return detail::write_int(to, options.dont_route);
    case broadcast::name:          return detail::write_int(to, options.broadcast);
    case keep_alive::name:         return detail::write_int(to, options.keep_alive);
    case out_of_band_inline::name: return detail::write_int(to, options.out_of_band_inline);
    case send_buffer::name:        return detail::write_int(to, static_cast<int>(options.send_buffer));
    case receive_buffer::name:     return detail::write_int(to, static_cast<int>(options.receive_buffer));
    case mark::name:               return detail::write_int(to, static_cast<int>(options.mark));
    case receive_low_water::name:  return detail::write_int(to, static_cast<int>(options.receive_low_water));
    case priority::name:           return detail::write_int(to, options.priority);
    case bind_to_interface::name:  return detail::write_int(to, static_cast<int>(options.bound_interface));
    case socket_error::name:       return detail::write_int(to, static_cast<int>(sk.take_error()));
    case socket_type::name:        return detail::write_int(to, is.type);
    case socket_protocol::name:    return detail::write_int(to, is.protocol);
    case socket_family::name:      return detail::write_int(to, is.family);
    case accepting::name:          return detail::write_int(to, listens);
    case peek_offset::name: return errc::operation_not_supported;
    case linger::name: {
        const linger::raw raw{options.linger >= 0, std::max(options.linger, 0)};
        return copy(to, object_bytes(raw));
    }
    default: return errc::no_protocol_option;
    }
}

}  // namespace weld::inline v0::stack
