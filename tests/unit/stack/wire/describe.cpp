// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/describe.hpp>

#include <weld/core/random.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

#include <string>

using namespace weld;

namespace {
std::string frame(const_bytes bytes) {
    const wire::line line = wire::describe_frame(bytes);
    return {text{line}.data(), text{line}.size()};
}
}  // namespace

TEST_CASE("a frame is told in a line, much as tcpdump tells it", "[wire][describe]") {
    CHECK(frame(frames::arp_request) == "ARP, Request who-has 10.0.0.2 tell 10.0.0.1");
    CHECK(frame(frames::arp_reply) == "ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02");
    CHECK(frame(frames::tcp_syn) == "IP 10.0.0.1.59850 > 10.0.0.2.80: Flags [S], seq 3513433521, win 64240, "
                                    "options [mss 1460,sackOK,TS val 3898842117 ecr 0,wscale 10], length 0");
    CHECK(frame(frames::tcp_data) == "IP 10.0.0.1.59850 > 10.0.0.2.80: Flags [P.], seq 3513433522:3513433540, ack 691238033, win 63, "
                                     "options [TS val 3898842117 ecr 3196968858], length 18");
    CHECK(frame(frames::tcp6_syn) == "IP6 2001:db8::1.44538 > 2001:db8::2.80: Flags [S], seq 1353204377, win 64800, "
                                     "options [mss 1440,sackOK,TS val 1768850730 ecr 0,wscale 10], length 0");
    CHECK(frame(frames::udp) == "IP 10.0.0.1.47709 > 10.0.0.2.9: UDP, length 7");
    CHECK(frame(frames::port_unreachable) == "IP 10.0.0.2 > 10.0.0.1: ICMP unreachable, code 3 [10.0.0.1.47709 > 10.0.0.2.9: UDP, length 7]");
    CHECK(frame(frames::echo_request) == "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 4660, seq 1, length 16");
    CHECK(frame(frames::igmp3_report) == "IP 10.0.0.1 > 224.0.0.22: igmp report v3, length 16");
    CHECK(frame(frames::neighbor_solicitation) == "IP6 2001:db8::1 > ff02::1:ff00:2: ICMP6 neighbor solicitation, who has 2001:db8::2, length 32");
    CHECK(frame(frames::router_advertisement) == "IP6 fe80::ff:fe00:3 > ff02::1: ICMP6 router advertisement, lifetime 12, prefix 2001:db8:5::/64, mtu 1480, length 64");
    CHECK(frame(frames::listener_report) == "IP6 :: > ff02::16: ICMP6 multicast listener report v2, group ff02::1:ff00:1, length 28");
}

TEST_CASE("an error of ICMPv6 is told with what it is about", "[wire][describe]") {
    const address6 a = *address6::parse("2001:db8::1"), b = *address6::parse("2001:db8::2");
    const const_bytes about = const_bytes{frames::tcp6_syn}.subspan(14);
    std::byte packet[200]{};
    copy(mutable_bytes{packet}.subspan(48), about);
    const std::size_t size = 8 + about.size();
    wire::ipv6_header{.payload_length = static_cast<std::uint16_t>(size), .next_header = 58, .source = b, .destination = a}.encode(packet);
    const auto told = [&](const wire::icmp6_header& what) {
        what.encode(mutable_bytes{packet}.subspan(40, size), b, a);
        const wire::line line = wire::describe_packet(const_bytes{packet}.first(40 + size));
        const std::string all{text{line}.data(), text{line}.size()};
        const std::size_t bracket = all.find(" [2001:db8::1.44538 > 2001:db8::2.80: Flags [S]");
        return bracket == std::string::npos ? all : all.substr(31, bracket - 31);
    };
    CHECK(told(wire::icmp6_header::packet_too_big(1280)) == "ICMP6 packet too big, mtu 1280, length 88");
    CHECK(told(wire::icmp6_header::unreachable(4)) == "ICMP6 unreachable, code 4, length 88");
    CHECK(told(wire::icmp6_header::time_exceeded(0)) == "ICMP6 time exceeded, code 0, length 88");
    CHECK(told(wire::icmp6_header::parameter_problem(2, 40)) == "ICMP6 parameter problem, code 2, at 40, length 88");
}

TEST_CASE("what cannot be read is said to be so", "[wire][describe]") {
    CHECK(frame({}) == "Ethernet, malformed, length 0");
    CHECK(frame(const_bytes{frames::tcp_syn}.first(40)) == "IP truncated, length 26");
    CHECK(frame(const_bytes{frames::tcp_syn}.first(20)) == "IP malformed, length 6");
    CHECK(frame(byte_array(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 1)) == "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88b5, length 15");
    CHECK(text{wire::describe_packet({})} == text{"not IP, length 0"});
}

TEST_CASE("fragments are told by their place", "[wire][describe]") {
    std::byte packet[28]{};
    wire::ipv4_header header{.total_length = 28, .identification = 7, .more_fragments = true, .protocol = 17};
    header.encode(packet);
    wire::udp_header{1, 2, 100, 0}.encode(mutable_bytes{packet}.subspan(20));
    CHECK(text{wire::describe_packet(packet)} == text{"IP 0.0.0.0.1 > 0.0.0.0.2: frag 7:8@0+ UDP, length 92"});
    header.fragment_offset = 1480;
    header.more_fragments = false;
    header.encode(packet);
    CHECK(text{wire::describe_packet(packet)} == text{"IP 0.0.0.0 > 0.0.0.0: frag 7:8@1480 protocol 17"});
}

TEST_CASE("no frame is too strange to be told", "[wire][describe]") {
    random_generator chance{1};
    for (const const_bytes seed : {const_bytes{frames::port_unreachable_record_route}, const_bytes{frames::tcp6_syn}, const_bytes{frames::listener_report}, const_bytes{frames::router_advertisement}}) {
        for (int i = 0; i < 5000; ++i) {
            std::byte bytes[128];
            copy(bytes, seed);
            for (std::size_t n = chance.below(6); n > 0; --n) bytes[chance.below(seed.size())] = static_cast<std::byte>(chance.below(256));
            const wire::line line = wire::describe_frame({bytes, chance.below(seed.size() + 1)});
            REQUIRE_FALSE(text{line}.empty());
        }
    }
}
