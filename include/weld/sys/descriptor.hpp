// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor_calls.hpp>
#include <weld/sys/direct.hpp>

#include <utility>

namespace weld::inline v0::sys {

/// Owns an open descriptor, and closes it at its end by the same way into the kernel that everything else takes.
template <entry_policy Sys = direct>
class [[nodiscard]] basic_descriptor {
public:
    /// Owns nothing.
    basic_descriptor() noexcept requires std::default_initializable<Sys> = default;
    /// Takes `fd` over; a negative number is nothing.
    explicit basic_descriptor(int fd, Sys sys = {}) noexcept : sys_{sys}, fd_{fd} {}
    basic_descriptor(basic_descriptor&& other) noexcept : sys_{other.sys_}, fd_{std::exchange(other.fd_, -1)} {}
    basic_descriptor& operator=(basic_descriptor&& other) noexcept {
        if (this != &other) {
            close();
            sys_ = other.sys_;
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~basic_descriptor() { close(); }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// The number, which stays owned here; negative where there is none.
    int fd() const noexcept { return fd_; }
    /// The number, which is the caller's to close from now on.
    int release() noexcept { return std::exchange(fd_, -1); }
    void close() noexcept {
        if (fd_ >= 0) static_cast<void>(sys::close(sys_, std::exchange(fd_, -1)));
    }

private:
    [[no_unique_address]] Sys sys_{};
    int fd_ = -1;
};

/// The usual choice.
using descriptor = basic_descriptor<>;
static_assert(sizeof(descriptor) == sizeof(int));

}  // namespace weld::inline v0::sys
