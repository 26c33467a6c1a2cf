#include <weld/socket/address/endpoint6.hpp>

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
using weld::address6;
using weld::endpoint4;
using weld::endpoint6;
using weld::errc;

namespace {

constexpr bool refused(weld::text characters) { return endpoint6::parse(characters) == errc::invalid_argument; }
constexpr endpoint6 link{*address6::parse("fe80::1"), 80, 2};

static_assert(*endpoint6::parse("[fe80::1%2]:80") == link && link.to_text() == "[fe80::1%2]:80");
static_assert(*endpoint6::parse("[::1]:8080") == endpoint6{address6::loopback(), 8080});
static_assert(*endpoint6::parse("[::]:0") == endpoint6{} && endpoint6{}.to_text() == "[::]:0");
static_assert(*endpoint6::parse("[::1%0]:1") == endpoint6{address6::loopback(), 1});
static_assert(endpoint6::parse("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535")->to_text().size() == 58);
static_assert(refused("") && refused("[") && refused("]") && refused("[]") && refused("[]:80") && refused("[::1]"));
static_assert(refused("[::1]:") && refused("[::1]80") && refused("::1:80") && refused("[::1]:80 ") &&
              refused("[::1]:080"));
static_assert(refused("[::1]:65536") && refused("[::1%]:80") && refused("[::1%eth0]:80") && refused("[::1%02]:80"));
static_assert(refused("[::1%4294967296]:80") && refused("[::1%1%2]:80") && refused("[[::1]]:80") &&
              refused("[10.0.0.2]:80"));
static_assert(refused("x[::1]:80") && refused("[%1]:80") && refused("]:80") && refused("[::1]]:80"));

static_assert(endpoint6{address6::any(), 0, 0, 0x0ff12345}.flow_label() == 0x12345);
static_assert(endpoint6{address6::any(), 0, 0, 0x0ff12345}.flow_info() == 0x0ff12345);
static_assert(endpoint6{address6::any(), 0, 0, 1} != endpoint6{} && endpoint6{address6::any(), 0, 0, 1} > endpoint6{});
static_assert(endpoint6{address6::any(), 255} < endpoint6{address6::any(), 256});
static_assert(endpoint6{address6::any(), 1, 9} < endpoint6{address6::any(), 2, 1} &&
              link != endpoint6{link.address(), 80});

static_assert(endpoint6::mapped({address4{10, 0, 0, 2}, 80}).to_text() == "[::ffff:10.0.0.2]:80");
static_assert(*endpoint6::mapped({address4{10, 0, 0, 2}, 80}).to_endpoint4() == endpoint4{address4{10, 0, 0, 2}, 80});
static_assert(link.to_endpoint4() == errc::invalid_argument);

// The kernel's layout: netinet/in.h.
static_assert(endpoint6::family == AF_INET6 && sizeof(endpoint6) == sizeof(sockaddr_in6) &&
              alignof(endpoint6) == alignof(sockaddr_in6));
static_assert(endpoint6::sockaddr_size_max == sizeof(sockaddr_in6) && std::is_trivially_copyable_v<endpoint6>);
static_assert(std::is_standard_layout_v<endpoint6>);

constexpr auto stored = [] {
    std::array<std::byte, 28> bytes{};
    return link.store(bytes) == 28 ? bytes : decltype(bytes){};
}();
static_assert(stored[0] == std::byte{10} && stored[3] == std::byte{80} && stored[23] == std::byte{1} &&
              stored[24] == std::byte{2});
static_assert(*endpoint6::load(stored) == link);
static_assert(*endpoint6::load(std::span{stored}.first(24)) == endpoint6{link.address(), 80});  // RFC 2133
static_assert(*endpoint6::load(std::span{stored}.first(27)) == endpoint6{link.address(), 80});
static_assert(endpoint6::load(std::span{stored}.first(23)) == errc::invalid_argument);
static_assert(endpoint6::load(std::array<std::byte, 28>{}) == errc::address_family_not_supported);

}  // namespace

TEST_CASE("endpoint6 stores and loads sockaddr_in6", "[address]") {
    std::mt19937 random{10};
    for (int i = 0; i < 2'000; ++i) {
        address6 address;
        for (auto& byte : address.bytes) byte = static_cast<std::uint8_t>(random());
        const endpoint6 printable{address, static_cast<std::uint16_t>(random()), static_cast<std::uint32_t>(random())};
        REQUIRE(*endpoint6::parse(printable.to_text()) == printable);

        const endpoint6 endpoint{address, printable.port(), printable.scope_id(), static_cast<std::uint32_t>(random())};
        sockaddr_in6 reference{};
        reference.sin6_family = AF_INET6;
        reference.sin6_port = htons(endpoint.port());
        reference.sin6_flowinfo = htonl(endpoint.flow_info());
        std::memcpy(&reference.sin6_addr, address.bytes, sizeof address);
        reference.sin6_scope_id = endpoint.scope_id();
        sockaddr_in6 mine;
        REQUIRE(endpoint.store(std::as_writable_bytes(std::span{&mine, 1})) == sizeof mine);
        REQUIRE(std::memcmp(&mine, &reference, sizeof mine) == 0);
        REQUIRE(*endpoint6::load(std::as_bytes(std::span{&reference, 1})) == endpoint);
    }
}

TEST_CASE("endpoint6 refuses the sockaddr that bind refuses, with its errno", "[address][conformance]") {
    const int probe = ::socket(AF_INET6, SOCK_DGRAM, 0);
    if (probe < 0) SKIP("no IPv6 in this kernel");
    ::close(probe);
    sockaddr_storage storage{};
    endpoint6{address6::any(), 0}.store(std::as_writable_bytes(std::span{&storage, 1}));
    const auto agrees = [&](socklen_t size) {
        const int fd = ::socket(AF_INET6, SOCK_DGRAM, 0);
        const int error = ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) == 0 ? 0 : errno;
        ::close(fd);
        const auto loaded = endpoint6::load(std::as_bytes(std::span{&storage, 1}).first(size));
        CHECK(static_cast<int>(loaded.error()) == error);
    };
    for (socklen_t size = 0; size <= sizeof storage; ++size) agrees(size);
    for (const int family : {AF_INET, AF_UNSPEC, 4711}) {
        storage.ss_family = static_cast<sa_family_t>(family);
        agrees(sizeof(sockaddr_in6));
        agrees(4);
    }
}
