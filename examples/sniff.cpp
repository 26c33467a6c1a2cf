// SPDX-License-Identifier: BSL-1.0
// Prints a line for each frame that an interface of the host sends or receives, as tcpdump does: packet sockets, bound
// by an address of their own family, and weld's wire formats to tell what is in the frames.
//
//     sniff lo -c 10        (as root, or with CAP_NET_RAW)
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/interface.hpp"

#include <weld/io/signals.hpp>
#include <weld/socket/listen.hpp>
#include <weld/socket/options/packet.hpp>
#include <weld/stack/wire/describe.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

#include <signal.h>
#include <time.h>

namespace {

struct plan {
    const char* interface;
    std::int64_t count;
    bool promiscuous;
};

/// The time of day, the way of the frame, and what it is: "14:03:07.123456 lo  Out IP 127.0.0.1.53 > ...".
void print(const weld::packet_address& from, weld::const_bytes frame, std::size_t whole) {
    static constexpr const char* ways[] = {"In ", "B  ", "M  ", "P  ", "Out"};  // as tcpdump marks them
    const auto way = static_cast<unsigned>(from.type());
    ::timespec now{};
    ::tm calendar{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    ::localtime_r(&now.tv_sec, &calendar);
    char cut[80] = "";
    if (whole > frame.size()) std::snprintf(cut, sizeof cut, " [%zu of %zu bytes seen]", frame.size(), whole);
    // Ethernet and loopback have a header before the packet (ARPHRD_ETHER, ARPHRD_LOOPBACK); a tunnel has none.
    const bool has_header = from.hardware_type() == 1 || from.hardware_type() == 772;
    const auto line = has_header ? weld::wire::describe_frame(frame) : weld::wire::describe_packet(frame);
    std::printf("%02d:%02d:%02d.%06ld %s %s%s\n", calendar.tm_hour, calendar.tm_min, calendar.tm_sec, now.tv_nsec / 1000,
                way < 5 ? ways[way] : "?  ", line.characters().c_str(), cut);
}

template <class Socket>
weld::task<weld::errc> watch(Socket& socket, std::int64_t count) {
    constexpr std::uint16_t loopback = 772;  // ARPHRD_LOOPBACK
    std::vector<std::byte> buffer(65536 + 64);
    while (count > 0) {
        const auto got = co_await socket.recv_from(buffer, weld::message_flags::truncate);
        if (!got) co_return got.error();
        if (got->from.hardware_type() == loopback && got->from.type() == weld::packet_type::outgoing) continue;  // it comes in as well
        --count;
        print(got->from, weld::slice(buffer, 0, got->size), got->size);
        std::fflush(stdout);
    }
    co_return weld::errc{};
}

template <weld::provides<weld::packet_raw> Net>
weld::task<int> sniff(Net& net, const plan& p) {
    const auto failed = [&p](weld::errc why) {
        std::fprintf(stderr, "sniff: %s: %s\n", p.interface, weld::message(why));
        return 1;
    };
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    const auto index = examples::interface_index(net, p.interface);
    if (!index) co_return failed(index.error());
    auto socket = weld::bind(net, weld::packet_raw, weld::packet_address{weld::every_ethertype, *index});
    if (!socket) co_return failed(socket.error());
    if (p.promiscuous) {
        if (const auto r = socket->set(weld::packet_join{*index}); !r) co_return failed(r.error());
    }
    std::fprintf(stderr, "listening on %s\n", p.interface);

    const auto first = co_await weld::race(weld::cancel_safe(watch(*socket, p.count)), signals->next());
    if (const auto seen = socket->template get<weld::packet_statistics>())
        std::fprintf(stderr, "%u frames came, %u were dropped because they came too fast\n", seen->packets, seen->drops);
    if (first.index() == 0 && first.template get<0>() != weld::errc{}) co_return failed(first.template get<0>());
    co_return 0;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "sniff IFACE [-c COUNT] [-p]",
                              "Prints a line for each frame on the interface until -c frames or SIGINT. -p listens to what is for\n"
                              "other stations as well."};
    plan p{};
    p.count = given.number("-c", 1, INT64_MAX, "9223372036854775807");
    p.promiscuous = given.flag("-p");
    p.interface = given.value("IFACE");
    return examples::choose_net(given, [&p](auto& net) { return weld::block_on(net, sniff(net, p)); });
}
