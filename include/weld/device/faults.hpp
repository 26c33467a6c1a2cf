// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/byte_order.hpp>
#include <weld/core/checksum.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/device/delay_line.hpp>
#include <weld/device/fault_rule.hpp>
#include <weld/device/wrapper.hpp>

namespace weld::inline v0::device {

/// A device whose frames get lost, doubled, changed, late and out of order, by a rule. With the net's clock and a
/// seeded rule the same happens in every run. In the kernel: sch_netem.
///
///     own::ethernet{device::faults{std::move(*tap), {.seed = 7, .transmitted = {.lose = 0.01, .reorder = 0.01}}}}
///
/// Over a device::pcap what is lost is in the capture too, with a comment.
template <net_device Device, fault_rule Rule = random_faults>
class faults : public wrapper<Device> {
public:
    /// How many frames are on their way in one direction at the most; more are lost.
    static constexpr std::size_t delayed_max = 4096;

    explicit faults(Device over, Rule rule) noexcept : wrapper<Device>{std::move(over)}, rule_{std::move(rule)} { bind(); }
    explicit faults(Device over, fault_options options = {}) noexcept requires std::same_as<Rule, random_faults>
        : faults{std::move(over), random_faults{options}} {}
    /// Pre: not attached yet.
    faults(faults&& other) noexcept
        : wrapper<Device>{std::move(other)}, rule_{std::move(other.rule_)}, stats_{other.stats_} { bind(); }

    /// How many frames met each fate.
    struct counters {
        std::uint64_t passed = 0, lost = 0, duplicated = 0, corrupted = 0, delayed = 0;
        friend bool operator==(const counters&, const counters&) = default;
    };
    const counters& stats() const noexcept { return stats_; }
    Rule& rule() noexcept { return rule_; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        wheel_ = &source.timers();
        ready_ = &source.runnable();
        return wrapper<Device>::attach(source);
    }
    void detach() noexcept {
        timer_.cancel();
        below_readable_.unlink();
        below_writable_.unlink();
        wrapper<Device>::detach();
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept;
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept;
    result<> wait(wait_entry& entry) noexcept;

private:
    static constexpr std::size_t batch_size = 32;
    struct alarm : timer {
        alarm() noexcept : timer{nullptr} {}
        faults* of = nullptr;
    };
    struct below : wait_entry {
        explicit below(events what) noexcept : wait_entry{nullptr, what} {}
        faults* of = nullptr;
    };
    void bind() noexcept {
        timer_.of = below_readable_.of = below_writable_.of = this;
        timer_.run = [](runnable& self) { static_cast<alarm&>(self).of->arrive(); };
        below_readable_.run = [](runnable& self) { static_cast<below&>(self).of->wake_for(events::readable); };
        below_writable_.run = [](runnable& self) { static_cast<below&>(self).of->flush_and_wake(); };
    }
    using wrapper<Device>::device_;
    time_point now() const noexcept { return this->clock_.now(); }

    void suffer(direction way, packet_buffer frame, detail::delay_line& late, packet_queue& prompt) noexcept;
    void lose(direction way, packet_buffer frame, text why) noexcept;
    bool corrupt(packet& frame) noexcept;
    void put(packet_buffer frame, duration delay, detail::delay_line& late, packet_queue& prompt) noexcept;
    void arrive() noexcept;
    void arm() noexcept;
    bool flush() noexcept;
    void flush_and_wake() noexcept {
        if (flush()) wake_for(events::writable);
        else if (device_.error() != told_) wake_for(events::none);
    }
    /// The device has woken us: for this, or for everybody, because its carrier has changed.
    void wake_for(events what) noexcept {
        const errc now = device_.error();
        wake(now != told_ ? events::always : what);
        told_ = now;
    }
    void wake(events what) noexcept {
        if (!waiters_.empty()) waiters_.wake(what, *ready_);
    }

    Rule rule_;
    counters stats_{};
    random_generator bits_{0x5eed};
    errc told_{};  // what the device's error() was when somebody was woken last
    timer_wheel* wheel_ = nullptr;
    run_queue* ready_ = nullptr;
    detail::delay_line going_, coming_;  // on their way
    packet_queue outgoing_, incoming_;   // waiting to be taken: by the device, by the net
    wait_queue waiters_;
    alarm timer_;
    below below_readable_{events::readable}, below_writable_{events::writable};
};
template <class Device>
faults(Device, fault_options) -> faults<Device>;
template <class Device, fault_rule Rule>
faults(Device, Rule) -> faults<Device, Rule>;

template <net_device Device, fault_rule Rule>
std::size_t faults<Device, Rule>::transmit(span<packet_buffer> frames) noexcept {
    if (!flush()) return 0;
    for (packet_buffer& frame : frames) suffer(direction::transmitted, std::move(frame), going_, outgoing_);
    flush();
    arm();
    return frames.size();
}

template <net_device Device, fault_rule Rule>
std::size_t faults<Device, Rule>::receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
    std::size_t count = 0, found;
    do {
        while (count < frames.size() && !incoming_.empty()) frames[count++] = incoming_.pop_front();
        if (count == frames.size()) break;
        packet_buffer batch[batch_size];
        found = device_.receive(packets, batch);
        for (std::size_t i = 0; i < found; ++i) suffer(direction::received, std::move(batch[i]), coming_, incoming_);
    } while (found != 0);
    arm();
    return count;
}

template <net_device Device, fault_rule Rule>
result<> faults<Device, Rule>::wait(wait_entry& entry) noexcept {
    const bool readable = entry.wants(events::readable), writable = entry.wants(events::writable);
    if ((readable && !incoming_.empty()) || (writable && flush())) {
        ready_->push(entry);
        return {};
    }
    if (readable && !below_readable_.linked())
        if (const result<> waits = device_.wait(below_readable_); !waits) return waits;
    if (writable && !below_writable_.linked())
        if (const result<> waits = device_.wait(below_writable_); !waits) return waits;
    waiters_.add(entry);
    return {};
}

/// What the rule says happens to a frame.
template <net_device Device, fault_rule Rule>
void faults<Device, Rule>::suffer(direction way, packet_buffer frame, detail::delay_line& late, packet_queue& prompt) noexcept {
    const fault what = rule_(way, *frame);
    if (what.lose) return lose(way, std::move(frame), "lost by faults");
    if (late.size() >= delayed_max) return lose(way, std::move(frame), "lost by faults: too many on their way");
    if (what.corrupt) {
        ++stats_.corrupted;
        if (!corrupt(*frame)) return lose(way, std::move(frame), "lost by faults instead of corrupted");
    }
    if (what.duplicate)
        if (packet_buffer twin = frame->copy()) {
            ++stats_.duplicated;
            put(std::move(twin), what.delay, late, prompt);
        }
    put(std::move(frame), what.delay, late, prompt);
}

template <net_device Device, fault_rule Rule>
void faults<Device, Rule>::put(packet_buffer frame, duration delay, detail::delay_line& late, packet_queue& prompt) noexcept {
    ++stats_.passed;
    if (delay <= duration{}) return prompt.push_back(std::move(frame));
    ++stats_.delayed;
    late.push(std::move(frame), now() + delay);
}

template <net_device Device, fault_rule Rule>
void faults<Device, Rule>::lose(direction way, packet_buffer frame, text why) noexcept {
    ++stats_.lost;
    if constexpr (requires { device_.record(way, *frame, why); }) device_.record(way, *frame, why);
}

/// Flips a bit that a checksum protects: what a link has no checksum for is never seen, as a real link has one of its
/// own. False where that cannot be done.
template <net_device Device, fault_rule Rule>
bool faults<Device, Rule>::corrupt(packet& frame) noexcept {
    std::size_t first = 0;
    if (Device::link == link_type::ethernet) {
        first = 14;
        if (frame.size() < first) return false;
        const auto type = load_be<std::uint16_t>(frame.bytes(), 12);
        if (type != 0x0800 && type != 0x86dd) return false;
    }
    if (frame.gso_size != 0 || frame.size() <= first || !frame.unshare()) return false;
    if (frame.checksum == checksum_state::partial) {
        const mutable_bytes summed = frame.bytes().subspan(frame.checksum_start());
        store_be(summed, frame.checksum_offset(), checksum::finish(checksum::sum(summed)));
    }
    frame.checksum = checksum_state::none;
    const std::size_t bit = bits_.below((frame.size() - first) * 8);
    frame.data()[first + bit / 8] ^= std::byte{1} << (bit % 8);
    return true;
}

/// Hands to the device what waits for it. False where some still waits.
template <net_device Device, fault_rule Rule>
bool faults<Device, Rule>::flush() noexcept {
    while (!outgoing_.empty()) {
        packet_buffer batch[batch_size];
        std::size_t count = 0;
        while (count < batch_size && !outgoing_.empty()) batch[count++] = outgoing_.pop_front();
        const std::size_t taken = device_.transmit(span{batch}.first(count));
        for (std::size_t i = count; i > taken; --i) outgoing_.push_front(std::move(batch[i - 1]));
        if (taken < count) return false;
    }
    return true;
}

/// The timer fired: frames are due.
template <net_device Device, fault_rule Rule>
void faults<Device, Rule>::arrive() noexcept {
    going_.arrive(now(), outgoing_);
    if (!outgoing_.empty() && !flush() && !below_writable_.linked()) static_cast<void>(device_.wait(below_writable_));
    coming_.arrive(now(), incoming_);
    if (!incoming_.empty()) wake(events::readable);
    arm();
}

template <net_device Device, fault_rule Rule>
void faults<Device, Rule>::arm() noexcept {
    if (going_.empty() && coming_.empty()) return;
    const time_point next = going_.next() < coming_.next() ? going_.next() : coming_.next();
    if (!timer_.armed() || timer_.deadline > next) wheel_->arm(timer_, next);
}

}  // namespace weld::inline v0::device
