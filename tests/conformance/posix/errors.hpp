// SPDX-License-Identifier: BSL-1.0
// A call that is to fail with one errno of its manual page: over the kernel that is checked, over a net it is compared.
#pragma once

#include "both.hpp"

#include <sys/resource.h>

namespace both {

/// Notes a failure that section 2 of the manual lists for `call`.
template <class Os, class Result>
void fails(Os&, notes& note, const char* call, int error, const char* why, Result result) {
    const int found = errno;
    if constexpr (std::is_same_v<Os, kernel>) {
        CAPTURE(call, why, std::strerror(found), std::strerror(error));
        CHECK(result == -1);
        CHECK(found == error);
    }
    errno = found;
    note((std::string{call} + ", " + why).c_str(), result);
}

/// Room for so many descriptors more: RLIMIT_NOFILE while it lives.
class room_for {
public:
    room_for(kernel&, int more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int lowest = ::dup(0);
        ::close(lowest);
        rlimit now = before_;
        now.rlim_cur = static_cast<rlim_t>(lowest + more);  // all below are taken
        restore_ = ::setrlimit(RLIMIT_NOFILE, &now) == 0;
    }
    template <class Net>
    room_for(weld::posix::process<Net>& os, int more) : undo_{[](void* of) { static_cast<weld::posix::process<Net>*>(of)->set_descriptors_max(1024); }}, of_{&os} {
        os.set_descriptors_max(os.descriptors_in_use() + more);  // there are no gaps
    }
    room_for(const room_for&) = delete;
    ~room_for() {
        if (restore_) ::setrlimit(RLIMIT_NOFILE, &before_);
        if (undo_ != nullptr) undo_(of_);
    }

private:
    rlimit before_{};
    bool restore_ = false;
    void (*undo_)(void*) = nullptr;
    void* of_ = nullptr;
};

}  // namespace both
