// SPDX-License-Identifier: BSL-1.0
// The same loop as bare.cpp, entering the kernel by weld's inline system call instruction.  Usage: bare_inline PORT
#include "support/echo.hpp"

#include <weld/sys/direct.hpp>
#include <weld/sys/epoll_calls.hpp>

namespace {

namespace sys = weld::sys;
constexpr sys::direct kernel;
std::byte buffer[benchmark::buffer_size];
benchmark::unsent unsent;

void watch(int epoll, int fd) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = fd;
    static_cast<void>(sys::epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fd, event));
}

/// libc's convention, for what the two loops share.
[[gnu::cold]] void keep(int epoll, int fd, std::size_t size, weld::result<std::size_t> sent) {
    errno = static_cast<int>(sent.error());
    unsent.keep(epoll, fd, reinterpret_cast<const char*>(buffer), size, sent ? static_cast<ssize_t>(*sent) : -1);
}

[[gnu::always_inline]] inline void echo(int epoll, int fd) {
    const auto got = sys::recv(kernel, fd, buffer, 0);
    if (weld::try_again(got.error())) return;
    if (!got || *got == 0) {
        static_cast<void>(sys::close(kernel, fd));
        return;
    }
    if (const auto sent = sys::send(kernel, fd, {buffer, *got}, MSG_NOSIGNAL); sent != *got) keep(epoll, fd, *got, sent);
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
            const epoll_event& event = events[i];
            if ((event.events & EPOLLOUT) != 0) unsent.resume(epoll, event.data.fd, EPOLLIN);
            else if (event.data.fd != listener) echo(epoll, event.data.fd);
            else if (const auto fd = sys::accept(kernel, listener, SOCK_NONBLOCK)) watch(epoll, *fd);
        }
    }
}
