// SPDX-License-Identifier: BSL-1.0
// The host pings a net of weld over each device that has the host at its other end; a capture of it is in order.
#include <weld/device.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"

#include <cstdio>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using namespace weld;
using namespace weld::literals;
using support::private_network;
namespace own = weld::stack;

namespace {

constexpr const char* quiet = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1";
const mac_address our_station{2, 0, 0, 0, 0, 9};

/// What a command prints, while the net lives.
template <class Net>
std::string output_of(const std::string& command, Net& net) {
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
    ::fcntl(::fileno(pipe), F_SETFL, O_NONBLOCK);
    std::string all;
    struct : timer { using timer::timer; } tick{[](runnable&) {}};
    for (;;) {
        net.timers().arm(tick, net.now() + 5_ms);
        net.step();
        char buffer[4096];
        const ::ssize_t got = ::read(::fileno(pipe), buffer, sizeof buffer);
        if (got == 0) break;
        if (got > 0) all.append(buffer, static_cast<std::size_t>(got));
    }
    ::pclose(pipe);
    return all;
}

template <class Device>
void answers_pings(Device device) {
    constexpr bool has_link = Device::link == link_type::ethernet;
    const auto over = [&] {
        if constexpr (has_link) return own::ethernet{std::move(device), our_station};
        else return own::bare_ip{std::move(device)};
    };
    weld::net net{own::interface{"eth0", over(), "10.9.0.2/24"}, own::ipv4{}, own::icmp{}};
    REQUIRE(net.status());
    INFO("small ones, and ones of which only fragments fit");
    CHECK(output_of("ping -c 5 -i 0.02 -W 2 10.9.0.2", net).find("5 received") != std::string::npos);
    CHECK(output_of("ping -c 5 -i 0.02 -W 2 -s 20000 10.9.0.2", net).find("5 received") != std::string::npos);
}

#define NEEDS(condition, what) \
    if (!(condition)) SKIP("needs " what)

}  // namespace

TEST_CASE("the host pings us over a tap", "[interop][tap]") {
    private_network apart;
    NEEDS(apart, "the right to make a network namespace (CAP_SYS_ADMIN)");
    NEEDS(::access("/dev/net/tun", R_OK | W_OK) == 0, "/dev/net/tun");
    private_network::run(quiet);
    const bool offloads = GENERATE(true, false);
    auto tap = device::tap::open("tap0", {.offloads = offloads, .up = true, .host_address = {address4{10, 9, 0, 1}, 24}});
    REQUIRE(tap);
    answers_pings(std::move(*tap));
}

TEST_CASE("the host pings us over a tun", "[interop][tun]") {
    private_network apart;
    NEEDS(apart, "the right to make a network namespace (CAP_SYS_ADMIN)");
    NEEDS(::access("/dev/net/tun", R_OK | W_OK) == 0, "/dev/net/tun");
    private_network::run(quiet);
    auto tun = device::tun::open("tun0", {.up = true, .host_address = {address4{10, 9, 0, 1}, 24}});
    REQUIRE(tun);
    answers_pings(std::move(*tun));
}

TEMPLATE_TEST_CASE("the host pings us over a veth pair", "[interop][packet_ring]", device::packet_ring, device::packet_block_ring) {
    private_network apart;
    NEEDS(apart, "the right to make a network namespace (CAP_SYS_ADMIN)");
    NEEDS(private_network::run("ip link add near0 type veth peer name far0 2> /dev/null"), "veth");
    private_network::run(quiet);
    REQUIRE(private_network::run("ip link set near0 up && ip link set far0 up && ip address add 10.9.0.1/24 dev near0"));
    auto ring = TestType::open("far0", {.station = our_station});
    REQUIRE(ring);
    answers_pings(std::move(*ring));
}

TEST_CASE("pings get through faults, and tshark finds nothing wrong with what passed", "[interop][faults][pcap]") {
    private_network apart;
    NEEDS(apart, "the right to make a network namespace (CAP_SYS_ADMIN)");
    NEEDS(::access("/dev/net/tun", R_OK | W_OK) == 0, "/dev/net/tun");
    private_network::run(quiet);
    char path[] = "/tmp/weld_ping_XXXXXX";
    ::close(::mkstemp(path));
    {
        auto tap = device::tap::open("tap0", {.up = true, .host_address = {address4{10, 9, 0, 1}, 24}});
        REQUIRE(tap);
        auto file = device::pcap_file::open(path);
        REQUIRE(file);
        const device::fault_rates rates{.lose = 0.05, .duplicate = 0.05, .reorder = 0.1, .jitter = 1_ms};
        device::faults bad{device::pcap{std::move(*tap), std::move(*file)}, {.seed = 3, .transmitted = rates, .received = rates}};
        weld::net net{own::interface{"eth0", own::ethernet{std::move(bad), our_station}, "10.9.0.2/24"}, own::ipv4{}, own::icmp{}};
        REQUIRE(net.status());
        const std::string report = output_of("ping -c 100 -i 0.005 -W 1 10.9.0.2", net);
        INFO(report);
        CHECK(report.find("duplicates") != std::string::npos);
        CHECK(report.find(" 0 received") == std::string::npos);
    }
    if (private_network::run("tshark --version > /dev/null 2>&1")) {
        const std::string count = std::string{"test $(tshark -r "} + path + " -o ip.check_checksum:TRUE -Y ";
        CHECK(private_network::run(count + "icmp 2> /dev/null | wc -l) -gt 150"));
        CHECK(private_network::run(count + "'_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0' 2> /dev/null | wc -l) -eq 0"));
    }
    ::unlink(path);
}

TEST_CASE("a net over a tap ends before its event source, wherever that is listed", "[interop][tap]") {
    private_network apart;
    NEEDS(apart, "the right to make a network namespace (CAP_SYS_ADMIN)");
    NEEDS(::access("/dev/net/tun", R_OK | W_OK) == 0, "/dev/net/tun");
    const auto parts = [] { return own::interface{"eth0", own::ethernet{std::move(*device::tap::open("tap0"))}, "10.9.0.2/24"}; };
    { weld::net net{parts(), own::ipv4{}, io::epoll{}}; }
    { weld::net net{io::epoll{}, parts(), own::ipv4{}}; }
    { weld::net net{parts(), own::ipv4{}}; }
    CHECK(private_network::run("! ip link show tap0 2> /dev/null"));
}
