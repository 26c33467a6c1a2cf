#include <weld/socket/address/generic_address.hpp>

#include "support/catch.hpp"

#include <sys/socket.h>

#include <concepts>
#include <span>
#include <type_traits>

using namespace weld;

namespace {

constexpr endpoint4 web{address4{10, 0, 0, 2}, 80};

static_assert(generic_address{}.family() == AF_UNSPEC && generic_address{}.bytes().empty());
static_assert(generic_address{web}.family() == AF_INET && generic_address{web}.bytes().size() == 16);
static_assert(generic_address{endpoint6{}}.family() == AF_INET6 &&
              generic_address{packet_address{}}.family() == AF_PACKET);
static_assert(generic_address{unix_address{}}.family() == AF_UNIX &&
              generic_address{unix_address{}}.bytes().size() == 2);

static_assert(*generic_address{web}.as<endpoint4>() == web);
static_assert(generic_address{web}.as<endpoint6>() == errc::address_family_not_supported);
static_assert(generic_address{}.as<endpoint4>() == errc::address_family_not_supported);
static_assert(*generic_address::load(generic_address{web}.bytes()) == generic_address{web});
static_assert(generic_address::load(generic_address{web}.bytes().first(15))->as<endpoint4>() == errc::invalid_argument);

static_assert(generic_address{web} == generic_address{web} && generic_address{web} != generic_address{});
static_assert(generic_address{web} != generic_address{endpoint4{web.address(), 81}});

static_assert(generic_address{web}.to_text() == "10.0.0.2:80");
static_assert(generic_address{*unix_address::parse("@echo")}.to_text() == "@echo");
static_assert(generic_address{endpoint6{address6::loopback(), 1}}.to_text() == "[::1]:1");
static_assert(generic_address{packet_address{3, 2}}.to_text() == "%2/0x0003");
static_assert(generic_address{}.to_text() == "family 0, 0 bytes");

static_assert(generic_address::capacity == sizeof(sockaddr_storage));
static_assert(std::regular<generic_address> && std::is_trivially_copyable_v<generic_address>);
static_assert(std::is_convertible_v<endpoint4, generic_address> && !std::is_convertible_v<address4, generic_address>);

}  // namespace

TEST_CASE("a call writes into a generic address", "[address]") {
    generic_address address;
    address.resize(web.store(address.storage()));
    CHECK(*address.as<endpoint4>() == web);
    address.resize(300);  // Linux reports the length it would have liked
    CHECK(address.bytes().size() == generic_address::capacity);
}

TEST_CASE("a sockaddr over 128 bytes is refused as move_addr_to_kernel does", "[address]") {
    std::byte bytes[129]{};
    CHECK(generic_address::load(std::span{bytes}.first(128)).has_value());
    CHECK(generic_address::load(bytes) == errc::invalid_argument);
}

TEST_CASE("visit finds the type, and gives what it does not know as it is", "[address]") {
    const auto kind = [](const generic_address& address) {
        return address.visit([](const auto& visited) {
            using visited_type = std::remove_cvref_t<decltype(visited)>;
            return std::same_as<visited_type, endpoint4>       ? '4'
                   : std::same_as<visited_type, endpoint6>     ? '6'
                   : std::same_as<visited_type, unix_address>  ? 'u'
                   : std::same_as<visited_type, packet_address> ? 'p'
                                                               : '?';
        });
    };
    CHECK(kind(web) == '4');
    CHECK(kind(endpoint6{}) == '6');
    CHECK(kind(unix_address{}) == 'u');
    CHECK(kind(packet_address{}) == 'p');
    CHECK(kind({}) == '?');
    CHECK(kind(*generic_address::load(generic_address{web}.bytes().first(8))) == '?');
    const auto size = [](const auto& address) { return sizeof address; };
    CHECK(generic_address{web}.visit<endpoint6, endpoint4>(size) == sizeof(endpoint4));
    CHECK(generic_address{web}.visit<endpoint6>(size) == sizeof(generic_address));
}
