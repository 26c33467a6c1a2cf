#include <weld/socket/address/socket_address.hpp>

#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/address/unix_address.hpp>

#include "support/catch.hpp"

#include <span>

using weld::errc;
using weld::socket_address;

namespace {

/// The poorest socket_address: it has no name but its family, and does nothing that is not asked for.
struct nameless {
    static constexpr int family = 16;
    static constexpr std::size_t sockaddr_size_max = 2;
    constexpr std::size_t store(std::span<std::byte> sockaddr) const noexcept {
        sockaddr.data()[0] = std::byte{family};
        sockaddr.data()[1] = std::byte{0};
        return 2;
    }
    static constexpr weld::result<nameless> load(std::span<const std::byte> sockaddr) noexcept {
        if (sockaddr.size() < 2) return errc::invalid_argument;
        return nameless{};
    }
    static constexpr weld::result<nameless> parse(weld::text characters) noexcept {
        if (!characters.empty()) return errc::invalid_argument;
        return nameless{};
    }
    constexpr weld::text to_text() const noexcept { return ""; }
    bool operator==(const nameless&) const = default;
};

struct without_family : nameless {
    static void family();
};
struct without_size : nameless {
    static void sockaddr_size_max();
};
struct without_equality : nameless {
    bool operator==(const without_equality&) const = delete;
};
struct that_throws : nameless {
    std::size_t store(std::span<std::byte>) const;
};
struct of_another_type : nameless {};  // load() and parse() give a nameless

static_assert(socket_address<weld::endpoint4> && socket_address<weld::endpoint6>);
static_assert(socket_address<weld::unix_address> && socket_address<weld::packet_address>);
static_assert(socket_address<nameless>);
static_assert(!socket_address<int> && !socket_address<weld::address4> && !socket_address<weld::generic_address>);
static_assert(!socket_address<without_family> && !socket_address<without_size> && !socket_address<without_equality>);
static_assert(!socket_address<that_throws> && !socket_address<of_another_type> && !socket_address<nameless&>);

}  // namespace

TEST_CASE("the poorest address goes through generic_address", "[address]") {
    const weld::generic_address generic = nameless{};
    CHECK(generic.family() == 16);
    CHECK(generic.as<nameless>().has_value());
    CHECK(generic.visit<nameless>([](const auto& address) { return sizeof address; }) == sizeof(nameless));
    CHECK(weld::generic_address{weld::endpoint4{}}.as<nameless>() == errc::address_family_not_supported);
}
