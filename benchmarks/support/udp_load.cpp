// SPDX-License-Identifier: BSL-1.0
// The other side of every server of the task udp, with plain blocking calls.  Usage: udp_load PORT MODE WAY ROUNDS
// A round is 64 datagrams of 1000 bytes in flight. echo waits until all have come back and looks at them; sink marks the last
// one, which the server sends back. With way gso a round is one super-datagram, which comes back as one; without, 64 of
// them. Prints datagrams per second. At the end it tells the server to end.
#include "support/datagrams.hpp"

#include <chrono>

namespace {

using namespace benchmark;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int fd;
std::byte out[segments * datagram_size], in[room];
iovec pieces[batch];
mmsghdr messages[batch];

void send_all() {
    for (size_t sent = 0; sent < batch;) {
        const int count = sendmmsg(fd, messages + sent, static_cast<unsigned>(batch - sent), 0);
        if (count < 0) fail("sendmmsg");
        sent += static_cast<size_t>(count);
    }
}
size_t receive() {
    const ssize_t got = recv(fd, in, sizeof in, 0);
    if (got < 0) fail("recv: a datagram was lost");
    return static_cast<size_t>(got);
}

}  // namespace

int main(int count, char** words) {
    if (count < 5) {
        std::fprintf(stderr, "usage: udp_load PORT echo|sink plain|batch|gso ROUNDS\n");
        return 2;
    }
    const bool sink = std::strcmp(words[2], "sink") == 0, gso = std::strcmp(words[3], "gso") == 0;
    const long rounds = std::atol(words[4]);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in at = loopback_at(words[1]);
    const timeval patience{5, 0};
    const int size = datagram_size, on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("connect");
    if (gso && (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0 || setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)) fail("UDP_SEGMENT");
    std::memset(out, 'w', sizeof out);
    for (size_t i = 0; i < batch; ++i) {
        pieces[i] = {out + i * datagram_size, datagram_size};
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    if (sink) out[(batch - 1) * datagram_size] = std::byte{'A'};
    const auto begin = std::chrono::steady_clock::now();
    for (long round = 0; round < rounds; ++round) {
        if (gso) {
            if (send(fd, out, sizeof out, 0) != static_cast<ssize_t>(sizeof out)) fail("send");
        } else {
            send_all();
        }
        const size_t back = sink ? datagram_size : sizeof out;
        for (size_t got = 0; got < back;) {
            const size_t size_back = receive();
            if (in[0] != static_cast<std::byte>(sink ? 'A' : 'w') || size_back % datagram_size != 0) fail("what came back differs");
            got += size_back;
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%.0f\n", static_cast<double>(rounds) * static_cast<double>(batch) / seconds);
    const int off = 0;
    setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof off);
    send(fd, "Q", 1, 0);
}
