// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/message_calls.hpp>
#include <weld/posix/option_calls.hpp>
#include <weld/posix/socket_calls.hpp>

#include <linux/net.h>

namespace weld::inline v0::posix {

/// socketcall(2): all socket calls behind one number, as Linux had them first and x86-32 has them still. The arguments
/// come as an array of words, copied before they are looked at.
/// Errors: invalid_argument (no such call), bad_address, those of the call. In the kernel: SYSCALL_DEFINE2(socketcall).
template <class Net>
result<int> sys_socketcall(process_state<Net>& current, int call, const unsigned long* arguments) {
    constexpr unsigned char counts[] = {0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4};  // nargs, net/socket.c
    if (call < SYS_SOCKET || call > SYS_SENDMMSG) return errc::invalid_argument;
    if (arguments == nullptr) return errc::bad_address;
    unsigned long a[6]{};
    for (int i = 0; i < counts[call]; ++i) a[i] = arguments[i];
    const auto number = [&](int i) { return static_cast<int>(a[i]); };
    const auto unsigned_number = [&](int i) { return static_cast<unsigned>(a[i]); };
    const auto address = [&](int i) { return reinterpret_cast<::sockaddr*>(a[i]); };
    const auto length = [&](int i) { return reinterpret_cast<::socklen_t*>(a[i]); };
    const auto memory = [&](int i) { return reinterpret_cast<void*>(a[i]); };
    const auto count = [](const result<std::size_t>& done) { return done ? result<int>{static_cast<int>(*done)} : result<int>{done.error()}; };
    switch (call) {
        case SYS_SOCKET: return sys_socket(current, number(0), number(1), number(2));
        case SYS_BIND: return sys_bind(current, number(0), address(1), unsigned_number(2));
        case SYS_CONNECT: return sys_connect(current, number(0), address(1), unsigned_number(2));
        case SYS_LISTEN: return sys_listen(current, number(0), number(1));
        case SYS_ACCEPT: return sys_accept4(current, number(0), address(1), length(2), 0);
        case SYS_GETSOCKNAME: return sys_getsockname(current, number(0), address(1), length(2));
        case SYS_GETPEERNAME: return sys_getpeername(current, number(0), address(1), length(2));
        case SYS_SOCKETPAIR: return sys_socketpair(current, number(0), number(1), number(2), reinterpret_cast<int*>(a[3]));
        case SYS_SEND: return count(sys_sendto(current, number(0), memory(1), a[2], number(3), nullptr, 0));
        case SYS_SENDTO: return count(sys_sendto(current, number(0), memory(1), a[2], number(3), address(4), unsigned_number(5)));
        case SYS_RECV: return count(sys_recvfrom(current, number(0), memory(1), a[2], number(3), nullptr, nullptr));
        case SYS_RECVFROM: return count(sys_recvfrom(current, number(0), memory(1), a[2], number(3), address(4), length(5)));
        case SYS_SHUTDOWN: return sys_shutdown(current, number(0), number(1));
        case SYS_SETSOCKOPT: return sys_setsockopt(current, number(0), number(1), number(2), memory(3), unsigned_number(4));
        case SYS_GETSOCKOPT: return sys_getsockopt(current, number(0), number(1), number(2), memory(3), length(4));
        case SYS_SENDMSG: return count(sys_sendmsg(current, number(0), reinterpret_cast<const ::msghdr*>(a[1]), number(2)));
        case SYS_SENDMMSG: return sys_sendmmsg(current, number(0), reinterpret_cast<::mmsghdr*>(a[1]), unsigned_number(2), number(3));
        case SYS_RECVMSG: return count(sys_recvmsg(current, number(0), reinterpret_cast<::msghdr*>(a[1]), number(2)));
        case SYS_RECVMMSG:
            return sys_recvmmsg(current, number(0), reinterpret_cast<::mmsghdr*>(a[1]), unsigned_number(2), number(3),
                                reinterpret_cast<const ::timespec*>(a[4]));
        case SYS_ACCEPT4: return sys_accept4(current, number(0), address(1), length(2), number(3));
        default: return errc::invalid_argument;
    }
}

}  // namespace weld::inline v0::posix
