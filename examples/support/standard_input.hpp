// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/io/descriptor_ops.hpp>
#include <weld/socket/attempts.hpp>
#include <weld/socket/operation.hpp>
#include <weld/sys/file_calls.hpp>

#include <utility>

#include <poll.h>

namespace examples {

/// Standard input as something to wait for, and an example of an operation of one's own: a call to try, and what to
/// wait for. Other programs may share it, so it stays as it is, blocking, and is asked with poll(2) before each read.
template <class Net>
class standard_input {
public:
    static weld::result<standard_input> open(Net& net) {
        const auto copy = weld::sys::fcntl(net.system_calls(), 0, F_DUPFD_CLOEXEC, 3);
        if (!copy) return copy.error();
        const auto place = weld::io::descriptor_ops::adopt(net, *copy);
        if (!place) return place.error();
        return standard_input{net, **place};
    }
    standard_input(standard_input&& other) noexcept : net_{other.net_}, at_{std::exchange(other.at_, nullptr)} {}
    standard_input& operator=(standard_input&&) = delete;
    ~standard_input() {
        if (at_ != nullptr) weld::io::descriptor_ops::release(*net_, *at_);
    }

    /// What has been typed, as much as fits; 0 at its end.
    auto read(weld::mutable_bytes buffer) { return weld::operation<Net, weld::io::descriptor_ops, attempt>{*net_, *at_, {{}, buffer}}; }

private:
    struct attempt : weld::attempt::common {
        static constexpr weld::events interest = weld::events::readable;
        static constexpr bool waits_first = false;  // a file is always ready, and epoll does not take it
        weld::mutable_bytes buffer;
        weld::result<std::size_t> operator()(auto& net, auto& at) const {
            const auto ready = weld::sys::poll(net.system_calls(), at.fd, POLLIN, weld::duration{});
            if (ready && *ready != 0) return weld::io::descriptor_ops::read(net, at, buffer);
            at.drained(weld::events::readable);
            return ready ? weld::errc::resource_unavailable_try_again : ready.error();
        }
    };
    standard_input(Net& net, weld::io::watched& at) noexcept : net_{&net}, at_{&at} {}
    Net* net_;
    weld::io::watched* at_;
};

}  // namespace examples
