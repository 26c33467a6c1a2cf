// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/span.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// Of an address nothing more is known: it is ours.
struct no_address_state {};

/// Our own addresses, each with its network, its interface, and what else is known of it.
/// In the kernel: struct in_ifaddr, inet6_ifaddr.
template <class Ip, class State = no_address_state, std::size_t Max = 32>
class address_table {
public:
    /// One address of one interface.
    struct entry {
        typename Ip::prefix prefix{};
        std::uint32_t interface = 0;
        [[no_unique_address]] State state{};
        /// Without the prefix's length.
        constexpr typename Ip::address address() const noexcept { return prefix.address(); }
    };

    /// Errors: file_exists, no_buffer_space (the table is full).
    constexpr result<> add(const typename Ip::prefix& prefix, std::uint32_t interface, const State& state = {}) noexcept {
        for (const entry& at : entries())
            if (at.prefix == prefix && at.interface == interface) return errc::file_exists;
        if (size_ == Max) return errc::no_buffer_space;
        entries_[size_++] = {prefix, interface, state};
        return {};
    }
    /// Removes what `gone(entry)` says; answers how many.
    template <class Gone>
    constexpr std::size_t remove_if(Gone&& gone) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i)
            if (!gone(entries_[i])) entries_[kept++] = entries_[i];
        const std::size_t before = size_;
        size_ = kept;
        return before - kept;
    }

    /// Null where the address is not ours.
    constexpr const entry* find(const typename Ip::address& address) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].prefix.address() == address) return &entries_[i];
        return nullptr;
    }
    /// What to send from by an interface: an address of the network that the next hop is in, else the first.
    /// Source: RFC 1122 section 3.3.4.3; inet_select_addr, net/ipv4/devinet.c.
    constexpr typename Ip::address select(std::uint32_t interface, const typename Ip::address& next_hop) const noexcept {
        const entry* first = nullptr;
        for (const entry& at : entries()) {
            if (at.interface != interface) continue;
            if (at.prefix.contains(next_hop)) return at.prefix.address();
            if (first == nullptr) first = &at;
        }
        return first != nullptr ? first->prefix.address() : typename Ip::address{};
    }
    constexpr span<const entry> entries() const noexcept { return span{entries_}.first(size_); }
    constexpr span<entry> entries() noexcept { return span{entries_}.first(size_); }

private:
    std::size_t size_ = 0;  // beside the first entries, which are all that most hosts have
    std::array<entry, Max> entries_{};
};

}  // namespace weld::inline v0::stack
