// SPDX-License-Identifier: BSL-1.0
// What tests of tasks share: a net in which nothing happens but time, and tasks that wait for it or for a gate.
#pragma once

#include <weld/socket/net.hpp>
#include <weld/task/sleep.hpp>

#include "support/gate.hpp"

namespace support {

using net_of_time = weld::net<jumping_clock>;

/// Gives a number after a while.
inline weld::task<int> after(net_of_time& net, weld::duration length, int number) {
    co_await weld::sleep(net, length);
    co_return number;
}
/// Waits at a gate, and writes its number down when it ends.
inline weld::task<> through(gate& at, std::vector<int>& ended, int number) {
    const mark end{ended, number};
    co_await at.pass();
}

}  // namespace support
