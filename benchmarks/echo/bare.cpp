// SPDX-License-Identifier: BSL-1.0
// The echo server as one writes it by hand: level-triggered epoll, libc's wrappers, one buffer.  Usage: bare PORT
#include "support/echo.hpp"

namespace {

char buffer[benchmark::buffer_size];
benchmark::unsent unsent;

void watch(int epoll, int fd) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void echo(int epoll, int fd) {
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close(fd);
        return;
    }
    const auto size = static_cast<std::size_t>(got);
    if (const ssize_t sent = send(fd, buffer, size, MSG_NOSIGNAL); sent != got) unsent.keep(epoll, fd, buffer, size, sent);
}

}  // namespace

int main(int, char** arguments) {
    const int listener = benchmark::listening_socket(arguments[1]);
    const int epoll = epoll_create1(0);
    watch(epoll, listener);
    for (;;) {
        epoll_event events[64];
        const int count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[i];
            if ((event.events & EPOLLOUT) != 0) unsent.resume(epoll, event.data.fd, EPOLLIN);
            else if (event.data.fd != listener) echo(epoll, event.data.fd);
            else if (const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); fd >= 0) watch(epoll, fd);
        }
    }
}
