// SPDX-License-Identifier: BSL-1.0
// What happens while a program is blocked: over the kernel another thread does it, over a net a task.
#pragma once

#include "both.hpp"

#include <weld/task.hpp>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

namespace both {

/// What somebody else does after some milliseconds, while the program is blocked.
struct elsewhere {
    elsewhere() = default;
    explicit elsewhere(std::thread of) : thread{std::move(of)} {}
    std::thread thread;
    elsewhere(elsewhere&&) = default;
    ~elsewhere() { if (thread.joinable()) thread.join(); }
};
/// Whether a thread sleeps in a call; the machine may be too busy for it to have come there yet.
inline bool sleeps(long thread) {
    std::ifstream stat{"/proc/self/task/" + std::to_string(thread) + "/stat"};
    std::string line;
    std::getline(stat, line);
    const std::size_t behind = line.rfind(") ");
    return behind != std::string::npos && line[behind + 2] == 'S';
}
inline std::atomic<unsigned> tickets, served;  // one after the other, in their order
template <class Action>
elsewhere after(kernel&, int milliseconds, Action action) {
    return elsewhere{std::thread{[=, mine = tickets++, blocked = ::syscall(SYS_gettid)]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(3);
        while ((served != mine || !sleeps(blocked)) && std::chrono::steady_clock::now() < patience) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        action();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ++served;
    }}};
}
template <class Net, class Action>
elsewhere after(weld::posix::process<Net>& os, int milliseconds, Action action) {
    os.net().spawn([](Net& net, int wait, Action what) -> weld::task<> {
        co_await weld::sleep(net, weld::duration::milliseconds(wait));
        what();
    }(os.net(), milliseconds, std::move(action)));
    return {};
}
inline elsewhere signal_after(kernel& os, int milliseconds, int number) {
    return after(os, milliseconds, [number, here = ::pthread_self()] { ::pthread_kill(here, number); });
}
template <class Net>
elsewhere signal_after(weld::posix::process<Net>& os, int milliseconds, int number) {
    return after(os, milliseconds, [&os, number] { os.send_signal(number); });
}
template <class Os>
elsewhere send_after(Os& os, int milliseconds, int fd) {
    return after(os, milliseconds, [&os, fd] { os.send(fd, "x", 1, 0); });
}

}  // namespace both
