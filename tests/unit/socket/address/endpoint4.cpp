#include <weld/socket/address/endpoint4.hpp>

#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <type_traits>

using weld::address4;
using weld::endpoint4;
using weld::errc;

namespace {

constexpr bool refused(weld::text characters) { return endpoint4::parse(characters) == errc::invalid_argument; }
constexpr endpoint4 web{address4{10, 0, 0, 2}, 80};

static_assert(*endpoint4::parse("10.0.0.2:80") == web && web.to_text() == "10.0.0.2:80");
static_assert(endpoint4::parse("255.255.255.255:65535")->to_text() == "255.255.255.255:65535");
static_assert(endpoint4{} == *endpoint4::parse("0.0.0.0:0"));
static_assert(refused("") && refused(":") && refused("10.0.0.2") && refused("10.0.0.2:") && refused(":80"));
static_assert(refused("10.0.0.2:65536") && refused("10.0.0.2:080") && refused("10.0.0.2:-1") &&
              refused("10.0.0.2:80 "));
static_assert(refused("10.0.0.2:http") && refused("10.0.0.2:80:80") && refused("[10.0.0.2]:80") &&
              refused("10.0.0:80"));

static_assert(web.address() == address4{10, 0, 0, 2} && web.port() == 80);
static_assert(web < endpoint4{address4{10, 0, 0, 2}, 256} && web < endpoint4{address4{10, 0, 0, 3}, 1} &&
              web != endpoint4{});

// The kernel's layout: netinet/in.h.
static_assert(endpoint4::family == AF_INET && sizeof(endpoint4) == sizeof(sockaddr_in) &&
              alignof(endpoint4) == alignof(sockaddr_in));
static_assert(endpoint4::sockaddr_size_max == sizeof(sockaddr_in) && std::is_trivially_copyable_v<endpoint4>);
static_assert(std::is_standard_layout_v<endpoint4>);

constexpr auto stored = [] {
    std::array<std::byte, 16> bytes{};
    return web.store(bytes) == 16 ? bytes : decltype(bytes){};
}();
static_assert(stored[0] == std::byte{2} && stored[3] == std::byte{80} && stored[7] == std::byte{2});
static_assert(*endpoint4::load(stored) == web);
static_assert(endpoint4::load(std::span{stored}.first(15)) == errc::invalid_argument);
static_assert(endpoint4::load({}) == errc::invalid_argument);
static_assert(endpoint4::load(std::array<std::byte, 16>{}) == errc::address_family_not_supported);

}  // namespace

TEST_CASE("endpoint4 stores and loads sockaddr_in", "[address]") {
    std::mt19937 random{9};
    for (int i = 0; i < 2'000; ++i) {
        const auto address = address4::from_uint32(static_cast<std::uint32_t>(random()));
        const endpoint4 endpoint{address, static_cast<std::uint16_t>(random())};
        REQUIRE(*endpoint4::parse(endpoint.to_text()) == endpoint);

        sockaddr_in reference{};
        reference.sin_family = AF_INET;
        reference.sin_port = htons(endpoint.port());
        reference.sin_addr.s_addr = htonl(endpoint.address().to_uint32());
        sockaddr_in mine;
        REQUIRE(endpoint.store(std::as_writable_bytes(std::span{&mine, 1})) == sizeof mine);
        REQUIRE(std::memcmp(&mine, &reference, sizeof mine) == 0);

        reference.sin_zero[3] = 7;  // not part of the address
        const auto loaded = endpoint4::load(std::as_bytes(std::span{&reference, 1}));
        REQUIRE(*loaded == endpoint);
        REQUIRE(loaded->store(std::as_writable_bytes(std::span{&reference, 1})) == sizeof reference);
        REQUIRE(std::memcmp(&mine, &reference, sizeof mine) == 0);
    }
}

TEST_CASE("endpoint4 refuses the sockaddr that bind refuses, with its errno", "[address][conformance]") {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(fd >= 0);
    sockaddr_storage storage{};
    endpoint4{address4::loopback(), 0}.store(std::as_writable_bytes(std::span{&storage, 1}));
    const auto agrees = [&](socklen_t size) {
        const int error = ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) == 0 ? 0 : errno;
        const auto loaded = endpoint4::load(std::as_bytes(std::span{&storage, 1}).first(size));
        CHECK(static_cast<int>(loaded.error()) == error);
    };
    for (socklen_t size = 0; size < sizeof(sockaddr_in); ++size) agrees(size);
    for (const int family : {AF_INET6, AF_UNIX, 4711}) {
        storage.ss_family = static_cast<sa_family_t>(family);
        agrees(sizeof(sockaddr_in));
        agrees(4);
    }
    storage.ss_family = AF_INET;
    agrees(sizeof storage);
    ::close(fd);
}
