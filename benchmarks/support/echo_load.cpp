// SPDX-License-Identifier: BSL-1.0
// The other side of every echo server, with plain blocking calls.  Usage: echo_load PORT MODE NUMBER
//   pp     one connection, NUMBER messages of 64 bytes, each sent when the last has come back
//   burst  64 connections, NUMBER messages in all: one on each, and when all have come back the next 64
//   churn  NUMBER connections, one after the other: connect, one echo, reset
//   slow   NUMBER MiB over one connection that reads only while nothing more can be sent, and looks at every byte
//   hold   NUMBER connections, one echo on each, then "held", and all stay open until standard input ends
// Counts in the server repeat exactly where both run on one processor and one of them is a real-time process (chrt -f):
// the server for pp and churn, this program for burst, so that the server finds 64 messages whenever it looks.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int connected(const char* port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<unsigned short>(std::atoi(port)));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("connect");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void ask(int fd) {
    char message[64];
    std::memset(message, 'w', sizeof message);
    if (send(fd, message, sizeof message, 0) != sizeof message) fail("send");
}
void check_answer(int fd) {
    char back[64];
    if (recv(fd, back, sizeof back, MSG_WAITALL) != sizeof back) fail("recv");
    for (const char byte : back)
        if (byte != 'w') fail("what came back differs");
}
void echo(int fd) {
    ask(fd);
    check_answer(fd);
}

void ping_pong(const char* port, int messages) {
    const int fd = connected(port);
    for (int i = 0; i < messages; ++i) echo(fd);
}

/// Looks for the last answer first: when it is there, so are the others, and this program sleeps once a round.
void burst(const char* port, int messages) {
    constexpr int width = 64;
    int fds[width];
    for (int& fd : fds) fd = connected(port);
    for (int done = 0; done < messages; done += width) {
        for (const int fd : fds) ask(fd);
        for (int i = width; i-- > 0;) check_answer(fds[i]);
    }
}

void churn(const char* port, int connections) {
    for (int i = 0; i < connections; ++i) {
        const int fd = connected(port);
        echo(fd);
        const linger reset{1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
}

/// The byte at a place of the stream, so that what is lost, doubled or out of order shows.
char byte_at(std::size_t place) { return static_cast<char>((place * 2654435761u) >> 24); }

void slow(const char* port, int mebibytes) {
    const int fd = connected(port);
    const std::size_t size = static_cast<std::size_t>(mebibytes) << 20;
    static char out[1 << 16], in[1 << 16];
    for (std::size_t sent = 0, got = 0; got < size;) {
        pollfd room{fd, static_cast<short>(sent < size ? POLLOUT : 0), 0};
        if (poll(&room, 1, sent < size ? 20 : 0) > 0 && (room.revents & POLLOUT) != 0) {
            const std::size_t part = size - sent < sizeof out ? size - sent : sizeof out;
            for (std::size_t i = 0; i < part; ++i) out[i] = byte_at(sent + i);
            const ssize_t taken = send(fd, out, part, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (taken < 0 && errno != EAGAIN) fail("send");
            if (taken > 0) sent += static_cast<std::size_t>(taken);
            continue;
        }
        pollfd data{fd, POLLIN, 0};
        if (poll(&data, 1, 5000) != 1) fail("nothing comes back");
        const ssize_t part = recv(fd, in, sizeof in, 0);
        if (part <= 0) fail("recv");
        for (ssize_t i = 0; i < part; ++i)
            if (in[i] != byte_at(got++)) fail("what came back differs");
    }
}

void hold(const char* port, int connections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < connections; ++i) echo(connected(port));
    std::puts("held");
    std::fflush(stdout);
    while (std::getchar() != EOF) {}
}

}  // namespace

int main(int count, char** arguments) {
    constexpr struct {
        std::string_view name;
        void (*run)(const char* port, int number);
    } modes[] = {{"pp", ping_pong}, {"burst", burst}, {"churn", churn}, {"slow", slow}, {"hold", hold}};
    for (const auto& mode : modes)
        if (count == 4 && arguments[2] == mode.name) {
            mode.run(arguments[1], std::atoi(arguments[3]));
            return 0;
        }
    std::fprintf(stderr, "usage: echo_load PORT pp|burst|churn|slow|hold NUMBER\n");
    return 2;
}
