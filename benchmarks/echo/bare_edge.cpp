// SPDX-License-Identifier: BSL-1.0
// The same loop edge-triggered. A read that does not fill the buffer has drained the socket, unless the event told of the
// peer's end: then there is one more to come, which no edge announces.  Usage: bare_edge PORT
#include "support/echo.hpp"

namespace {

char buffer[benchmark::buffer_size];
benchmark::unsent unsent;
constexpr unsigned interest = EPOLLIN | EPOLLRDHUP | EPOLLET;

void watch(int epoll, int fd) {
    epoll_event event{interest, {}};
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void echo(int epoll, int fd, unsigned events) {
    for (;;) {
        const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            close(fd);
            return;
        }
        const auto size = static_cast<std::size_t>(got);
        if (const ssize_t sent = send(fd, buffer, size, MSG_NOSIGNAL); sent != got) {
            unsent.keep(epoll, fd, buffer, size, sent);
            return;
        }
        if (size < sizeof buffer && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
    }
}

void accept_all(int epoll, int listener) {
    for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) watch(epoll, fd);
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
            if ((event.events & EPOLLOUT) != 0) unsent.resume(epoll, event.data.fd, interest);
            else if (event.data.fd != listener) echo(epoll, event.data.fd, event.events);
            else accept_all(epoll, listener);
        }
    }
}
