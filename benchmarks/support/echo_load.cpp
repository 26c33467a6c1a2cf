// SPDX-License-Identifier: BSL-1.0
// The other side of every echo server, with plain blocking calls.  Usage: echo_load PORT pp MESSAGES | hold CONNECTIONS
//   pp    one connection, MESSAGES of 64 bytes, each sent when the last has come back
//   hold  CONNECTIONS, one echo on each, then "held", and all stay open until standard input ends
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

void echo(int fd) {
    char message[64], back[64];
    std::memset(message, 'w', sizeof message);
    if (send(fd, message, sizeof message, 0) != sizeof message) fail("send");
    if (recv(fd, back, sizeof back, MSG_WAITALL) != sizeof back) fail("recv");
    if (std::memcmp(message, back, sizeof back) != 0) fail("what came back differs");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) fail("usage: echo_load PORT pp MESSAGES | hold CONNECTIONS");
    const int number = std::atoi(arguments[3]);
    if (arguments[2] == std::string_view{"pp"}) {
        const int fd = connected(arguments[1]);
        for (int i = 0; i < number; ++i) echo(fd);
        return 0;
    }
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < number; ++i) echo(connected(arguments[1]));
    std::puts("held");
    std::fflush(stdout);
    while (std::getchar() != EOF) {}
}
