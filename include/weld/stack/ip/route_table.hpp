// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/stack/ip/ip4.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// One line of the routing table. In the kernel: struct fib_info.
template <class Ip>
struct route_entry {
    typename Ip::prefix to{};            // where to
    typename Ip::address gateway{};      // any(): on the link itself
    std::uint32_t interface = 0;
    std::uint32_t metric = 0;            // of equal prefixes the smallest counts
    typename Ip::address source{};       // what to send from; any(): an address of the interface
    bool rests = false;                  // its interface has no carrier: RTNH_F_DEAD
};

/// Where packets go: of the entries that contain the destination the longest prefix wins, then the smallest metric.
/// It is small and sorted, so that the first hit is the answer. In the kernel: struct fib_table.
/// Source: RFC 1122 section 3.3.1, RFC 1812 section 5.2.4.3.
template <class Ip, std::size_t Max = 64>
class route_table {
public:
    /// One line of it.
    using entry = route_entry<Ip>;

    /// Errors: file_exists (the same prefix, metric, interface and gateway), no_buffer_space (the table is full).
    constexpr result<> add(const entry& fresh) noexcept {
        std::size_t at = 0;
        for (; at < size_ && !before(fresh, entries_[at]); ++at)
            if (same(fresh, entries_[at])) return errc::file_exists;
        if (size_ == Max) return errc::no_buffer_space;
        for (std::size_t i = size_++; i > at; --i) entries_[i] = entries_[i - 1];
        entries_[at] = fresh;
        entries_[at].to = fresh.to.network();
        return {};
    }
    /// Errors: no_such_device_or_address.
    constexpr result<> remove(const entry& gone) noexcept {
        return remove_if([&](const entry& at) { return same(gone, at); }) ? result<>{} : errc::no_such_device_or_address;
    }
    /// Removes what goes by an interface; answers how many.
    constexpr std::size_t remove_interface(std::uint32_t interface) noexcept {
        return remove_if([&](const entry& at) { return at.interface == interface; });
    }
    /// What goes by an interface rests while it has no carrier, and is found by nobody.
    constexpr void rest(std::uint32_t interface, bool rests) noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].interface == interface) entries_[i].rests = rests;
    }
    template <class Gone>
    constexpr std::size_t remove_if(Gone&& gone) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i)
            if (!gone(entries_[i])) entries_[kept++] = entries_[i];
        const std::size_t before = size_;
        size_ = kept;
        return before - kept;
    }

    /// The way to `destination`, by `interface` where that is not 0; null where there is none.
    constexpr const entry* find(const typename Ip::address& destination, std::uint32_t interface = 0) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].to.contains(destination) && (interface == 0 || entries_[i].interface == interface) && !entries_[i].rests) return &entries_[i];
        return nullptr;
    }
    constexpr span<const entry> entries() const noexcept { return span{entries_}.first(size_); }

private:
    static constexpr bool before(const entry& a, const entry& b) noexcept {
        return a.to.length() != b.to.length() ? a.to.length() > b.to.length() : a.metric < b.metric;
    }
    static constexpr bool same(const entry& a, const entry& b) noexcept {
        return a.to.network() == b.to.network() && a.metric == b.metric && a.interface == b.interface && a.gateway == b.gateway;
    }
    std::size_t size_ = 0;  // beside the first entries, which are all that most hosts have
    std::array<entry, Max> entries_{};
};

}  // namespace weld::inline v0::stack
