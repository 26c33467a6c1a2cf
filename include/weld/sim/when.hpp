// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/sighting.hpp>

#include <map>
#include <string>
#include <tuple>
#include <utility>

/// Which packets a rule is for: `when::from("db1") && when::tcp && when::has_data && when::nth(3)`. Any function of a
/// sighting will do; those here can be joined by &&, || and !. They are asked from left to right and only as far as
/// needed, so `nth` counts what those before it let through.
namespace weld::inline v0::sim::when {

/// A question about a packet: when::tcp && when::from("client").
template <class Test>
struct predicate {
    bool operator()(const sighting& packet) { return test(packet); }
    Test test;
};
template <class Test>
predicate(Test) -> predicate<Test>;

/// Both, either, or not.
template <class A, class B>
auto operator&&(predicate<A> a, predicate<B> b) {
    return predicate{[a = std::move(a), b = std::move(b)](const sighting& packet) mutable { return a(packet) && b(packet); }};
}
template <class A, class B>
auto operator||(predicate<A> a, predicate<B> b) {
    return predicate{[a = std::move(a), b = std::move(b)](const sighting& packet) mutable { return a(packet) || b(packet); }};
}
template <class A>
auto operator!(predicate<A> a) {
    return predicate{[a = std::move(a)](const sighting& packet) mutable { return !a(packet); }};
}

/// Every packet.
inline constexpr predicate any{[](const sighting&) { return true; }};

/// Directions, by the hosts' names.
inline auto from(text host) {
    return predicate{[name = std::string{host.data(), host.size()}](const sighting& packet) { return packet.from == text{name}; }};
}
inline auto to(text host) {
    return predicate{[name = std::string{host.data(), host.size()}](const sighting& packet) { return packet.to == text{name}; }};
}
inline auto between(text one, text other) { return (from(one) && to(other)) || (from(other) && to(one)); }

/// What it carries.
inline auto protocol(std::uint8_t number) {
    return predicate{[number](const sighting& packet) {
        const auto ip = packet.ip();
        return ip && ip->protocol() == number;
    }};
}
inline constexpr predicate tcp{[](const sighting& packet) { return packet.tcp().has_value(); }};
inline constexpr predicate udp{[](const sighting& packet) { return packet.udp().has_value(); }};
inline constexpr predicate has_data{[](const sighting& packet) { return packet.payload_size() != 0; }};
/// TCP segments with one of these bits.
inline auto flags(wire::tcp_flags one_of) {
    return predicate{[one_of](const sighting& packet) {
        const auto segment = packet.tcp();
        return segment && segment->has(one_of);
    }};
}
/// To this port, of TCP or UDP.
inline auto to_port(std::uint16_t number) {
    return predicate{[number](const sighting& packet) {
        if (const auto segment = packet.tcp()) return segment->destination_port() == number;
        const auto datagram = packet.udp();
        return datagram && datagram->destination_port() == number;
    }};
}
inline auto larger_than(std::size_t size) {
    return predicate{[size](const sighting& packet) { return packet.frame.size() > size; }};
}

/// The n-th of those that come so far, from 1 on; the first so many; every n-th.
inline auto nth(std::uint64_t n) {
    return predicate{[n, count = std::uint64_t{0}](const sighting&) mutable { return ++count == n; }};
}
inline auto first(std::uint64_t n) {
    return predicate{[n, count = std::uint64_t{0}](const sighting&) mutable { return ++count <= n; }};
}
inline auto every(std::uint64_t n) {
    return predicate{[n, count = std::uint64_t{0}](const sighting&) mutable { return ++count % n == 0; }};
}
/// The n-th time that a TCP sequence number is sent with data, SYN or FIN: 1 is the original, 2 the first retransmission.
inline auto nth_copy(unsigned n) {
    using key = std::tuple<address6, address6, std::uint32_t, std::uint32_t>;  // IPv4's as mapped ones
    return predicate{[n, counts = std::map<key, unsigned>{}](const sighting& packet) mutable {
        const auto segment = packet.tcp();
        if (!segment || segment->length() == 0) return false;
        const auto ip4 = packet.ip();
        const auto ip6 = packet.ip6();
        const address6 source = ip4 ? address6::mapped(ip4->source()) : ip6->source(), destination = ip4 ? address6::mapped(ip4->destination()) : ip6->destination();
        const std::uint32_t ports = std::uint32_t{segment->source_port()} << 16 | segment->destination_port();
        return ++counts[{source, destination, ports, segment->seq()}] == n;
    }};
}
/// While the world's time is from `first` on and before `last`.
inline auto during(duration first, duration last) {
    return predicate{[first, last](const sighting& packet) {
        return packet.at.since_start() >= first && packet.at.since_start() < last;
    }};
}

}  // namespace weld::inline v0::sim::when
