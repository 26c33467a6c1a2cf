// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/device/scrub.hpp>
#include <weld/socket/device.hpp>

#include <utility>

namespace weld::inline v0::device {

/// What a loopback device is made with.
struct loopback_options {
    std::size_t mtu = 65535;                                           ///< the largest IPv4 packet
    device_features features{.checksum = true, .gso_size_max = 65536}; ///< nothing is lost on the way: nobody has to sum
    std::size_t queue_limit = 4096;                                    ///< frames
};

/// A device whose frames come back: a host that talks to itself. No system call, no clock. In the kernel: lo.
class loopback {
public:
    static constexpr link_type link = link_type::bare_ip;

    explicit loopback(loopback_options options = {}) noexcept : options_{options} {}
    /// Moves while nobody waits.
    loopback(loopback&& other) noexcept : options_{other.options_}, ready_{other.ready_}, frames_{std::move(other.frames_)} {}

    std::size_t mtu() const noexcept { return options_.mtu; }
    device_features features() const noexcept { return options_.features; }
    errc error() const noexcept { return {}; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        ready_ = &source.runnable();
        return {};
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        const std::size_t room = options_.queue_limit - frames_.size();
        const std::size_t count = frames.size() < room ? frames.size() : room;
        for (packet_buffer& frame : frames.first(count)) {
            detail::scrub(*frame, options_.features);
            frames_.push_back(std::move(frame));
        }
        if (count != 0) wake(events::readable);
        return count;
    }
    std::size_t receive(packet_pool&, span<packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && !frames_.empty()) frames[count++] = frames_.pop_front();
        if (frames_.size() <= options_.queue_limit / 2) wake(events::writable);
        return count;
    }
    result<> wait(wait_entry& entry) noexcept {
        WELD_ASSERT(ready_ != nullptr);
        const bool readable = entry.wants(events::readable) && !frames_.empty();
        const bool writable = entry.wants(events::writable) && frames_.size() < options_.queue_limit;
        if (readable || writable) ready_->push(entry);
        else waiters_.add(entry);
        return {};
    }

private:
    void wake(events what) noexcept {
        if (!waiters_.empty()) waiters_.wake(what, *ready_);
    }

    loopback_options options_;
    run_queue* ready_ = nullptr;
    packet_queue frames_;
    wait_queue waiters_;
};

static_assert(net_device<loopback>);

}  // namespace weld::inline v0::device
