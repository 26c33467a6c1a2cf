// SPDX-License-Identifier: BSL-1.0
// A router with sockets of every kind takes whatever frames come, in whatever order, while its clock moves: nothing
// crashes, memory stays bounded, and at the end nothing is left.
// Input: steps of one byte each, some with arguments; see `run`. Frames may ask for their checksums to be put right.
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
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
using weld::address4;

void put_right(test::frame& frame) {
    if (frame.size() < 34 || static_cast<unsigned>(frame[14]) >> 4 != 4) return;
    const weld::mutable_bytes ip = weld::mutable_bytes{frame}.subspan(14);
    const std::size_t header = (static_cast<std::size_t>(ip[0]) & 0xf) * 4;
    if (header < 20 || header > ip.size()) return;
    weld::store_be<std::uint16_t>(ip, 10, 0);
    weld::store_be(ip, 10, weld::checksum::finish(weld::checksum::sum(ip.first(header))));
    const auto view = weld::wire::ipv4_view::parse(ip);
    if (!view || view->is_fragment()) return;
    const weld::mutable_bytes body = ip.first(view->total_length()).subspan(header);
    const auto protocol = static_cast<unsigned>(ip[9]);
    const std::size_t field = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
    if ((protocol != 6 && protocol != 17 && protocol != 1 && protocol != 2) || body.size() < field + 2) return;
    weld::store_be<std::uint16_t>(body, field, 0);
    std::uint32_t sum = weld::checksum::sum(body);
    if (protocol == 6 || protocol == 17)
        sum = weld::checksum::add(sum, weld::checksum::pseudo_header(view->source(), view->destination(), static_cast<std::uint8_t>(protocol), static_cast<std::uint32_t>(body.size())));
    weld::store_be(body, field, weld::checksum::finish(sum));
}

void run(input in) {
    test::virtual_clock time;
    test::script left, right;
    if ((in.byte() & 1) != 0) right.features = {.checksum = true, .gso_size_max = 65536};
    weld::net net{own::interface{"left", own::ethernet{test::ethernet_script{left}, mac}, "10.0.0.1/24,10.0.0.254"},
                  own::interface{"right", own::ethernet{test::ethernet_script{right}, mac}, "10.0.1.1/24", own::mtu{600}},
                  own::ipv4{{.forward = true}}, own::icmp{}, own::udp{}, own::tcp{}, own::raw{}, own::packet_family{}, weld::shared{time}, weld::seed{1}};
    auto udp = *net.socket(weld::udp), connected = *net.socket(weld::udp), client = *net.socket(weld::udp);
    auto ping = *net.socket(weld::ping);
    auto raw = *net.socket(weld::raw, 1);
    auto packet = *net.socket(weld::packet_raw, 3);
    auto listener = *net.socket(weld::tcp), active = *net.socket(weld::tcp);
    std::optional<decltype(listener)> accepted;
    (void)udp.bind({{}, 7});
    (void)connected.bind({{}, 8});
    (void)connected.try_connect({address4{{10, 0, 0, 2}}, 9});
    (void)udp.native().ip.join(net, {{239, 1, 2, 3}}, 1);
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
            time.run_for(weld::duration::milliseconds(in.word()));
        } else if (step < 200) {
            const test::frame data = in.bytes(in.word() % 4096);
            (void)client.try_send_to(data, weld::endpoint4{address4::from_uint32(0x0a000000u | in.word()), in.byte()});
            (void)connected.try_send(data);
        } else if (step < 210) {
            drain(udp), drain(connected), drain(client), drain(ping), drain(raw), drain(packet);
        } else if (step < 220) {
            (void)active.try_connect({address4{{10, 0, 0, 2}}, in.byte()});
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
    time.run_for(weld::duration::seconds(40));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run(input{data, size});
    return 0;
}
