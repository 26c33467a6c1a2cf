#include <weld/socket/address/packet_address.hpp>

#include "support/catch.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <type_traits>

using weld::errc;
using weld::mac_address;
using weld::packet_address;
using weld::packet_type;

namespace {

constexpr bool refused(weld::text characters) { return packet_address::parse(characters) == errc::invalid_argument; }
constexpr mac_address station{0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
constexpr packet_address everything{3, 2};
constexpr packet_address ipv4{0x0800, 2, station};
constexpr packet_address received{0x0800, 2, station.bytes, packet_type::outgoing, 1};

static_assert(everything.to_text() == "%2/0x0003" && *packet_address::parse("%2/0x0003") == everything);
static_assert(ipv4.to_text() == "aa:bb:cc:dd:ee:ff%2/0x0800" &&
              *packet_address::parse("AA:bb:cc:dd:ee:ff%2/0x0800") == ipv4);
static_assert(received.to_text() == "aa:bb:cc:dd:ee:ff%2/0x0800/1/4");
static_assert(*packet_address::parse("aa:bb:cc:dd:ee:ff%2/0x0800/1/4") == received);
static_assert(packet_address::parse("00:11:22:33:44:55:66:77%4294967295/0xffff/65535/255")->to_text().size() == 51);
static_assert(refused("") && refused("%") && refused("%2") && refused("%2/") && refused("2/0x0003") && refused("%2/3"));
static_assert(refused("%2/0x3") && refused("%2/0x00003") && refused("%02/0x0003") && refused("%/0x0003") &&
              refused("%2/0x0003/"));
static_assert(refused("%2/0x0003/1") && refused("%2/0x0003/1/") && refused("%2/0x0003/1/256") &&
              refused("%2/0x0003/65536/1"));
static_assert(refused("%2/0x0003/1/4/") && refused("%2/0x0003 ") && refused("a%2/0x0003") && refused("aa:%2/0x0003"));
static_assert(refused(":aa%2/0x0003") && refused("aa-bb%2/0x0003") && refused("aabb%2/0x0003") &&
              refused("%4294967296/0x0003"));
static_assert(refused("0:1:2:3:4:5%2/0x0003") && refused("00:11:22:33:44:55:66:77:88%2/0x0003") &&
              refused("%2x0x0003"));

static_assert(everything.protocol() == 3 && everything.interface_index() == 2 && everything.station().empty());
static_assert(received.type() == packet_type::outgoing && received.hardware_type() == 1 && *received.mac() == station);
static_assert(everything.mac() == errc::invalid_argument && everything != ipv4 && ipv4 != received);

// The kernel's layout: linux/if_packet.h.
static_assert(packet_address::family == AF_PACKET && sizeof(packet_address) == sizeof(sockaddr_ll));
static_assert(alignof(packet_address) == alignof(sockaddr_ll) &&
              packet_address::sockaddr_size_max == sizeof(sockaddr_ll));
static_assert(offsetof(sockaddr_ll, sll_addr) == 12 &&
              sizeof(sockaddr_ll::sll_addr) == packet_address::station_size_max);
static_assert(std::is_trivially_copyable_v<packet_address> && std::is_standard_layout_v<packet_address>);
static_assert(static_cast<int>(packet_type::host) == PACKET_HOST);
static_assert(static_cast<int>(packet_type::broadcast) == PACKET_BROADCAST);
static_assert(static_cast<int>(packet_type::multicast) == PACKET_MULTICAST);
static_assert(static_cast<int>(packet_type::other_host) == PACKET_OTHERHOST);
static_assert(static_cast<int>(packet_type::outgoing) == PACKET_OUTGOING);

constexpr bool loads_what_it_stores(const packet_address& address) {
    std::byte bytes[packet_address::sockaddr_size_max]{};
    return address.store(bytes) == sizeof bytes && *packet_address::load(bytes) == address;
}
static_assert(loads_what_it_stores(everything) && loads_what_it_stores(received) && loads_what_it_stores({}));

auto load(const sockaddr_ll& sockaddr, std::size_t size) {
    return packet_address::load(std::as_bytes(std::span{&sockaddr, 1}).first(size));
}

}  // namespace

TEST_CASE("packet_address stores and loads sockaddr_ll", "[address]") {
    std::mt19937 random{12};
    for (int i = 0; i < 2'000; ++i) {
        sockaddr_ll reference{};
        reference.sll_family = AF_PACKET;
        reference.sll_protocol = static_cast<std::uint16_t>(random());
        reference.sll_ifindex = static_cast<int>(random());
        reference.sll_hatype = static_cast<std::uint16_t>(random() % 3);
        reference.sll_pkttype = static_cast<std::uint8_t>(random() % 8);
        reference.sll_halen = static_cast<std::uint8_t>(random() % 9);
        std::uint8_t bytes[8]{};
        for (std::size_t k = 0; k < reference.sll_halen; ++k)
            reference.sll_addr[k] = bytes[k] = static_cast<std::uint8_t>(random());

        const packet_address address{ntohs(reference.sll_protocol), static_cast<std::uint32_t>(reference.sll_ifindex),
                                     std::span{bytes}.first(reference.sll_halen),
                                     static_cast<packet_type>(reference.sll_pkttype), reference.sll_hatype};
        REQUIRE(*packet_address::parse(address.to_text()) == address);
        sockaddr_ll mine;
        REQUIRE(address.store(std::as_writable_bytes(std::span{&mine, 1})) == sizeof mine);
        REQUIRE(std::memcmp(&mine, &reference, sizeof mine) == 0);
        REQUIRE(*load(reference, sizeof reference) == address);
        REQUIRE(*load(reference, 12u + reference.sll_halen) == address);  // as getsockname gives it
        if (reference.sll_halen > 0) REQUIRE(load(reference, 11u + reference.sll_halen) == errc::invalid_argument);
        for (std::size_t k = reference.sll_halen; k < 8; ++k) reference.sll_addr[k] = 0xee;  // not part of the address
        REQUIRE(*load(reference, sizeof reference) == address);
    }
}

TEST_CASE("packet_address refuses what is no sockaddr_ll", "[address]") {
    sockaddr_ll sockaddr{};
    sockaddr.sll_family = AF_PACKET;
    CHECK(load(sockaddr, 12));
    CHECK(load(sockaddr, 11) == errc::invalid_argument);
    CHECK(load(sockaddr, 0) == errc::invalid_argument);
    sockaddr.sll_halen = 9;
    CHECK(load(sockaddr, sizeof sockaddr) == errc::invalid_argument);
    sockaddr.sll_halen = 0;
    sockaddr.sll_family = AF_INET;
    CHECK(load(sockaddr, sizeof sockaddr) == errc::invalid_argument);
}

TEST_CASE("packet_address agrees with the kernel's packet sockets", "[address][conformance]") {
    const int fd = ::socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) SKIP("packet sockets need CAP_NET_RAW");
    sockaddr_ll sockaddr{};
    packet_address{0x0800, 1}.store(std::as_writable_bytes(std::span{&sockaddr, 1}));
    sockaddr.sll_family = AF_INET;
    CHECK(::bind(fd, reinterpret_cast<::sockaddr*>(&sockaddr), sizeof sockaddr) == -1);
    CHECK(errno == static_cast<int>(load(sockaddr, sizeof sockaddr).error()));
    sockaddr.sll_family = AF_PACKET;
    if (::bind(fd, reinterpret_cast<::sockaddr*>(&sockaddr), sizeof sockaddr) == 0) {  // 1 is lo
        socklen_t size = sizeof sockaddr;
        REQUIRE(::getsockname(fd, reinterpret_cast<::sockaddr*>(&sockaddr), &size) == 0);
        const auto bound = load(sockaddr, size);
        REQUIRE(bound);
        CHECK(bound->protocol() == 0x0800);
        CHECK(bound->interface_index() == 1);
        CHECK(bound->station().size() == 6);
    }
    ::close(fd);
}
