// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/device/scrub.hpp>
#include <weld/socket/device.hpp>

#include <utility>

namespace weld::inline v0::device {

/// What the two ends of a wire in memory are made with.
struct memory_options {
    std::size_t mtu = 1500;          ///< of what the link carries, without its header
    device_features features{};      ///< none: a plain wire. With gso_size_max super-segments cross it whole
    std::size_t queue_limit = 1024;  ///< frames that lie in one direction; then transmit() takes no more
    packet_pool_options pool{};      ///< the memory of both nets' packets
};

namespace detail {
/// One end of the link: what has arrived there, and who waits there.
struct memory_end {
    enum class state : std::uint8_t { fresh, taken, gone };

    memory_end* peer = nullptr;
    packet_pool* pool = nullptr;
    const memory_options* options = nullptr;
    run_queue* ready = nullptr;  // of the net that is attached here
    state is = state::fresh;
    const bool* unplugged = nullptr;  // the whole link is
    packet_queue arrived;
    wait_queue waiters;

    void wake(events what) noexcept {
        if (!waiters.empty()) waiters.wake(what, *ready);
    }
};
}  // namespace detail

template <link_type Link>
class memory_link;

/// A network device of which the other end is in the same process: frames move by pointer. A handle; the link it
/// comes from outlives it, and the net that holds it. In the kernel: veth.
/// The carrier is lost once the net at the other end has gone (not before there was one), until that end is taken
/// again; and while the link is unplugged.
template <link_type Link = link_type::ethernet>
class memory {
    using end = detail::memory_end;

public:
    static constexpr link_type link = Link;

    memory(memory&& other) noexcept : end_{std::exchange(other.end_, nullptr)} {}
    memory& operator=(memory&& other) noexcept {
        std::swap(end_, other.end_);
        return *this;
    }
    /// Unplugs: what has arrived is lost, and the peer is told.
    ~memory() {
        if (end_ == nullptr) return;
        end_->is = end::state::gone;
        end_->arrived.clear();
        end_->ready = nullptr;
        end_->peer->wake(events::always);
    }

    std::size_t mtu() const noexcept { return end_->options->mtu; }
    device_features features() const noexcept { return end_->options->features; }
    errc error() const noexcept { return end_->peer->is == end::state::gone || *end_->unplugged ? carrier_lost : errc{}; }
    /// Both nets' packets come from here: they change hands.
    packet_pool& lent_pool() const noexcept { return *end_->pool; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        end_->ready = &source.runnable();
        return {};
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        end& to = *end_->peer;
        if (error() != errc{}) [[unlikely]] return 0;
        const std::size_t room = end_->options->queue_limit - to.arrived.size();
        const std::size_t count = frames.size() < room ? frames.size() : room;
        for (packet_buffer& frame : frames.first(count)) {
            detail::scrub(*frame, end_->options->features);
            to.arrived.push_back(std::move(frame));
        }
        if (count != 0) to.wake(events::readable);
        return count;
    }
    /// The same from a queue's front, which saves to hand them over one by one.
    std::size_t transmit(packet_queue& frames) noexcept {
        end& to = *end_->peer;
        const std::size_t count = frames.size();
        if (to.is == end::state::gone) [[unlikely]] return 0;
        if (count > end_->options->queue_limit - to.arrived.size()) return some_of(frames);
        for (packet& frame : frames) detail::scrub(frame, end_->options->features);
        to.arrived.splice_back(frames);
        if (count != 0) to.wake(events::readable);
        return count;
    }
    std::size_t receive(packet_pool&, span<packet_buffer> frames) noexcept {
        const std::size_t count = end_->arrived.pop_front(frames);
        if (end_->arrived.size() <= end_->options->queue_limit / 2) end_->peer->wake(events::writable);
        return count;
    }
    result<> wait(wait_entry& entry) noexcept {
        WELD_ASSERT(end_->ready != nullptr);
        const bool readable = entry.wants(events::readable) && !end_->arrived.empty();
        const bool writable = entry.wants(events::writable) && error() == errc{} && end_->peer->arrived.size() < end_->options->queue_limit;
        if (readable || writable) end_->ready->push(entry);
        else end_->waiters.add(entry);
        return {};
    }

private:
    friend class memory_link<Link>;
    explicit memory(end& taken) noexcept : end_{&taken} {}
    std::size_t some_of(packet_queue& frames) noexcept {
        std::size_t count = 0;
        for (packet_buffer one; !frames.empty(); ++count) {
            one = frames.pop_front();
            if (transmit(span{&one, 1}) == 1) continue;
            frames.push_front(std::move(one));
            break;
        }
        return count;
    }

    end* end_;
};

/// A wire between two nets of one thread, in memory. It owns the packets of both and outlives them. No system call,
/// no clock: it does the same over epoll and in a simulation. Nets that share one event source wake each other:
///
///     weld::device::memory_link wire;
///     weld::io::epoll loop;
///     weld::net a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, ..., weld::shared{loop}};
///     weld::net b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, ..., weld::shared{loop}};
///
/// With an event source each, whoever steps them steps both.
template <link_type Link = link_type::ethernet>
class memory_link {
    using end = detail::memory_end;

public:
    explicit memory_link(memory_options options = {}) noexcept : options_{options}, pool_{options.pool} {
        for (end& side : ends_) {
            side.peer = &side == &ends_[0] ? &ends_[1] : &ends_[0];
            side.pool = &pool_;
            side.options = &options_;
            side.unplugged = &unplugged_;
        }
    }
    memory_link(const memory_link&) = delete;
    memory_link& operator=(const memory_link&) = delete;

    /// The ends. Pre: nobody holds this end; it may be taken again when its net has gone.
    memory<Link> left() noexcept { return take(ends_[0]); }
    memory<Link> right() noexcept { return take(ends_[1]); }

    packet_pool& packets() noexcept { return pool_; }
    /// Pulls the cable out, or puts it in again: both ends lose their carrier, or have it back. What has arrived stays.
    void set_carrier(bool there) noexcept {
        unplugged_ = !there;
        for (end& side : ends_) side.wake(events::always);
    }

private:
    static memory<Link> take(end& side) noexcept {
        WELD_ASSERT(side.is != end::state::taken);
        side.is = end::state::taken;
        side.peer->wake(events::always);
        return memory<Link>{side};
    }

    memory_options options_;
    packet_pool pool_;
    bool unplugged_ = false;
    end ends_[2];
};
memory_link(memory_options) -> memory_link<link_type::ethernet>;

static_assert(net_device<memory<>> && net_device<memory<link_type::bare_ip>>);

}  // namespace weld::inline v0::device
