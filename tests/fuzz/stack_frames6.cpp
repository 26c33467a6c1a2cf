// SPDX-License-Identifier: BSL-1.0
// A host, or a router, of IPv6 with sockets of every kind takes whatever frames come, in whatever order, while its clock
// moves: nothing crashes, memory stays bounded, and at the end nothing is left.
// Input: steps of one byte each, some with arguments; see `run`. Frames may ask for their checksums to be put right.
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp6.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv6.hpp>
#include <weld/stack/packet/packet_family.hpp>
#include <weld/stack/raw/raw.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>

#include "../support/stack/clock.hpp"
#include "frames_support.hpp"

#include <optional>

namespace {

namespace own = weld::stack;
using fuzz::drain, fuzz::input, fuzz::mac;
using weld::address6;

constexpr address6 six(const char* text) { return *address6::parse(text); }

/// Lengths and checksums, as far as a header stands where one is expected.
void put_right(test::frame& frame) {
    if (frame.size() < 54 || static_cast<unsigned>(frame[14]) >> 4 != 6) return;
    const weld::mutable_bytes ip = weld::mutable_bytes{frame}.subspan(14);
    weld::store_be(ip, 4, static_cast<std::uint16_t>(ip.size() - 40));
    const auto view = weld::wire::ipv6_view::parse(ip);
    if (!view || view->is_fragment()) return;
    const weld::mutable_bytes body = ip.subspan(view->header_size());
    const std::uint8_t protocol = view->protocol();
    const std::size_t field = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
    if ((protocol != 6 && protocol != 17 && protocol != 58) || body.size() < field + 2) return;
    weld::store_be<std::uint16_t>(body, field, 0);
    const std::uint32_t pseudo = weld::checksum::pseudo_header(view->source(), view->destination(), protocol, static_cast<std::uint32_t>(body.size()));
    weld::store_be(body, field, weld::checksum::finish(weld::checksum::add(weld::checksum::sum(body), pseudo)));
}

void run(input in) {
    test::virtual_clock time;
    test::script left, right;
    const std::uint8_t how = in.byte();
    if ((how & 1) != 0) right.features = {.checksum = true, .gso_size_max = 65536};
    const own::ipv6_options options{.forward = (how & 2) != 0, .dad_transmits = static_cast<std::uint8_t>(how >> 2 & 1)};
    weld::net net{own::interface{"left", own::ethernet{test::ethernet_script{left}, mac}, "2001:db8::1/64"},
                  own::interface{"right", own::ethernet{test::ethernet_script{right}, mac}, "2001:db8:1::1/64", own::mtu{1280}},
                  own::ipv6{options}, own::icmp6{}, own::udp6{}, own::tcp6{}, own::raw6{}, own::packet_family{}, weld::shared{time}, weld::seed{1}};
    time.run_for(weld::duration::seconds(3));
    auto udp = *net.socket(weld::udp6), connected = *net.socket(weld::udp6), client = *net.socket(weld::udp6);
    auto ping = *net.socket(weld::ping6);
    auto raw = *net.socket(weld::raw6, 58);
    auto packet = *net.socket(weld::packet_raw, 3);
    auto listener = *net.socket(weld::tcp6), active = *net.socket(weld::tcp6);
    std::optional<decltype(listener)> accepted;
    (void)udp.bind({{}, 7});
    (void)connected.bind({{}, 8});
    (void)connected.try_connect({six("2001:db8::2"), 9});
    (void)net.part<own::ipv6>().join(net, six("ff05::1:2"), 1);
    (void)listener.bind({{}, 80});
    (void)listener.listen(4);
    for (int steps = 0; steps < 2000 && !in.done(); ++steps) {
        const std::uint8_t step = in.byte();
        test::script& side = (step & 1) != 0 ? right : left;
        if (step < 160) {
            const bool right_sums = (step & 2) != 0;
            test::frame frame = in.bytes(in.word() % 2048);
            if (right_sums) put_right(frame);
            side.inject(std::move(frame));
            if ((step & 4) == 0) time.settle();  // else more follow in this batch
        } else if (step < 180) {
            time.run_for(weld::duration::milliseconds(in.word() * (step < 170 ? 1 : 100)));
        } else if (step < 200) {
            const test::frame data = in.bytes(in.word() % 4096);
            (void)client.try_send_to(data, weld::endpoint6{address6::from_halves(0x20010db8'00000000u | (in.byte() & 3u), in.word()), in.byte()});
            (void)connected.try_send(data);
        } else if (step < 210) {
            drain(udp), drain(connected), drain(client), drain(ping), drain(raw), drain(packet);
        } else if (step < 220) {
            (void)active.try_connect({six("2001:db8::2"), in.byte()});
        } else if (step < 230) {
            if (auto fresh = listener.try_accept()) accepted.emplace(std::move(*fresh));
        } else if (step < 240) {
            if (accepted) (void)accepted->try_send(in.bytes(in.byte()));
            if (accepted) drain(*accepted);
        } else if (step < 245) {
            side.room = in.byte();
        } else if (step < 250) {
            side.make_room(100);
        } else if (step == 250) {
            side.fail(weld::errc::network_down);
        }
        time.settle();
        left.from_stack.clear();
        right.from_stack.clear();
        if (net.packets().bytes() > (std::size_t{64} << 20)) __builtin_trap();
    }
    time.run_for(weld::duration::seconds(100));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run(input{data, size});
    return 0;
}
