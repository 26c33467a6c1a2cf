// SPDX-License-Identifier: BSL-1.0
// The kernel's TCP/IP over its loopback, both ends in this thread. In a namespace whose lo has an MTU of 1500 and no
// offloads it sends segments as weld does without super-segments.
#include "support/bulk.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char** words) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), from = ::socket(AF_INET, SOCK_STREAM, 0);
    ::sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t length = sizeof at;
    if (::bind(listener, reinterpret_cast<::sockaddr*>(&at), sizeof at) != 0 || ::listen(listener, 1) != 0) return 1;
    ::getsockname(listener, reinterpret_cast<::sockaddr*>(&at), &length);
    if (::connect(from, reinterpret_cast<::sockaddr*>(&at), sizeof at) != 0) return 1;
    const int to = ::accept(listener, nullptr, nullptr);
    ::fcntl(from, F_SETFL, O_NONBLOCK);
    return bulk::transfer(count, words, [&](const std::byte* data, std::size_t left, std::byte* room) {
        bulk::progress step;
        const ::ssize_t sent = left != 0 ? ::send(from, data, left, MSG_DONTWAIT) : 0;
        if (sent > 0) step.sent = static_cast<std::size_t>(sent);
        const ::ssize_t got = ::recv(to, room, bulk::chunk, MSG_DONTWAIT);
        if (got > 0) step.received = static_cast<std::size_t>(got);
        return step;
    });
}
