// SPDX-License-Identifier: BSL-1.0
// The same loop as bare.cpp, entering the kernel by weld's inline system call instruction.  Usage: bare_inline PORT
#include "support/echo.hpp"

#include <weld/sys/epoll_calls.hpp>
#include <weld/sys/direct.hpp>

namespace {

namespace sys = weld::sys;
constexpr sys::direct kernel;
std::byte buffer[4096];

void watch(int epoll, int fd) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = fd;
    static_cast<void>(sys::epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fd, event));
}

[[gnu::always_inline]] inline void echo(int fd) {
    const auto got = sys::recv(kernel, fd, buffer, 0);
    if (weld::would_block(got.error())) return;
    if (!got || *got == 0 || sys::send(kernel, fd, {buffer, *got}, MSG_NOSIGNAL) != *got) static_cast<void>(sys::close(kernel, fd));
}

}  // namespace

int main(int, char** arguments) {
    const int listener = benchmark::listening_socket(arguments[1]);
    const int epoll = *sys::epoll_create(kernel);
    watch(epoll, listener);
    for (;;) {
        epoll_event events[64];
        const auto count = sys::epoll_wait(kernel, epoll, events, weld::duration::infinite());
        for (int i = 0; i < count.value_or(0); ++i) {
            if (events[i].data.fd != listener) echo(events[i].data.fd);
            else if (const auto fd = sys::accept(kernel, listener, SOCK_NONBLOCK)) watch(epoll, *fd);
        }
    }
}
