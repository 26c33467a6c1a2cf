// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/route_table.hpp>

#include <array>

namespace weld::inline v0::stack {

/// The lines of a routing table that routers have told of, each until some moment: default routers, prefixes on the link,
/// better ways to one destination. In the kernel: RTF_EXPIRES. Source: RFC 4861 section 5.1.
class learnt_routes {
public:
    static constexpr std::size_t routes_max = 32;  // then no more are believed

    /// Keeps a line, or renews the one of the same prefix, gateway and interface. Answers whether the table has changed.
    /// What somebody has put into the table by hand stays as it is.
    template <class Table>
    bool learn(Table& table, const route_entry<ip6>& line, time_point until) noexcept {
        for (std::size_t i = 0; i < size_; ++i) {
            learnt& known = routes_[i];
            if (!same(known.line, line)) continue;
            known.until = until;
            if (known.line.metric == line.metric) return false;
            static_cast<void>(table.remove(known.line));
            known.line = line;
            static_cast<void>(table.add(line));
            return true;
        }
        if (size_ == routes_max || !table.add(line)) return false;
        routes_[size_++] = {line, until};
        return true;
    }
    /// Forgets those of which `gone(line, until)` is true; answers how many.
    template <class Table, class Gone>
    std::size_t forget_if(Table& table, Gone&& gone) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            if (gone(routes_[i].line, routes_[i].until)) static_cast<void>(table.remove(routes_[i].line));
            else routes_[kept++] = routes_[i];
        }
        const std::size_t before = size_;
        size_ = kept;
        return before - kept;
    }
    template <class Visitor>
    void for_each(Visitor&& visitor) const {
        for (std::size_t i = 0; i < size_; ++i) visitor(routes_[i].line, routes_[i].until);
    }
    /// When the first of them expires.
    time_point next() const noexcept {
        time_point first = time_point::never();
        for_each([&](const auto&, time_point until) { first = until < first ? until : first; });
        return first;
    }

private:
    struct learnt {
        route_entry<ip6> line{};
        time_point until{};
    };
    static bool same(const route_entry<ip6>& a, const route_entry<ip6>& b) noexcept {
        return a.to.network() == b.to.network() && a.gateway == b.gateway && a.interface == b.interface;
    }
    std::array<learnt, routes_max> routes_{};
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0::stack
