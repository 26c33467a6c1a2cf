// SPDX-License-Identifier: BSL-1.0
// The echo server as one writes it by hand: level-triggered epoll, libc's wrappers, one buffer.  Usage: bare PORT
#include "support/echo.hpp"

#include <sys/epoll.h>

#include <cerrno>

namespace {

char buffer[4096];

void watch(int epoll, int fd) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void echo(int fd) {
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || send(fd, buffer, static_cast<size_t>(got), MSG_NOSIGNAL) != got) close(fd);
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
            if (events[i].data.fd != listener) echo(events[i].data.fd);
            else if (const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); fd >= 0) watch(epoll, fd);
        }
    }
}
