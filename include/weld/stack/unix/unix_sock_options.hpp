// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/levels.hpp>
#include <weld/stack/unix/unix_sock.hpp>

/// SOL_SOCKET of unix sockets. Source: socket(7), unix(7); sk_setsockopt, sk_getsockopt in net/core/sock.c.
namespace weld::inline v0::stack::unix_sock_options {

/// By number, as the calls name them. Source: asm-generic/socket.h.
enum name : int {
    reuse_address = 2, type = 3, error = 4, dont_route = 5, broadcast = 6, send_buffer = 7, receive_buffer = 8, keep_alive = 9,
    out_of_band_inline = 10, priority = 12, linger = 13, reuse_port = 15, pass_credentials = 16, peer_credentials = 17,
    receive_low_water = 18, accepting = 30, protocol = 38, domain = 39,
};
inline constexpr std::uint32_t send_buffer_min = 4608, receive_buffer_min = 2304, buffer_max = 212992;

/// A buffer's size as the kernel keeps it: twice what was asked for, and not less than the least.
inline std::uint32_t doubled(int asked, std::uint32_t least) noexcept {
    const auto within = asked < 0 || static_cast<std::uint32_t>(asked) > buffer_max ? buffer_max : static_cast<std::uint32_t>(asked);
    return within * 2 < least ? least : within * 2;
}

/// SOL_SOCKET of a unix socket. Errors: no_protocol_option, invalid_argument.
inline result<> set(unix_sock& sk, int level, int option, const_bytes value) noexcept {
    if (level != levels::socket) return errc::operation_not_supported;
    int number;
    if (value.size() < sizeof number) return errc::invalid_argument;
    if (value.data() == nullptr) return errc::bad_address;
    __builtin_memcpy(&number, value.data(), sizeof number);
    switch (option) {
        case reuse_address: sk.options.reuse_address = number != 0; return {};
        case broadcast: sk.options.broadcast = number != 0; return {};
        case dont_route: sk.options.dont_route = number != 0; return {};
        case keep_alive: sk.options.keep_alive = number != 0; return {};
        case out_of_band_inline: sk.options.out_of_band_inline = number != 0; return {};
        case pass_credentials: sk.pass_credentials = number != 0; return {};
        case send_buffer: sk.options.send_buffer = doubled(number, send_buffer_min); return {};
        case receive_buffer: sk.options.receive_buffer = doubled(number, receive_buffer_min); return {};
        case priority: sk.options.priority = static_cast<std::uint8_t>(number); return {};
        case receive_low_water: sk.options.receive_low_water = number < 0 ? INT32_MAX : number == 0 ? 1 : static_cast<std::uint32_t>(number); return {};
        case linger: {
            int pair[2];
            if (value.size() < sizeof pair) return errc::invalid_argument;
            __builtin_memcpy(pair, value.data(), sizeof pair);
            sk.options.linger = pair[0] != 0 ? pair[1] : -1;
            return {};
        }
        case reuse_port: return number != 0 ? result<>{errc::operation_not_supported} : result<>{};  // inet's alone
        case type: case error: case accepting: case protocol: case domain: case peer_credentials: return errc::no_protocol_option;
        default: return errc::no_protocol_option;
    }
}

/// How much was written to `value`. Errors: no_protocol_option.
inline result<std::size_t> get(unix_sock& sk, int level, int option, mutable_bytes value) noexcept {
    if (level != levels::socket) return errc::operation_not_supported;
    const auto tell = [&](int number) -> result<std::size_t> { return copy(value, object_bytes(number)); };
    switch (option) {
        case reuse_address: return tell(sk.options.reuse_address);
        case reuse_port: return tell(sk.options.reuse_port);
        case broadcast: return tell(sk.options.broadcast);
        case dont_route: return tell(sk.options.dont_route);
        case keep_alive: return tell(sk.options.keep_alive);
        case out_of_band_inline: return tell(sk.options.out_of_band_inline);
        case pass_credentials: return tell(sk.pass_credentials);
        case send_buffer: return tell(static_cast<int>(sk.options.send_buffer));
        case receive_buffer: return tell(static_cast<int>(sk.options.receive_buffer));
        case priority: return tell(sk.options.priority);
        case receive_low_water: return tell(static_cast<int>(sk.options.receive_low_water));
        case accepting: return tell(sk.state == unix_state::listening);
        case type: return tell(sk.type);
        case protocol: return tell(0);
        case domain: return tell(1);
        case error: return tell(static_cast<int>(sk.take_error()));
        case linger: {
            const int pair[2] = {sk.options.linger >= 0, sk.options.linger >= 0 ? sk.options.linger : 0};
            return copy(value, object_bytes(pair));
        }
        case peer_credentials: {
            const message_credentials nobody{0, ~0u, ~0u};
            return copy(value, object_bytes(sk.knows_peer ? sk.of_peer : nobody));
        }
        default: return errc::no_protocol_option;
    }
}

/// FIONREAD (SIOCINQ) and SIOCOUTQ. Errors: invalid_argument (of a listener), bad_address. In the kernel: unix_ioctl.
inline result<int> ioctl(unix_sock& sk, unsigned long request, void* argument) noexcept {
    constexpr unsigned long bytes_to_read = 0x541b, bytes_sent = 0x5411;
    if (request != bytes_to_read && request != bytes_sent) return errc::inappropriate_io_control_operation;
    if (request == bytes_to_read && sk.state == unix_state::listening) return errc::invalid_argument;
    if (argument == nullptr) return errc::bad_address;
    *static_cast<int*>(argument) = static_cast<int>(request == bytes_to_read ? sk.bytes_queued() : sk.write_memory);
    return 0;
}

}  // namespace weld::inline v0::stack::unix_sock_options
