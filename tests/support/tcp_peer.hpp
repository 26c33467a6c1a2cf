// SPDX-License-Identifier: BSL-1.0
// One net with TCP, and at the other end of the wire nobody but the test, who makes each segment by hand.
#pragma once

#include "support/tcp_pair.hpp"

#include <vector>

namespace tcp_test {

using flags = wire::tcp_flags;

/// What the net under test has sent, in order, and what the test sends it. Numbers count from the initial ones.
template <class Tcp = stack::tcp>
struct peer {
    using ip = typename Tcp::ip;
    using wire_network = basic_wire_network<ip>;
    using endpoint = typename ip::endpoint;
    using net_type = net<wire_network, Tcp, shared<virtual_clock>, seed>;
    using socket = weld::socket<net_type, ip::tcp>;

    explicit peer(wire_options options = {}, stack::tcp_limits limits = {})
        : link{clock, 1, options}, local{wire_network{link, 0}, Tcp{limits}, shared{clock}, seed{3}} {
        link.record = true;
    }

    /// The net's end connects to us; the handshake is done. `offer`: the options of our SYN-ACK.
    socket connected(wire::tcp_options offer = {.mss = 1460}, std::uint16_t window = 65535) {
        iss = 0;
        socket made = std::move(*local.socket(ip::tcp));
        static_cast<void>(made.try_connect(endpoint{address_of<ip>(1), 80}));
        const on_wire syn = next();
        ours = 80;
        theirs = syn.header.source_port;
        iss = syn.header.seq;
        send(0, flags::syn | flags::ack, {.ack = 1, .window = window, .with = answer(syn, offer)});
        timestamps = syn.options.has_timestamps && offer.has_timestamps;
        static_cast<void>(next());  // the ACK
        static_cast<void>(made.try_connect(endpoint{address_of<ip>(1), 80}));
        return made;
    }
    /// The net's end has accepted us.
    socket accepted(socket& listener, wire::tcp_options offer = {.mss = 1460}, std::uint16_t window = 65535) {
        open(1234, 80, offer, window);
        send(1, flags::ack, {.ack = 1, .window = window});
        return std::move(*listener.try_accept());
    }
    /// Our SYN and its answer; the last ACK is still to be sent.
    on_wire open(std::uint16_t from, std::uint16_t to, wire::tcp_options offer = {.mss = 1460}, std::uint16_t window = 65535) {
        iss = 0;
        ours = from;
        theirs = to;
        forget();
        send(0, flags::syn, {.window = window, .with = offer});
        const on_wire answer = next();
        iss = answer.header.seq;
        return answer;
    }
    socket listener(std::uint16_t port = 80, int backlog = 8) {
        socket made = std::move(*local.socket(ip::tcp));
        if (!made.bind(endpoint{{}, port}) || !made.listen(backlog)) std::abort();
        return made;
    }

    struct details {
        std::uint32_t ack = 0;
        std::uint16_t window = 65535;
        const_bytes payload{};
        wire::tcp_options with{};
        std::uint16_t urgent = 0;
        std::uint8_t tos = 0;
    };
    /// One segment of ours arrives at once, and what follows from it has happened. `seq` and `ack` are relative.
    void send(std::uint32_t seq, flags which, details how = {}) {
        wire::tcp_header header{ours, theirs, irs + seq, any(which & flags::ack) ? iss + how.ack : 0, which, how.window, 0, how.urgent};
        link.inject(1, {.source = remote, .destination = address_of<ip>(0), .protocol = 6, .tos = how.tos}, header, how.payload, how.with);
        settle();
    }
    void settle(duration time = 0_ms) {
        const time_point end = clock.now() + link.options.delay + time;
        while (true) {
            if (clock.runnable().empty() && (clock.timers().next() == time_point::never() || clock.timers().next() > end + 1_ms)) break;
            weld::step(clock);
        }
    }
    void wait(duration time) {
        const time_point end = clock.now() + time;
        while (!clock.runnable().empty() || (clock.timers().next() != time_point::never() && clock.timers().next() <= end)) weld::step(clock);
        clock.wait(end);
    }
    bool silent() const { return seen == link.log.size(); }
    /// The next segment that the net has sent; waits for it, a minute at the most.
    on_wire next(duration patience = 60_s) {
        const time_point end = clock.now() + patience;
        while (silent()) {
            if (clock.runnable().empty() && (clock.timers().next() == time_point::never() || clock.timers().next() > end)) FAIL("nothing was sent");
            weld::step(clock);
        }
        on_wire found = link.log[seen++];
        found.header.seq -= found.header.seq != 0 && iss != 0 ? iss : 0;
        found.header.ack -= any(found.header.flags & flags::ack) ? irs : 0;
        return found;
    }
    void forget() { seen = link.log.size(); }
    Tcp& tcp() { return local.template part<Tcp>(); }
    wire_network& network() { return local.template part<wire_network>(); }

    static wire::tcp_options answer(const on_wire& syn, wire::tcp_options offer) {
        if (offer.has_timestamps) offer.tsecr = syn.options.tsval;
        return offer;
    }

    virtual_clock clock;
    basic_test_wire<ip> link;
    net_type local;
    typename ip::address remote = address_of<ip>(1);
    std::uint16_t ours = 0, theirs = 0;
    std::uint32_t irs = 0x7fff'0000, iss = 0;
    bool timestamps = false;
    std::size_t seen = 0;
};

/// So many octets of something.
inline std::vector<std::byte> octets(std::size_t count, std::uint64_t from = 0) {
    std::vector<std::byte> made(count);
    for (std::size_t i = 0; i < count; ++i) made[i] = pattern(from + i);
    return made;
}

}  // namespace tcp_test
