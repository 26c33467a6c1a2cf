// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/net.hpp>

#include <cstddef>
#include <type_traits>

namespace weld::inline v0 {

/// One line of a net's protosw tables, as numbers. In the kernel: struct inet_protosw, in the list of its type.
struct protosw_line {
    int family, type, number;  // a negative number: given with the call
};

namespace detail {

/// The lines of all parts in the order in which they are listed.
template <auto... Protocols>
struct protocol_list {
    static constexpr std::size_t size = sizeof...(Protocols);
    static constexpr protosw_line lines[size + 1] = {  // one more than there are, since there may be none
        protosw_line{decltype(Protocols)::family, decltype(Protocols)::type, decltype(Protocols)::number}...};

    /// Calls `visitor.template operator()<Protocol>()` for the protocol of line `at`: a switch that the compiler writes,
    /// each of its cases a direct call. In the kernel it is a call through sock->ops. Pre: at < size.
    template <class Answer, class Visitor>
    [[gnu::always_inline]] static Answer with(unsigned at, Visitor& visitor) {
        return choose<Answer, Visitor, Protocols...>(at, visitor);
    }

private:
    template <class Answer, class Visitor, auto First, auto... Rest>
    [[gnu::always_inline]] static Answer choose(unsigned at, Visitor& visitor) {
        if constexpr (sizeof...(Rest) > 0)
            if (at != 0) return choose<Answer, Visitor, Rest...>(at - 1, visitor);
        return visitor.template operator()<First>();
    }
};

template <class... Lists>
struct joined_protocols;
template <auto... First>
struct joined_protocols<protocol_list<First...>> { using type = protocol_list<First...>; };
template <auto... First, auto... Second, class... Rest>
struct joined_protocols<protocol_list<First...>, protocol_list<Second...>, Rest...>
    : joined_protocols<protocol_list<First..., Second...>, Rest...> {};

template <class Table>
struct protocols_of_table;
template <class... Entries>
struct protocols_of_table<protosw_table<Entries...>> {
    using type = protocol_list<std::remove_const_t<decltype(Entries::protocol)>{}...>;
};
template <class Part>
struct protocols_of_part { using type = protocol_list<>; };
template <class Part>
    requires requires { typename Part::protosw; }
struct protocols_of_part<Part> : protocols_of_table<typename Part::protosw> {};

template <class Net>
struct protocols_of_net;
template <class... Parts>
struct protocols_of_net<net<Parts...>> : joined_protocols<typename protocols_of_part<Parts>::type...> {};

}  // namespace detail

/// Every protocol that a net serves. In the kernel: net_families[] and the tables behind it.
template <class Net>
using served_protocols = typename detail::protocols_of_net<Net>::type;

}  // namespace weld::inline v0
