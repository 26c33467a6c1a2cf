// SPDX-License-Identifier: BSL-1.0
// The kernel's TCP by plain blocking calls.  Usage: support/wire.hpp
#include "support/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

int main(int count, char** words) {
    const benchmark::wire_task task{count, words};
    std::vector<std::byte> buffer(benchmark::wire_chunk, std::byte{'w'});
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<unsigned short>(std::atoi(task.port)));
    inet_pton(AF_INET, task.address, &at.sin_addr);
    if (task.sink) {
        if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(fd, 1) != 0) return 1;
        benchmark::say_listening();
        const int from = accept(fd, nullptr, nullptr);
        benchmark::wire_meter meter;
        for (ssize_t got; (got = recv(from, buffer.data(), buffer.size(), 0)) > 0;) meter.add(static_cast<std::size_t>(got));
        meter.print();
        return 0;
    }
    if (connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) return 1;
    for (const benchmark::wire_clock clock{task.seconds}; !clock.over();)
        if (send(fd, buffer.data(), buffer.size(), MSG_NOSIGNAL) < 0) return 1;
    close(fd);
    std::printf("%.6f\n", benchmark::processor_seconds());
}
