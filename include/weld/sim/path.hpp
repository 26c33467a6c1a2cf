// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/random.hpp>
#include <weld/sim/link_options.hpp>

namespace weld::inline v0::sim {

namespace detail {
/// True in a share of the cases, from 0 to 1; nothing is drawn where the answer is certain.
constexpr bool happens(random_generator& chance, double share) noexcept {
    if (share <= 0) return false;
    return static_cast<double>(chance.next() >> 11) * 0x1p-53 < share;
}
constexpr duration up_to(random_generator& chance, duration most) noexcept {
    if (most <= duration{}) return {};
    return duration::nanoseconds(static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(most.nanoseconds()) + 1)));
}
}  // namespace detail

/// A wire of limited bandwidth with a queue before it. It needs no event of its own: when the wire will be free again
/// tells how much is waiting.
class pipe {
public:
    /// When the last bit of so many bytes has left, or never: the queue is full.
    constexpr time_point send(time_point now, std::size_t bytes, std::uint64_t bandwidth, std::size_t queue_limit) noexcept {
        if (bandwidth == 0) return now;
        if (free_ < now) free_ = now;
        if (waiting(now, bandwidth) + bytes > queue_limit) return time_point::never();
        free_ = free_ + duration::nanoseconds(static_cast<std::int64_t>(static_cast<wide>(bytes) * 8'000'000'000 / bandwidth));
        return free_;
    }
    /// Bytes that have not left yet.
    constexpr std::size_t waiting(time_point now, std::uint64_t bandwidth) const noexcept {
        if (free_ <= now) return 0;
        return static_cast<std::size_t>(static_cast<wide>((free_ - now).nanoseconds()) * bandwidth / 8'000'000'000);
    }

private:
    __extension__ typedef unsigned __int128 wide;
    time_point free_{};
};

/// What becomes of a packet on its way.
struct passage {
    /// What becomes of a packet.
    enum class fate : std::uint8_t { passes, lost, queue_full } is = fate::passes;
    bool corrupted = false, duplicated = false;
    time_point arrives{}, arrives_again{};
};

/// One direction between two ports: its conditions, what is queued, and its own chance, so that what one path draws
/// changes nothing on another.
class alignas(64) path {
public:
    path(const link_options& conditions, std::uint64_t seed) noexcept : options{conditions}, chance_{seed} {}

    constexpr passage send(time_point now, std::size_t bytes) noexcept {
        passage how;
        const time_point left = pipe_.send(now, bytes, options.bandwidth, options.queue_limit);
        if (left == time_point::never()) how.is = passage::fate::queue_full;
        else if (detail::happens(chance_, options.loss)) how.is = passage::fate::lost;
        if (how.is != passage::fate::passes) return how;
        how.corrupted = detail::happens(chance_, options.corrupt);
        how.arrives = arrival(left);
        how.duplicated = detail::happens(chance_, options.duplicate);
        if (how.duplicated) how.arrives_again = arrival(left);
        return how;
    }
    /// For what the packets' content needs: which bit turns.
    constexpr random_generator& chance() noexcept { return chance_; }

    link_options options;
    std::uint64_t packets = 0;  // handed to it

private:
    constexpr time_point arrival(time_point left) noexcept {
        const time_point due = left + options.delay + detail::up_to(chance_, options.jitter);
        if (detail::happens(chance_, options.reorder)) return due + options.reorder_by;
        if (last_ < due) last_ = due;
        return last_;
    }

    pipe pipe_;
    time_point last_{};  // nobody overtakes who was not told to
    random_generator chance_;
};

}  // namespace weld::inline v0::sim
