// SPDX-License-Identifier: BSL-1.0
// A UDP socket of the kernel, for tests of devices whose other side the kernel has.
#pragma once

#include <weld/core/text.hpp>
#include <weld/socket/address/endpoint4.hpp>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <vector>

namespace support {

class host_udp {
public:
    host_udp() : fd_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        const ::timeval patience{0, 500'000};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    host_udp(const host_udp&) = delete;
    host_udp& operator=(const host_udp&) = delete;
    ~host_udp() { ::close(fd_); }

    bool bind(weld::endpoint4 to) {
        const ::sockaddr_in address = native(to);
        return ::bind(fd_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0;
    }
    bool send_to(weld::endpoint4 to, weld::text data) {
        const ::sockaddr_in address = native(to);
        return ::sendto(fd_, data.data(), data.size(), 0, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) ==
               static_cast<::ssize_t>(data.size());
    }
    /// One call, many datagrams.
    bool send_segments_to(weld::endpoint4 to, std::size_t size, int segment) {
        if (::setsockopt(fd_, IPPROTO_UDP, 103 /* UDP_SEGMENT */, &segment, sizeof segment) != 0) return false;
        return send_to(to, std::vector<char>(size, 'x'));
    }
    /// The size of the next datagram; 0 when none comes.
    std::size_t receive() {
        std::byte buffer[65536];
        return receive(buffer);
    }
    std::size_t receive(weld::mutable_bytes buffer) {
        const ::ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }

private:
    static ::sockaddr_in native(weld::endpoint4 of) {
        ::sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = __builtin_bswap16(of.port());
        __builtin_memcpy(&address.sin_addr, of.address().bytes, 4);
        return address;
    }
    int fd_;
};

}  // namespace support
