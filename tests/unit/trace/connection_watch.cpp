// SPDX-License-Identifier: BSL-1.0
#include <weld/trace/connection_watch.hpp>

#include <weld/device/faults.hpp>
#include <weld/device/memory.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/dump.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/task.hpp>
#include <weld/trace.hpp>

#include <string>

#include "support/catch.hpp"

namespace {
using namespace weld::literals;
namespace own = weld::stack;
namespace trace = weld::trace;
using weld::layer;

/// Loses the nth frame that leaves, from the moment on at which it is told so.
struct losing {
    const int* nth;
    int left = 0;
    weld::device::fault operator()(weld::device::direction way, const weld::packet&) {
        return {.lose = way == weld::device::direction::transmitted && ++left == *nth, .delay = 5_ms};
    }
};
struct two_machines {
    int lose = 0;
    std::size_t order = 0;
    weld::sim::timeline time;
    weld::sim::virtual_clock here{time, 1}, there{time, 2};
    weld::device::memory_link<> wire;
    weld::net<own::interface<own::ethernet<weld::device::faults<weld::device::memory<>, losing>>>, own::ipv4, own::icmp, own::tcp,
              weld::shared<weld::sim::virtual_clock>, weld::seed, trace::flow_recorder>
        near{own::interface{"eth0", own::ethernet{weld::device::faults{wire.left(), losing{&lose}}}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{},
             weld::shared{here}, weld::seed{1}, trace::flow_recorder{order}};
    weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, weld::shared<weld::sim::virtual_clock>, weld::seed,
              trace::flow_recorder>
        far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{there}, weld::seed{2},
            trace::flow_recorder{order}};
};
template <class Net>
weld::task<> serve(Net& net) {
    auto listener = net.socket(weld::tcp);
    REQUIRE(listener->bind({weld::address4{}, 7}));
    REQUIRE(listener->listen(1));
    auto accepted = co_await listener->accept();
    std::byte buffer[8];
    while (true) {
        const auto got = co_await accepted->recv(buffer);
        if (!got || *got == 0) break;
    }
}
template <class Net>
weld::task<> call(Net& net) {
    auto socket = net.socket(weld::tcp);
    const auto done = co_await socket->connect(*weld::endpoint4::parse("10.0.0.2:7"));
    REQUIRE(done);
    const auto sent = co_await socket->send(weld::as_bytes(weld::text{"hello"}));
    REQUIRE(sent);
    co_await weld::sleep(net, 500_ms);
}
std::string of(const std::vector<trace::station>& stations, layer which) {
    std::string all;
    for (const auto& each : stations)
        if (each.at == which) all += (each.answer.empty() ? std::string{each.function} + " fires" : each.answer) + "; ";
    return all;
}
}  // namespace

TEST_CASE("a connection's states are noted as they change, on both sides", "[trace]") {
    two_machines m;
    const trace::connection_watch near_watch{m.near};
    const trace::connection_watch far_watch{m.far};
    m.near.trace().start();
    m.far.trace().start();
    m.far.spawn(serve(m.far));
    m.near.spawn(call(m.near));
    weld::block_on(m.near, weld::sleep(m.near, 100_s));
    CHECK(of(m.near.trace().stations(), layer::state) == "SYN-SENT; ESTAB; FIN-WAIT-1; FIN-WAIT-2; TIME-WAIT; CLOSED; ");
    CHECK(of(m.far.trace().stations(), layer::state) == "LISTEN; SYN-RECV; ESTAB; CLOSE-WAIT; LAST-ACK; CLOSED; CLOSED; ");  // the listener's, too
    const std::string timers = of(m.near.trace().stations(), layer::timer);
    CHECK(timers.starts_with("retransmission in 1000 ms; retransmission over; "));
    CAPTURE(timers);
    CHECK(timers.find("TIME-WAIT in 60000 ms; ") != std::string::npos);
    CHECK(timers.ends_with("FIN-WAIT-2 over; timewait_timer fires; TIME-WAIT over; "));
    const std::string drawn = trace::as_sequence(m.near.trace().stations(), m.far.trace().stations(), "near", "far");
    CHECK(drawn.find("-x") == std::string::npos);
    CHECK(drawn.find("Note left of L: 0 us 10.0.0.1:") != std::string::npos);
}

TEST_CASE("a frame that never arrives is crossed out, and the timer that sends it again is seen", "[trace]") {
    for (const int nth : {3, 5}) {  // the SYN, the data: ARP speaks twice before
        two_machines m;
        m.lose = nth;
        const trace::connection_watch near_watch{m.near};
        m.near.trace().start();
        m.far.trace().start();
        m.far.spawn(serve(m.far));
        m.near.spawn(call(m.near));
        weld::block_on(m.near, weld::sleep(m.near, 10_s));
        const std::string drawn = trace::as_sequence(m.near.trace().stations(), m.far.trace().stations(), "near", "far");
        CAPTURE(nth, drawn);
        CHECK(drawn.find("-x") != std::string::npos);
        CHECK(drawn.find("-x") == drawn.rfind("-x"));
        const std::size_t lost = drawn.find("(lost)");
        CHECK(drawn.find(nth == 3 ? "Flags [S]" : "Flags [P.]") == std::string::npos);  // without a describer a frame is its size
        CHECK(drawn.find("retransmit_timer fires", lost) != std::string::npos);
    }
}

TEST_CASE("without a watch a recorder notes no states", "[trace]") {
    two_machines m;
    {
        const trace::connection_watch gone{m.near};
    }
    m.near.trace().start();
    m.far.spawn(serve(m.far));
    m.near.spawn(call(m.near));
    weld::block_on(m.near, weld::sleep(m.near, 1_s));
    CHECK(!m.near.trace().stations().empty());
    CHECK(of(m.near.trace().stations(), layer::state).empty());
}
