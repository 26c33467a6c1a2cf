// SPDX-License-Identifier: BSL-1.0
// What happens while a program is blocked: over the kernel another thread does it, over a net a task.
#pragma once

#include "both.hpp"

#include <weld/task.hpp>

#include <pthread.h>

#include <chrono>
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
template <class Action>
elsewhere after(kernel&, int milliseconds, Action action) {
    return elsewhere{std::thread{[=]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        action();
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
