// SPDX-License-Identifier: BSL-1.0
// A device whose other end is the test: it puts frames in and looks at those that come out.
#pragma once

#include <weld/socket/device.hpp>

#include <deque>

#include <vector>

namespace test {

using frame = std::vector<std::byte>;

struct script {
    std::size_t mtu = 1500;
    weld::device_features features{};
    std::size_t room = 1'000'000;  // how many frames the device takes before it is full
    weld::errc error{};

    std::deque<frame> to_stack;
    std::vector<frame> from_stack;
    std::vector<weld::packet_buffer> whole;  // where `keep` says so: the packets themselves
    bool keep = false;
    weld::run_queue* ready = nullptr;
    weld::wait_queue waiters;

    void inject(frame bytes) {
        to_stack.push_back(std::move(bytes));
        waiters.wake(weld::events::readable, *ready);
    }
    void make_room(std::size_t frames) {
        room += frames;
        waiters.wake(weld::events::writable, *ready);
    }
    void fail(weld::errc why) {
        error = why;
        waiters.wake(weld::events::always, *ready);
    }
    /// Its carrier is lost (weld::carrier_lost), or is back (errc{}).
    void carrier(weld::errc now) { fail(now); }
    std::vector<frame> taken() { return std::exchange(from_stack, {}); }
};

template <weld::link_type Link>
class script_device {
public:
    static constexpr weld::link_type link = Link;
    explicit script_device(script& by) noexcept : script_{&by} {}

    std::size_t mtu() const noexcept { return script_->mtu; }
    weld::device_features features() const noexcept { return script_->features; }
    weld::errc error() const noexcept { return script_->error; }
    template <class Source>
    weld::result<> attach(Source& source) noexcept {
        script_->ready = &source.runnable();
        return {};
    }
    std::size_t transmit(weld::span<weld::packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && script_->room > 0 && script_->error == weld::errc{}) {
            const weld::const_bytes bytes = frames[count]->bytes();
            script_->from_stack.emplace_back(bytes.begin(), bytes.end());
            if (script_->keep) script_->whole.push_back(std::move(frames[count]));
            frames[count++].reset();
            --script_->room;
        }
        return count;
    }
    std::size_t receive(weld::packet_pool& packets, weld::span<weld::packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && !script_->to_stack.empty()) {
            const frame& bytes = script_->to_stack.front();
            frames[count] = weld::packet_buffer::allocate(packets, bytes.size() + 32, 32);
            if (frames[count]) weld::copy(frames[count++]->put(bytes.size()), bytes);
            script_->to_stack.pop_front();
        }
        return count;
    }
    weld::result<> wait(weld::wait_entry& entry) noexcept {
        const bool readable = entry.wants(weld::events::readable) && !script_->to_stack.empty();
        const bool writable = entry.wants(weld::events::writable) && script_->room > 0;
        if (readable || writable) script_->ready->push(entry);
        else script_->waiters.add(entry);
        return {};
    }

private:
    script* script_;
};

using ethernet_script = script_device<weld::link_type::ethernet>;
using ip_script = script_device<weld::link_type::bare_ip>;
static_assert(weld::net_device<ethernet_script>);

}  // namespace test
