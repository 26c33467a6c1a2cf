// SPDX-License-Identifier: BSL-1.0
// What the contenders of the task udp have in common.
//
//   NAME MODE WAY PORT     a server at 127.0.0.1:PORT
// WAY: plain, a datagram a call; batch, up to `batch` a call; gso, super-datagrams of `segments` datagrams a call.
// MODE: echo sends each datagram back; sink takes them, and sends back those that begin with 'A', so that who sends knows how far
// it has come. A datagram that begins with 'Q' ends the program.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace benchmark {

inline constexpr std::size_t datagram_size = 1000, batch = 64, segments = 64, room = 65536;

struct datagram_task {
    bool sink, batched, gso;
    const char* port;
    datagram_task(int count, char** words) {
        if (count < 4) {
            std::fprintf(stderr, "usage: %s echo|sink plain|batch|gso PORT\n", words[0]);
            std::exit(2);
        }
        sink = std::strcmp(words[1], "sink") == 0;
        batched = std::strcmp(words[2], "batch") == 0;
        gso = std::strcmp(words[2], "gso") == 0;
        port = words[3];
    }
};

inline sockaddr_in loopback_at(const char* port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<unsigned short>(std::atoi(port)));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}
inline void say_listening() {
    std::puts("listening");
    std::fflush(stdout);
}

}  // namespace benchmark
