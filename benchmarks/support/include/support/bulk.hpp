// SPDX-License-Identifier: BSL-1.0
// Bulk transfer of both ends in one thread: what every contender's program is around its stack.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace bulk {

inline constexpr std::size_t chunk = 64 * 1024;

/// One thread does all there is to do, so its time is the transfer's, and what else the machine does counts little.
inline double processor_seconds() {
    std::timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// `NAME MIB`: calls round(data, left, room) until so much has arrived: it sends what it can of `data`, at most `left`, and
/// receives what there is into `room`; sent and received are counts of octets.
struct progress {
    std::size_t sent = 0, received = 0;
};
template <class Round>
int transfer(int count, char** words, Round round) {
    const std::size_t size = static_cast<std::size_t>(count > 1 ? std::strtoull(words[1], nullptr, 10) : 256) << 20;
    std::vector<std::byte> data(chunk, std::byte{0x5a}), room(chunk);
    progress all;
    const double begin = processor_seconds();
    for (std::size_t idle = 0; all.received < size;) {
        const progress step = round(data.data(), size - all.sent < chunk ? size - all.sent : chunk, room.data());
        all.sent += step.sent;
        all.received += step.received;
        idle = step.sent + step.received != 0 ? 0 : idle + 1;
        if (idle > 1'000'000) {
            std::fprintf(stderr, "it does not go on after %zu of %zu octets\n", all.received, size);
            return 1;
        }
    }
    const double seconds = processor_seconds() - begin;
    std::printf("%.0f\n", static_cast<double>(size) / seconds / 1e6);  // MB/s
    return 0;
}

}  // namespace bulk
