// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/prefix6.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// One option of a message of neighbour discovery. In the kernel: struct nd_opt_hdr. Source: RFC 4861 section 4.6.
struct discovery_option {
    static constexpr std::uint8_t source_link_address = 1, target_link_address = 2, prefix_information = 3, redirected_header = 4, mtu = 5;

    std::uint8_t type = 0;
    const_bytes bytes{};  ///< with type and length

    /// The station of a link address. Pre: type says that it is one, bytes.size() == 8.
    constexpr mac_address station() const noexcept { return load_address<mac_address>(bytes.data() + 2); }
};

/// The options behind such a message, in order: `while (options.next(option))`.
class discovery_options {
public:
    constexpr explicit discovery_options(const_bytes list) noexcept : left_{list} {}

    constexpr bool next(discovery_option& option) noexcept {
        if (left_.size() < 8) return false;
        const std::size_t size = static_cast<std::size_t>(left_[1]) * 8;
        if (size == 0 || size > left_.size()) return false;
        option = {static_cast<std::uint8_t>(left_[0]), left_.first(size)};
        left_ = left_.subspan(size);
        return true;
    }
    /// Whether the list has come to its end, and did not break off.
    constexpr bool ended() const noexcept { return left_.empty(); }
    /// Whether a list holds together: a message with one that does not is dropped whole. Source: RFC 4861 section 4.6.
    static constexpr bool valid(const_bytes list) noexcept {
        discovery_options options{list};
        discovery_option option;
        while (options.next(option)) {}
        return options.ended();
    }
    /// The station that an option of one type tells; false where there is none.
    static constexpr bool find_station(const_bytes list, std::uint8_t type, mac_address& station) noexcept {
        discovery_options options{list};
        discovery_option option;
        while (options.next(option))
            if (option.type == type && option.bytes.size() == 8) return station = option.station(), true;
        return false;
    }

private:
    const_bytes left_;
};

/// What a host asks routers with. Source: RFC 4861 section 4.1.
struct router_solicitation {
    static constexpr std::size_t size = 8, size_max = 16;

    bool has_link_address = false;  ///< absent where the source address is ::
    mac_address link_address{};

    /// Writes the whole message with its checksum; answers its size. Pre: to.size() >= size_max.
    constexpr std::size_t encode(mutable_bytes to, const address6& source, const address6& destination) const noexcept {
        WELD_ASSERT(to.size() >= size_max);
        const std::size_t length = has_link_address ? size_max : size;
        if (has_link_address) {
            store_be<std::uint16_t>(to, 8, discovery_option::source_link_address << 8 | 1);
            store_address(to.data() + 10, link_address);
        }
        icmp6_header{icmp6_type::router_solicitation, 0, 0, 0}.encode(to.first(length), source, destination);
        return length;
    }
};

/// What a router tells of itself. In the kernel: struct ra_msg. Source: RFC 4861 section 4.2; RFC 4191 section 2.2.
class router_advertisement_view : public view {
public:
    static constexpr std::size_t size_min = 16;
    /// Errors: bad_message (another type or code, too short, options that do not hold together).
    static constexpr result<router_advertisement_view> parse(const_bytes message) noexcept {
        if (message.size() < size_min || message[0] != std::byte{icmp6_type::router_advertisement} || message[1] != std::byte{}) return errc::bad_message;
        if (!discovery_options::valid(message.subspan(size_min))) return errc::bad_message;
        return router_advertisement_view{message};
    }

    /// What to send with; 0: it does not say.
    constexpr std::uint8_t hop_limit() const noexcept { return u8(4); }
    /// Of a default router: 1 rather, -1 rather not.
    constexpr int preference() const noexcept { return (u8(5) >> 3 & 3) == 1 ? 1 : (u8(5) >> 3 & 3) == 3 ? -1 : 0; }
    /// As a default router; zero: it is none.
    constexpr duration lifetime() const noexcept { return duration::seconds(u16(6)); }
    /// Zero: it does not say.
    constexpr duration reachable_time() const noexcept { return duration::milliseconds(u32(8)); }
    constexpr duration retransmit_time() const noexcept { return duration::milliseconds(u32(12)); }
    constexpr const_bytes options() const noexcept { return from(size_min); }

    router_advertisement_view() = default;

private:
    using view::view;
};

/// A prefix that a router tells of. In the kernel: struct prefix_info. Source: RFC 4861 section 4.6.2.
struct prefix_information {
    static constexpr std::size_t size = 32;

    prefix6 prefix{};
    bool on_link = false;        ///< its addresses are neighbours
    bool autonomous = false;     ///< hosts may make addresses of it
    duration valid{}, preferred{};  ///< infinite() for 0xffffffff

    /// Errors: bad_message (of another size, a length of more than 128).
    static constexpr result<prefix_information> decode(const_bytes option) noexcept {
        if (option.size() != size || static_cast<unsigned>(option[2]) > 128) return errc::bad_message;
        const auto flags = static_cast<unsigned>(option[3]);
        return prefix_information{{load_address<address6>(option.data() + 16), static_cast<unsigned>(option[2])}, (flags & 0x80) != 0, (flags & 0x40) != 0,
                                  seconds(load_be<std::uint32_t>(option, 4)), seconds(load_be<std::uint32_t>(option, 8))};
    }

private:
    static constexpr duration seconds(std::uint32_t n) noexcept { return n == 0xffffffff ? duration::infinite() : duration::seconds(n); }
};

/// A router tells that there is a better way to a destination. In the kernel: struct rd_msg. Source: RFC 4861 section 4.5.
class redirect_view : public view {
public:
    static constexpr std::size_t size_min = 40;
    /// Errors: bad_message (another type or code, too short, options that do not hold together).
    static constexpr result<redirect_view> parse(const_bytes message) noexcept {
        if (message.size() < size_min || message[0] != std::byte{icmp6_type::redirect} || message[1] != std::byte{}) return errc::bad_message;
        if (!discovery_options::valid(message.subspan(size_min))) return errc::bad_message;
        return redirect_view{message};
    }
    /// Where to send from now on: a router, or the destination itself where that is a neighbour.
    constexpr address6 target() const noexcept { return address<address6>(8); }
    constexpr address6 destination() const noexcept { return address<address6>(24); }
    constexpr const_bytes options() const noexcept { return from(size_min); }

    redirect_view() = default;

private:
    using view::view;
};

}  // namespace weld::inline v0::wire
