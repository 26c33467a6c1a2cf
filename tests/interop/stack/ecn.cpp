// SPDX-License-Identifier: BSL-1.0
// Explicit congestion notification with the kernel (net.ipv4.tcp_ecn=1) on either side: streams pass over a wire that marks
// one segment in fifty each way and loses none; both slow down, nothing is sent again. RFC 3168 section 6.1.
#include <weld/stack.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"

#include <weld/core/checksum.hpp>
#include <weld/device.hpp>
#include <weld/weld.hpp>

#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;
using support::private_network;

constexpr weld::duration patience = 20_s;
const weld::address4 kernel_address{{10, 0, 0, 1}}, own_address{{10, 0, 0, 2}};
constexpr std::size_t total = 8'000'000;

struct tally {
    int capable = 0, marked = 0, echoed = 0, reduced = 0;  // of both ways
};
/// A router with a short queue: of the ECN-capable packets it marks one in fifty.
template <weld::net_device Device>
class marking : public weld::device::wrapper<Device> {
    using base = weld::device::wrapper<Device>;

public:
    marking(Device over, tally& seen) noexcept : base{std::move(over)}, seen_{&seen} {}
    std::size_t transmit(weld::span<weld::packet_buffer> frames) noexcept {
        for (weld::packet_buffer& frame : frames) look(*frame, 0);
        return base::device_.transmit(frames);  // what it leaves is looked at again: it may be marked, and counted, twice
    }
    std::size_t receive(weld::packet_pool& packets, weld::span<weld::packet_buffer> frames) noexcept {
        const std::size_t count = base::device_.receive(packets, frames);
        for (std::size_t i = 0; i < count; ++i) look(*frames[i], 1);
        return count;
    }

private:
    void look(weld::packet& frame, int way) noexcept {
        if (frame.size() < 54 || weld::load_be<std::uint16_t>(frame.bytes(), 12) != 0x0800 || frame.bytes()[23] != std::byte{6}) return;
        const auto flags = static_cast<unsigned>(frame.bytes()[47]);
        const bool syn = (flags & 2) != 0;
        seen_->echoed += !syn && (flags & 0x40) != 0;
        seen_->reduced += !syn && (flags & 0x80) != 0;
        const auto before = weld::load_be<std::uint16_t>(frame.bytes(), 14);
        if ((before & 3) == 0) return;
        ++seen_->capable;
        if (++count_[way] % 50 != 0) return;
        ++seen_->marked;
        const auto after = static_cast<std::uint16_t>(before | 3);
        weld::store_be(frame.data() + 14, after);
        weld::store_be(frame.data() + 24, weld::checksum::update(weld::load_be<std::uint16_t>(frame.bytes(), 24), before, after));
    }
    tally* seen_;
    int count_[2]{};
};

std::byte octet(std::size_t at) { return static_cast<std::byte>(at * 167 + at / 509); }

template <class Net>
weld::task<> give(Net& net, weld::endpoint4 to) {
    auto socket = net.socket(weld::tcp);
    REQUIRE(socket);
    const auto connected = co_await socket->connect(to, patience);
    REQUIRE(connected);
    std::vector<std::byte> block(32768);
    for (std::size_t at = 0; at < total; at += block.size()) {
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = octet(at + i);
        const auto sent = co_await socket->send_all(weld::const_bytes{block}.first(std::min(block.size(), total - at)), patience);
        REQUIRE(sent);
    }
    REQUIRE(socket->shutdown(weld::shutdown_type::write));
    const auto end = co_await socket->recv(block, patience);
    CHECK(end == 0u);
}
template <class Net>
weld::task<> take(Net& net, bool& right) {
    auto listener = weld::listen(net, weld::tcp, weld::endpoint4{weld::address4{}, 4000});
    REQUIRE(listener);
    auto socket = co_await listener->accept(patience);
    REQUIRE(socket);
    std::vector<std::byte> block(65536);
    std::size_t at = 0;
    bool same = true;
    for (;;) {
        const auto got = co_await socket->recv(block, patience);
        REQUIRE(got);
        if (*got == 0) break;
        for (std::size_t i = 0; i < *got; ++i) same = same && block[i] == octet(at + i);
        at += *got;
    }
    right = same && at == total;
}
template <class From, class To>
bool flows(From& from, To& to, weld::address4 address) {
    bool right = false;
    to.spawn(take(to, right));
    weld::block_on(from, give(from, {address, 4000}));
    return right;
}

template <class Device>
void meet(Device device) {
    using ecn_tcp = own::basic_tcp<own::ip4, own::cubic, own::sack_recovery, own::delayed_ack, own::tcp_options{.ecn = true}>;
    weld::io::epoll loop;
    tally seen;
    weld::net host{weld::host::inet{}, weld::shared{loop}};
    weld::net mine{own::interface{"eth0", own::ethernet{marking<Device>{std::move(device), seen}}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, ecn_tcp{}, weld::shared{loop}};
    REQUIRE(mine.status());
    auto& tcp = mine.template part<ecn_tcp>();
    CHECK(flows(mine, host, kernel_address));
    const tally given = seen;
    CHECK(given.capable > 0);
    CHECK(given.marked > 0);
    CHECK(given.echoed > 0);   // the kernel has seen our marks
    CHECK(given.reduced > 0);  // and we have slowed down
    CHECK(tcp.counters.retransmitted == 0);
    CHECK(flows(host, mine, own_address));
    CHECK(seen.marked > given.marked);
    CHECK(seen.echoed > given.echoed);    // we have seen the kernel's
    CHECK(seen.reduced > given.reduced);  // and the kernel has slowed down
}
bool apart_with_ecn(private_network& apart) { return apart && private_network::run("echo 1 > /proc/sys/net/ipv4/tcp_ecn 2> /dev/null"); }
}  // namespace

TEST_CASE("the kernel and weld heed each other's congestion marks, over tap", "[interop][stack][ecn]") {
    private_network apart;
    if (!apart_with_ecn(apart)) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    for (const bool offloads : {true, false}) {
        auto tap = weld::device::tap::open("weld0", {.offloads = offloads, .up = true, .host_address = {kernel_address, 24}});
        if (!tap) SKIP("no tap interface: " << weld::message(tap.error()));
        meet(std::move(*tap));
    }
}
