// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/sys/direct.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

#include <linux/perf_event.h>

namespace weld::inline v0::sys {

/// Counts the instructions that this thread runs outside of the kernel, as the processor counts them: for
/// `trace::basic_flow_recorder<sys::instruction_counter>`. Where the machine lends no counter (a virtual machine, the
/// setting kernel.perf_event_paranoid) it says so: `status()` is the error and `read()` has no value.
/// Source: perf_event_open(2).
class instruction_counter {
public:
    static constexpr const char* unit = "instructions";

    instruction_counter() noexcept {
        ::perf_event_attr wanted{};
        wanted.type = PERF_TYPE_HARDWARE;
        wanted.size = sizeof wanted;
        wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
        wanted.exclude_kernel = wanted.exclude_hv = 1;
        const long opened = direct::call<number::perf_event_open>(&wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
        if (opened < 0) status_ = static_cast<errc>(-opened);
        else fd_ = static_cast<int>(opened);
    }
    instruction_counter(instruction_counter&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, status_{other.status_} {}
    instruction_counter& operator=(instruction_counter&& other) noexcept {
        std::swap(fd_, other.fd_);
        std::swap(status_, other.status_);
        return *this;
    }
    ~instruction_counter() {
        if (fd_ != -1) static_cast<void>(direct::call<number::close>(fd_));
    }

    /// Errors: no_such_file_or_directory (no counter in this machine), permission_denied, operation_not_permitted,
    /// function_not_supported.
    result<> status() const noexcept { return status_; }
    /// How many so far. Errors: that of status().
    result<std::uint64_t> read() const noexcept {
        if (fd_ == -1) return status_;
        std::uint64_t count = 0;
        const long got = direct::call<number::read>(fd_, &count, sizeof count);
        if (got != static_cast<long>(sizeof count)) return got < 0 ? static_cast<errc>(-got) : errc::io_error;
        return count;
    }

private:
    int fd_ = -1;
    errc status_{};
};

}  // namespace weld::inline v0::sys
