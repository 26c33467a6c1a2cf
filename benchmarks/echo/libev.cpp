// SPDX-License-Identifier: BSL-1.0
// The same over libev's epoll backend: a watcher for every connection, one buffer.  Usage: libev PORT
#include "support/echo.hpp"

#include <ev.h>

namespace {

char buffer[benchmark::buffer_size];

struct connection {
    ev_io watcher;
    char* rest;  // what the peer did not take at once, of `buffer`'s size
    std::size_t begin, end;
};

void close_connection(struct ev_loop* loop, connection* at) {
    ev_io_stop(loop, &at->watcher);
    close(at->watcher.fd);
    std::free(at->rest);
    delete at;
}
void watch(struct ev_loop* loop, ev_io* watcher, int events) {
    ev_io_stop(loop, watcher);
    ev_io_set(watcher, watcher->fd, events);
    ev_io_start(loop, watcher);
}
bool would_block() { return errno == EAGAIN || errno == EINTR; }

void send_rest(struct ev_loop* loop, connection* at) {
    const ssize_t sent = send(at->watcher.fd, at->rest + at->begin, at->end - at->begin, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!would_block()) close_connection(loop, at);
        return;
    }
    at->begin += static_cast<std::size_t>(sent);
    if (at->begin != at->end) return;
    std::free(at->rest);
    at->rest = nullptr;
    watch(loop, &at->watcher, EV_READ);
}

void on_connection(struct ev_loop* loop, ev_io* watcher, int) {
    auto* const at = reinterpret_cast<connection*>(watcher);  // its first member
    if (at->rest != nullptr) return send_rest(loop, at);
    const ssize_t got = recv(watcher->fd, buffer, sizeof buffer, 0);
    if (got < 0 && would_block()) return;
    if (got <= 0) return close_connection(loop, at);
    const ssize_t sent = send(watcher->fd, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL);
    if (sent == got) return;
    if (sent < 0 && !would_block()) return close_connection(loop, at);
    at->rest = static_cast<char*>(std::malloc(sizeof buffer));
    at->begin = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    at->end = static_cast<std::size_t>(got);
    std::memcpy(at->rest, buffer, at->end);
    watch(loop, watcher, EV_WRITE);
}

void on_listener(struct ev_loop* loop, ev_io* watcher, int) {
    const int fd = accept4(watcher->fd, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    auto* const at = new connection{};
    ev_io_init(&at->watcher, on_connection, fd, EV_READ);
    ev_io_start(loop, &at->watcher);
}

}  // namespace

int main(int, char** arguments) {
    struct ev_loop* const loop = ev_default_loop(EVBACKEND_EPOLL);
    ev_io listener;
    ev_io_init(&listener, on_listener, benchmark::listening_socket(arguments[1]), EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
}
