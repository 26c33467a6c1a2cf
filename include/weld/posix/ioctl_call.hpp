// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/descriptor_calls.hpp>
#include <weld/posix/interface_requests.hpp>

namespace weld::inline v0::posix {

template <class Net>
result<int> sys_ioctl(process_state<Net>& current, int fd, unsigned long request, void* argument) {
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    switch (request) {
        case FIOCLEX: current.files.set_close_on_exec(fd, true); return 0;
        case FIONCLEX: current.files.set_close_on_exec(fd, false); return 0;
        case FIONBIO:
            if (argument == nullptr) return errc::bad_address;
            (*at)->nonblocking = *static_cast<const int*>(argument) != 0;
            return 0;
        default: break;
    }
    if ((*at)->kind == file_kind::epoll) return errc::invalid_argument;  // since Linux 6.9, whose epoll has requests of its own
    const auto socket = current.as_socket(**at);
    if (!socket) return errc::inappropriate_io_control_operation;
    if (interface_requests::answers<Net>(request)) return interface_requests::answer(current.net, request, argument);
    return any_ops<Net>::ioctl(current.net, (*socket)->node(), request, argument);
}

}  // namespace weld::inline v0::posix
