// SPDX-License-Identifier: BSL-1.0
// socket(7), SO_LINGER: how long close(2) waits, and for what.
#include "elsewhere.hpp"
#include "own.hpp"

using namespace both;

namespace {
void nothing(int) {}
template <class Os>
void lingers(Os& os, int fd, int on, int seconds) {
    const linger set{on, seconds};
    os.setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, sizeof set);
}
/// As much as both buffers take; the peer reads nothing.
template <class Os>
void fill(Os& os, int fd) {
    const std::string bytes(16384, 'x');
    pollfd entry{fd, POLLOUT, 0};
    do {
        while (os.send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {}
    } while (os.poll(&entry, 1, 30) == 1);
}
/// Tens of milliseconds, as far as they tell one case from another.
template <class Call>
void timed(notes& note, const char* what, Call call, int least, int most) {
    const auto before = std::chrono::steady_clock::now();
    note(what, call());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before).count();
    note.value("it took as long as it should", took >= least && took <= most);
}
template <class Os>
void small_buffers(Os& os, int (&ends)[2]) {
    const int size = 8192;
    sockaddr_in address;
    const int listener = tcp_listener(os, address);
    os.setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    ends[0] = os.socket(AF_INET, SOCK_STREAM, 0);
    os.setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    os.connect(ends[0], any(address), sizeof address);
    ends[1] = os.accept(listener, nullptr, nullptr);
    os.close(listener);
}

constexpr auto close_waits = [](auto& os, notes& note) {
    int ends[2];
    char byte;
    for (const int flags : {0, O_NONBLOCK}) {  // O_NONBLOCK makes no difference
        small_buffers(os, ends);
        fill(os, ends[0]);
        os.fcntl(ends[0], F_SETFL, flags);
        lingers(os, ends[0], 1, 1);
        timed(note, "close while nobody reads", [&] { return os.close(ends[0]); }, 900, 1900);
        os.close(ends[1]);
    }
    small_buffers(os, ends);
    fill(os, ends[0]);
    lingers(os, ends[0], 1, 5);
    {
        const auto reads = after(os, 100, [&os, ends] {
            char much[16384];
            os.fcntl(ends[1], F_SETFL, O_NONBLOCK);
            for (int tries = 0; tries < 400; ++tries) {
                const auto got = os.recv(ends[1], much, sizeof much, 0);
                if (got == 0) break;
                if (got == -1) os.poll(nullptr, 0, 1);
            }
        });
        timed(note, "close until the other has read", [&] { return os.close(ends[0]); }, 80, 3000);
    }
    os.close(ends[1]);

    tcp_pair(os, ends);
    lingers(os, ends[0], 1, 5);
    note("send", os.send(ends[0], "last words", 10, 0));
    timed(note, "close of what is acknowledged at once", [&] { return os.close(ends[0]); }, 0, 700);
    char buffer[16];
    note("recv", os.recv(ends[1], buffer, sizeof buffer, 0));
    note("recv the end", os.recv(ends[1], buffer, sizeof buffer, 0));
    os.close(ends[1]);

    tcp_pair(os, ends);
    lingers(os, ends[0], 1, 5);
    os.send(ends[1], "unread", 6, 0);
    pollfd entry{ends[0], POLLIN, 0};
    os.poll(&entry, 1, 1000);
    timed(note, "close with something unread", [&] { return os.close(ends[0]); }, 0, 700);
    note("is a reset", os.recv(ends[1], &byte, 1, 0));
    os.close(ends[1]);

    tcp_pair(os, ends);
    lingers(os, ends[0], 1, 0);
    os.send(ends[0], "lost", 4, 0);
    timed(note, "close without time", [&] { return os.close(ends[0]); }, 0, 700);
    entry = {ends[1], POLLIN, 0};
    os.poll(&entry, 1, 1000);
    note("is a reset", os.send(ends[1], &byte, 1, MSG_NOSIGNAL));
    os.close(ends[1]);
};

constexpr auto close_is_interrupted = [](auto& os, notes& note) {
    int ends[2];
    struct sigaction action{};
    action.sa_handler = &nothing;
    action.sa_flags = static_cast<int>(SA_RESTART);
    os.sigaction(SIGUSR1, &action, nullptr);
    small_buffers(os, ends);
    fill(os, ends[0]);
    lingers(os, ends[0], 1, 10);
    const int other = os.dup(ends[0]);
    timed(note, "close of one of two", [&] { return os.close(other); }, 0, 700);
    {
        const auto soon = signal_after(os, 60, SIGUSR1);
        timed(note, "close", [&] { return os.close(ends[0]); }, 40, 3000);
    }
    note("it is closed", os.close(ends[0]));
    os.close(ends[1]);
    small_buffers(os, ends);
    fill(os, ends[0]);
    lingers(os, ends[0], 1, 1);
    const int datagram = os.socket(AF_INET, SOCK_DGRAM, 0);
    timed(note, "dup2 closes, too", [&] { return os.dup2(datagram, ends[0]) == ends[0] ? 0 : -1; }, 900, 1900);
    for (const int each : {datagram, ends[0], ends[1]}) os.close(each);
};
}  // namespace

TEST_CASE("close waits for SO_LINGER's time, or until all is acknowledged", "[conformance][posix][linger]") {
    over_kernel_and_host(close_waits);
    over_kernel_and_own(close_waits);
}

TEST_CASE("a signal ends close's wait, and the descriptor is closed", "[conformance][posix][linger]") {
    over_kernel_and_host(close_is_interrupted);
    over_kernel_and_own(close_is_interrupted);
}
