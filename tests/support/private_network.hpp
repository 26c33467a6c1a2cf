// SPDX-License-Identifier: BSL-1.0
// A network namespace of the test's own: interfaces, addresses and traffic end with it, and the host sees none of it.
#pragma once

#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace support {

/// While it lives the calling thread, and what it starts, is in a new network namespace where only `lo` is, and up.
///     private_network apart;
///     if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
class private_network {
public:
    private_network() : before_{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)} {
        entered_ = before_ >= 0 && ::unshare(CLONE_NEWNET) == 0;
        if (entered_) entered_ = run("ip link set lo up");
    }
    private_network(const private_network&) = delete;
    private_network& operator=(const private_network&) = delete;
    ~private_network() {
        if (before_ < 0) return;
        if (::setns(before_, CLONE_NEWNET) != 0) std::abort();
        ::close(before_);
    }
    explicit operator bool() const { return entered_; }

    /// Runs a command of the shell in here; true where it succeeds.
    static bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

private:
    int before_;
    bool entered_ = false;
};

}  // namespace support
