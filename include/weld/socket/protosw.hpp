// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <type_traits>

namespace weld::inline v0 {

/// One line of a protosw table: sockets of `Protocol` are served by `Ops`. In the kernel: struct inet_protosw.
template <auto Protocol, class Ops>
struct entry {
    static constexpr auto protocol = Protocol;
    using ops = Ops;
};

namespace detail {
template <auto Protocol, class Entry>
inline constexpr bool serves = std::is_same_v<std::remove_const_t<decltype(Protocol)>, std::remove_const_t<decltype(Entry::protocol)>>;

struct no_ops {};
template <auto Protocol, class...>
struct find_ops { using type = no_ops; };
template <auto Protocol, class First, class... Rest>
struct find_ops<Protocol, First, Rest...> : find_ops<Protocol, Rest...> {};
template <auto Protocol, class First, class... Rest>
    requires serves<Protocol, First>
struct find_ops<Protocol, First, Rest...> { using type = typename First::ops; };
}  // namespace detail

/// What a family, or a protocol of the own stack, serves. In the kernel: inetsw_array.
template <class... Entries>
struct protosw_table {
    /// Calls `visitor(entry)` for each line until one answers true; true if one did.
    template <class Visitor>
    static constexpr bool visit(Visitor&& visitor) {
        return (visitor(Entries{}) || ...);
    }
    template <auto Protocol>
    static constexpr bool has = (detail::serves<Protocol, Entries> || ...);
    template <auto Protocol>
    using ops = typename detail::find_ops<Protocol, Entries...>::type;
};

}  // namespace weld::inline v0
