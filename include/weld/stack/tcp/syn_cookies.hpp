// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/result.hpp>
#include <weld/core/siphash.hpp>
#include <weld/stack/tcp/connection.hpp>
#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/tcp/tcp_agreement.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// A SYN that finds the syn_queue full is answered and forgotten: what would be remembered is in the sequence number that
/// the peer has to return. Nobody without the key can make one. It tells the minute, the MSS as one of four, and with
/// timestamps, in the lowest bits of ours, window scale, SACK and ECN. In the kernel: net/ipv4/syncookies.c.
/// Source: RFC 4987 section 3.6; Bernstein, SYN cookies.
class syn_cookies {
public:
    template <class Generator>
    void start(Generator& chance) noexcept {
        for (siphash_key* key : {&key_, &minute_key_}) *key = siphash_key::from(chance);
    }

    /// The number for a SYN-ACK, above the peer's as the last one was. The peer's MSS is cut to what a cookie can tell.
    template <class Ip>
    seq32 make(const four_tuple<Ip>& tuple, seq32 irs, std::uint16_t& mss, time_point now) noexcept {
        last_used_ = now;
        std::uint32_t which = 3;
        while (which > 0 && sizes<Ip>[which] > mss) --which;
        mss = sizes<Ip>[which];
        const std::uint32_t minute = minute_of(now);
        return seq32{static_cast<std::uint32_t>(tuple.hash(key_)) + irs.value() + (minute << bits) + ((secret(tuple, irs, minute) + which) & mask)};
    }
    /// The peer's MSS, of an ACK's number less one. Errors: bad_message (none of ours, older than two minutes).
    template <class Ip>
    result<std::uint16_t> check(const four_tuple<Ip>& tuple, seq32 irs, seq32 cookie, time_point now) const noexcept {
        const std::uint32_t rest = cookie.value() - static_cast<std::uint32_t>(tuple.hash(key_)) - irs.value();
        const std::uint32_t age = (minute_of(now) - (rest >> bits)) & 0xff;
        if (!expected(now) || age > age_max) return errc::bad_message;
        const std::uint32_t which = ((rest & mask) - secret(tuple, irs, minute_of(now) - age)) & mask;
        if (which > 3) return errc::bad_message;
        return sizes<Ip>[which];
    }
    /// Whether one was made lately: without that an ACK for a listener is not even looked at.
    bool expected(time_point now) const noexcept { return last_used_ != time_point{} && now - last_used_ <= duration::seconds(60 * (age_max + 1)); }

    /// Our timestamp, moved back by less than 128 ms to tell what was agreed on.
    static std::uint32_t stamp(const tcp_agreement& agreed, std::uint32_t clock) noexcept {
        const std::uint32_t told = (agreed.scaled ? agreed.snd_wscale : no_scale) | (agreed.selective ? selective : 0u) | (agreed.ecn ? congestion : 0u);
        const std::uint32_t moved = (clock & ~stamp_mask) | told;
        return static_cast<std::int32_t>(moved - clock) > 0 ? moved - (stamp_mask + 1) : moved;
    }
    static bool recalls_ecn(const wire::tcp_options& theirs) noexcept { return theirs.has_timestamps && (theirs.tsecr & congestion) != 0; }
    /// What the SYN had offered, by the timestamp that came back; nothing where none did.
    static wire::tcp_options recall(const wire::tcp_options& theirs, std::uint16_t mss) noexcept {
        wire::tcp_options offered;
        offered.mss = mss;
        offered.has_timestamps = theirs.has_timestamps;
        offered.tsval = theirs.tsval;
        if (!theirs.has_timestamps) return offered;
        offered.has_window_scale = (theirs.tsecr & no_scale) != no_scale;
        offered.window_scale = offered.has_window_scale ? static_cast<std::uint8_t>(theirs.tsecr & no_scale) : std::uint8_t{0};
        offered.sack_permitted = (theirs.tsecr & selective) != 0;
        return offered;
    }

private:
    struct segment_sizes {
        std::uint16_t of[4];
        constexpr std::uint16_t operator[](std::uint32_t which) const noexcept { return of[which]; }
    };
    template <class Ip>  // those that are met most, of either version of IP
    static constexpr segment_sizes sizes = Ip::header_size == 20 ? segment_sizes{{536, 1300, 1440, 1460}} : segment_sizes{{1220, 1420, 1440, 8940}};
    static constexpr std::uint32_t bits = 24, mask = (1u << bits) - 1, age_max = 2;
    static constexpr std::uint32_t no_scale = 0xf, selective = 0x10, congestion = 0x20, stamp_mask = 0x3f;

    static std::uint32_t minute_of(time_point now) noexcept { return static_cast<std::uint32_t>(now.since_start().milliseconds() / 60'000); }
    template <class Ip>
    std::uint32_t secret(const four_tuple<Ip>& tuple, seq32 irs, std::uint32_t minute) const noexcept {
        return static_cast<std::uint32_t>(siphash24(minute_key_, tuple.hash(minute_key_), std::uint64_t{irs.value()} << 32 | minute));
    }
    siphash_key key_{}, minute_key_{};
    time_point last_used_{};
};

}  // namespace weld::inline v0::stack
