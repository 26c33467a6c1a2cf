// SPDX-License-Identifier: BSL-1.0
// What the echo servers without a library share: where they listen, and what they do with a peer that does not read.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace benchmark {

inline constexpr std::size_t buffer_size = 4096;

/// What every echo server without a library begins with; 127.0.0.1, any backlog. Says where it listens.
inline int listening_socket(const char* port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<unsigned short>(std::atoi(port)));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(fd, 4096) != 0) {
        std::perror("listen");
        std::exit(1);
    }
    std::puts("listening");
    std::fflush(stdout);
    return fd;
}

/// What peers did not take at once, the rare side of a loop with one buffer: until a rest has gone out, its connection is
/// watched for room and not read from. There are as many as peers that do not read.
class unsent {
public:
    /// After a send of `data` gave `sent`, short or failed. Closes what failed for good.
    [[gnu::cold]] void keep(int epoll, int fd, const char* data, std::size_t size, ssize_t sent) {
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            close(fd);
            return;
        }
        const std::size_t gone = sent > 0 ? static_cast<std::size_t>(sent) : 0;
        auto* const fresh = static_cast<rest*>(std::malloc(sizeof(rest)));
        *fresh = {first_, fd, 0, size - gone, {}};
        std::memcpy(fresh->data, data + gone, fresh->end);
        first_ = fresh;
        watch(epoll, fd, EPOLLOUT);
    }
    /// There is room, or an error. With the rest sent, watches for `interest` again.
    [[gnu::cold]] void resume(int epoll, int fd, unsigned interest) {
        rest** link = &first_;
        while (*link != nullptr && (*link)->fd != fd) link = &(*link)->next;
        rest* const at = *link;
        if (at == nullptr) return;
        const ssize_t sent = send(fd, at->data + at->begin, at->end - at->begin, MSG_NOSIGNAL);
        if (sent > 0) at->begin += static_cast<std::size_t>(sent);
        const bool failed = sent < 0 && errno != EAGAIN && errno != EINTR;
        if (!failed && at->begin != at->end) return;
        *link = at->next;
        std::free(at);
        if (failed) close(fd);
        else watch(epoll, fd, interest);
    }

private:
    struct rest {
        rest* next;
        int fd;
        std::size_t begin, end;
        char data[buffer_size];
    };
    static void watch(int epoll, int fd, unsigned interest) {
        epoll_event event{interest, {}};
        event.data.fd = fd;
        epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
    }
    rest* first_ = nullptr;
};

}  // namespace benchmark
