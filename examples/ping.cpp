// SPDX-License-Identifier: BSL-1.0
// Asks a host whether it is there and how far away: ICMP echo over a raw socket, or over a ping socket where the rights
// for a raw one are missing; over IPv4 and over IPv6. The messages are read and written by weld's own wire formats, which its
// stack uses too.
//
//     ping 127.0.0.1 -c 3
//     ping ::1 -c 3
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/endpoint.hpp"
#include "support/histogram.hpp"

#include <weld/io/signals.hpp>
#include <weld/socket/control/ip.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/socket/options/ipv6.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace {
using namespace weld::literals;
namespace wire = weld::wire;

/// In what the versions of IP differ.
struct over_ip4 {
    using endpoint = weld::endpoint4;
    using view = wire::icmp4_view;
    using packet_view = wire::ipv4_view;
    using hops = weld::ip_ttl;
    using receive_hops = weld::receive_ttl;
    static constexpr auto raw = weld::raw;
    static constexpr auto ping = weld::ping;
    static constexpr int number = wire::ip_protocol::icmp, headers = 28;
    static constexpr std::uint8_t request = wire::icmp4_type::echo_request, reply = wire::icmp4_type::echo_reply;
    static constexpr bool shows_header = true;  // a raw socket's messages begin with the IP header
    static void encode(std::uint16_t identifier, std::uint16_t sequence, weld::mutable_bytes message) {
        wire::icmp4_header::echo(request, identifier, sequence).encode(message);
    }
    static bool is_right(const view& message) { return message.checksum_valid(); }
    static void print(const view& error) {
        static constexpr const char* unreachable[] = {"Net", "Host", "Protocol", "Port"};
        const unsigned code = error.code();
        const bool is_unreachable = error.type() == wire::icmp4_type::destination_unreachable;
        if (is_unreachable && code < 4) std::printf("Destination %s Unreachable\n", unreachable[code]);
        else if (is_unreachable && code == 4) std::printf("Frag needed and DF set (mtu = %u)\n", error.next_hop_mtu());
        else if (is_unreachable && code == 13) std::printf("Packet filtered\n");
        else if (error.type() == wire::icmp4_type::time_exceeded) std::printf("Time to live exceeded\n");
        else std::printf("ICMP type %u, code %u\n", error.type(), code);
    }
};
struct over_ip6 {
    using endpoint = weld::endpoint6;
    using view = wire::icmp6_view;
    using packet_view = wire::ipv6_view;
    using hops = weld::hop_limit;
    using receive_hops = weld::receive_hops;
    static constexpr auto raw = weld::raw6;
    static constexpr auto ping = weld::ping6;
    static constexpr int number = wire::ip_protocol::icmp6, headers = 48;
    static constexpr std::uint8_t request = wire::icmp6_type::echo_request, reply = wire::icmp6_type::echo_reply;
    static constexpr bool shows_header = false;
    static void encode(std::uint16_t identifier, std::uint16_t sequence, weld::mutable_bytes message) {
        wire::icmp6_header::echo(request, identifier, sequence).encode(message, {}, {});  // the socket makes the checksum right
    }
    static bool is_right(const view&) { return true; }  // the socket has looked
    static void print(const view& error) {
        static constexpr const char* unreachable[] = {"No route", "Administratively prohibited", "Beyond scope of source address", "Address unreachable", "Port unreachable"};
        const unsigned code = error.code();
        if (error.type() == wire::icmp6_type::destination_unreachable && code < 5) std::printf("Destination unreachable: %s\n", unreachable[code]);
        else if (error.type() == wire::icmp6_type::packet_too_big) std::printf("Packet too big: mtu=%u\n", error.mtu());
        else if (error.type() == wire::icmp6_type::time_exceeded) std::printf("Time exceeded: Hop limit\n");
        else std::printf("ICMPv6 type %u, code %u\n", error.type(), code);
    }
};

template <class Ip>
struct plan {
    const char* name;
    typename Ip::endpoint host;
    std::int64_t count;
    std::size_t size;
    weld::duration interval, patience;
};

/// What has happened so far.
struct account {
    struct probe {
        weld::time_point sent;
        std::uint16_t sequence = 0;
        bool answered = false;
    };
    probe probes[1024];  // by sequence number, the latest of them
    std::int64_t sent = 0, received = 0, doubled = 0, errors = 0;
    double least = INFINITY, most = 0, sum = 0, squares = 0;  // milliseconds

    probe& of(std::uint16_t sequence) { return probes[sequence % 1024]; }
    void add(double ms) {
        ++received;
        least = std::min(least, ms);
        most = std::max(most, ms);
        sum += ms;
        squares += ms * ms;
    }
};

/// A message as a raw socket gives it (behind its IP header) or as a ping socket does (the TTL beside it).
template <class Ip>
struct message {
    typename Ip::view icmp;
    typename Ip::endpoint from;
    int ttl;
};
template <class Ip, class Socket>
weld::task<weld::result<message<Ip>>> receive(Socket& socket, weld::mutable_bytes buffer, weld::time_point until) {
    constexpr bool has_header = Ip::shows_header && Socket::description::type == weld::raw.type;
    for (;;) {
        const auto got = co_await socket.recv(buffer, weld::control<typename Ip::hops>, until);
        if (!got) co_return got.error();
        weld::const_bytes bytes = buffer.first(got->size);
        const int* const ttl = got->template get<typename Ip::hops>();
        if (has_header) {
            const auto packet = Ip::packet_view::parse(bytes);
            if (!packet) continue;
            bytes = packet->payload();
        }
        const auto icmp = Ip::view::parse(bytes);
        if (icmp && Ip::is_right(*icmp)) co_return message<Ip>{*icmp, got->from, ttl != nullptr ? *ttl : 0};
    }
}

template <class Ip>
void print_answer(const message<Ip>& m, double ms, bool doubled) {
    const int decimals = ms >= 100 ? 0 : ms >= 10 ? 1 : ms >= 1 ? 2 : 3;
    std::printf("%zu bytes from %s: icmp_seq=%u ttl=%d time=%.*f ms%s\n", m.icmp.bytes().size(), m.from.address().to_text().c_str(),
                m.icmp.sequence(), m.ttl, decimals, ms, doubled ? " (DUP!)" : "");
}

/// An ICMP error about one of ours, from a router or the host itself.
template <class Ip>
bool print_error(const message<Ip>& m, const typename Ip::endpoint& host, std::uint16_t identifier) {
    const auto packet = Ip::packet_view::parse_quoted(m.icmp.payload());
    if (!m.icmp.is_error() || !packet || packet->destination() != host.address()) return false;
    const auto ours = Ip::view::parse(packet->payload());
    if (!ours || ours->type() != Ip::request || ours->identifier() != identifier) return false;
    std::printf("From %s icmp_seq=%u ", m.from.address().to_text().c_str(), ours->sequence());
    Ip::print(m.icmp);
    return true;
}

/// Sends and listens in turn until all that was asked for has been sent and answered, or given up.
template <class Ip, class Socket>
weld::task<int> probe(Socket& socket, const plan<Ip>& p, account& all, std::uint16_t identifier) {
    constexpr bool is_raw = Socket::description::type == weld::raw.type;
    auto& net = socket.net();
    constexpr std::size_t header = 8;  // an ICMP message's
    std::vector<std::byte> request(header + p.size), buffer(65536);
    for (std::size_t i = header; i < request.size(); ++i) request[i] = static_cast<std::byte>(i);

    for (weld::time_point next = net.clock(), end = weld::time_point::never();;) {
        const weld::time_point now = net.clock();
        if (all.sent < p.count && now >= next) {
            const auto sequence = static_cast<std::uint16_t>(++all.sent);
            Ip::encode(identifier, sequence, request);
            all.of(sequence) = {now, sequence, false};
            if (const auto sent = co_await socket.send_to(request, p.host); !sent) {
                std::fprintf(stderr, "ping: %s: %s\n", p.host.address().to_text().c_str(), weld::message(sent.error()));
                if (all.sent == 1) co_return 2;
            }
            next = now + p.interval;
            if (all.sent == p.count) end = now + p.patience;
        }
        if (all.sent == p.count && (all.received + all.errors >= p.count || now >= end)) break;

        const auto got = co_await receive<Ip>(socket, buffer, all.sent == p.count ? end : next);
        if (!got) continue;  // it is time, or an error that came for an earlier probe
        if (print_error(*got, p.host, identifier)) ++all.errors;
        if (got->icmp.type() != Ip::reply || (is_raw && got->icmp.identifier() != identifier)) continue;
        auto& asked = all.of(got->icmp.sequence());
        if (asked.sequence != got->icmp.sequence() || asked.sent == weld::time_point{}) continue;
        const double ms = (net.clock() - asked.sent).seconds() * 1e3;
        if (asked.answered) ++all.doubled;
        else all.add(ms);
        print_answer(*got, ms, asked.answered);
        asked.answered = true;
        const bool same = weld::equal(got->icmp.payload(), weld::slice(request, header));
        if (!same) std::printf("wrong data came back\n");
        std::fflush(stdout);
    }
    co_return all.received > 0 ? 0 : 1;
}

template <class Ip, class Socket>
weld::task<int> run(Socket socket, const plan<Ip>& p) {
    auto& net = socket.net();
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    if (!signals || !socket.set(typename Ip::receive_hops{true})) co_return 2;
    account all;
    const weld::time_point begin = net.clock();
    std::printf("PING %s (%s) %zu(%zu) bytes of data.\n", p.name, p.host.address().to_text().c_str(), p.size, p.size + Ip::headers);
    std::fflush(stdout);
    const auto identifier = static_cast<std::uint16_t>(::getpid());
    const auto first = co_await weld::race(weld::cancel_safe(probe(socket, p, all, identifier)), signals->next());
    const int status = first.index() == 0 ? first.template get<0>() : all.received > 0 ? 0 : 1;
    if (status == 2) co_return 2;

    const double n = static_cast<double>(all.received), mean = all.sum / n;
    const double loss = all.sent == 0 ? 0 : 100 * (1 - n / static_cast<double>(all.sent));
    std::printf("\n--- %s ping statistics ---\n", p.name);
    std::printf("%" PRId64 " packets transmitted, %" PRId64 " received, ", all.sent, all.received);
    if (all.doubled > 0) std::printf("+%" PRId64 " duplicates, ", all.doubled);
    if (all.errors > 0) std::printf("+%" PRId64 " errors, ", all.errors);
    std::printf("%.4g%% packet loss, time %.0fms\n", loss, (net.clock() - begin).seconds() * 1e3);
    if (all.received > 0)
        std::printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", all.least, mean, all.most,
                    std::sqrt(std::max(0.0, all.squares / n - mean * mean)));
    co_return status;
}

template <class Ip, weld::provides<Ip::raw> Net>
int ping(Net& net, const plan<Ip>& p) {
    auto raw = net.socket(Ip::raw, Ip::number);
    if (raw) return weld::block_on(net, run(std::move(*raw), p));
    weld::errc why = raw.error();
    if constexpr (weld::provides<Net, Ip::ping>) {
        auto unprivileged = net.socket(Ip::ping);
        if (unprivileged) return weld::block_on(net, run(std::move(*unprivileged), p));
        why = unprivileged.error();
    }
    std::fprintf(stderr, "ping: no socket: %s (it takes CAP_NET_RAW, or a group within net.ipv4.ping_group_range)\n",
                 weld::message(why));
    return 2;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "ping HOST [-c COUNT] [-i SECONDS] [-s SIZE] [-W SECONDS]",
                              "Sends an ICMP echo request every -i seconds (1) with -s bytes of data (56), -c of them or until\n"
                              "SIGINT, and waits -W seconds (2) for the last answers. Status 0: somebody answered; 1: nobody did;\n"
                              "2: it could not ask."};
    plan<over_ip4> p{};
    p.count = given.number("-c", 1, INT64_MAX, "9223372036854775807");
    p.size = static_cast<std::size_t>(given.number("-s", 0, 65507, "56"));
    p.interval = given.seconds("-i", "1");
    p.patience = given.seconds("-W", "2");
    if (p.interval < 2_ms) given.fail("-i: at least 0.002 seconds, for the others' sake");
    p.name = given.value("HOST");
    const examples::endpoint host = examples::resolve(given, p.name);
    p.host = host.v4;
    return examples::choose_net(given, [&](auto& net) {
        if (host.is6) return ping(net, plan<over_ip6>{p.name, host.v6, p.count, p.size, p.interval, p.patience});
        return ping(net, p);
    });
}
