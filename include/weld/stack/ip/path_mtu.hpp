// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <array>
#include <cstddef>

namespace weld::inline v0::stack {

/// How much is remembered of path MTUs, and how long.
struct path_mtu_options {
    duration expires = duration::seconds(600);  ///< then the path may have become better (net.ipv4.route.mtu_expires)
    std::size_t mtu_min = 552;                  ///< reports of less are believed no further (net.ipv4.route.min_pmtu)
};

/// What destinations were reported to take that take less than their interface: a few, the oldest go.
/// In the kernel: fib_nh_exception. Source: RFC 1191 section 6.
template <class Ip, std::size_t Max = 128>
class path_mtu_cache {
public:
    explicit path_mtu_cache(path_mtu_options options = {}) noexcept : options_{options} {}

    /// What is known of one destination.
    struct answer {
        std::size_t mtu;
        bool locked;  // it takes even less than that
    };

    /// Keeps a report; answers whether it says something new. `now_known` is what was known so far.
    bool add(const typename Ip::address& destination, std::size_t mtu, std::size_t now_known, time_point now) noexcept {
        const bool locked = mtu < options_.mtu_min;
        if (locked) mtu = options_.mtu_min < now_known ? options_.mtu_min : now_known;
        if (mtu > now_known || (mtu == now_known && !locked)) return false;
        entry& place = place_for(destination, now);
        place = {destination, mtu, locked, now + options_.expires};
        return true;
    }
    answer find(const typename Ip::address& destination, std::size_t otherwise, time_point now) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].destination == destination && entries_[i].expires > now)
                return {entries_[i].mtu < otherwise ? entries_[i].mtu : otherwise, entries_[i].locked};
        return {otherwise, false};
    }
    /// When the next entry expires: kept routes are to be asked for again then.
    time_point next() const noexcept {
        time_point first = time_point::never();
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].expires < first) first = entries_[i].expires;
        return first;
    }
    void expire(time_point now) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].expires > now) entries_[kept++] = entries_[i];
        size_ = kept;
    }
    std::size_t size() const noexcept { return size_; }

private:
    struct entry {
        typename Ip::address destination{};
        std::size_t mtu = 0;
        bool locked = false;
        time_point expires{};
    };
    entry& place_for(const typename Ip::address& destination, time_point now) noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].destination == destination) return entries_[i];
        if (size_ == Max) expire(now);
        if (size_ < Max) return entries_[size_++];
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < Max; ++i)
            if (entries_[i].expires < entries_[oldest].expires) oldest = i;
        return entries_[oldest];
    }
    path_mtu_options options_;
    std::size_t size_ = 0;
    std::array<entry, Max> entries_{};
};

}  // namespace weld::inline v0::stack
