#include <weld/socket/address/unix_address.hpp>

#include "support/catch.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <type_traits>

using weld::errc;
using weld::text;
using weld::unix_address;

namespace {

constexpr char letters[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr text long_name(std::size_t size) { return {letters, size}; }

constexpr unix_address path = *unix_address::parse("/run/echo.socket");
constexpr unix_address abstract = *unix_address::parse("@echo");
constexpr unix_address unnamed{};

static_assert(path.is_path() && !path.is_abstract() && !path.is_unnamed() && path.name() == "/run/echo.socket");
static_assert(abstract.is_abstract() && !abstract.is_path() && !abstract.is_unnamed() && abstract.name() == "echo");
static_assert(unnamed.is_unnamed() && !unnamed.is_abstract() && !unnamed.is_path() && unnamed.name() == "");
static_assert(path.to_text() == "/run/echo.socket" && abstract.to_text() == "@echo" && unnamed.to_text() == "");
static_assert(path.name().data()[path.name().size()] == '\0');

static_assert(unix_address::parse(long_name(107))->to_text() == long_name(107));
static_assert(unix_address::parse(long_name(108)) == errc::filename_too_long);
static_assert(unix_address::from_abstract(long_name(107))->to_text().size() == 108);
static_assert(unix_address::from_abstract(long_name(108)) == errc::filename_too_long);
static_assert(unix_address::parse("") == errc::invalid_argument);
static_assert(unix_address::parse({"a\0b", 3}) == errc::invalid_argument);
static_assert(unix_address::parse({"@a\0b", 4})->name() == text{"a\0b", 3});  // an abstract name is any bytes
static_assert(unix_address::parse("@")->is_abstract() && unix_address::parse("@")->name() == "");
static_assert(unix_address::from_path("@echo")->to_text() == "./@echo" &&
              *unix_address::from_path("@echo") != abstract);

static_assert(unnamed < abstract && abstract < path && unnamed != *unix_address::parse("@"));
static_assert(*unix_address::parse("a") < *unix_address::parse("ab") &&
              *unix_address::parse("a") < *unix_address::parse("\xff"));
static_assert(path == *unix_address::from_path("/run/echo.socket"));

// The kernel's layout: sys/un.h.
static_assert(unix_address::family == AF_UNIX && unix_address::sockaddr_size_max == sizeof(sockaddr_un));
static_assert(offsetof(sockaddr_un, sun_path) == 2 && sizeof(sockaddr_un::sun_path) == 108);
static_assert(std::is_trivially_copyable_v<unix_address> && std::totally_ordered<unix_address>);

constexpr bool loads_what_it_stores(const unix_address& address, std::size_t size_expected) {
    std::byte bytes[unix_address::sockaddr_size_max]{};
    const std::size_t size = address.store(bytes);
    return size == size_expected && *unix_address::load(std::span{bytes}.first(size)) == address;
}
static_assert(loads_what_it_stores(path, 2 + 16 + 1) && loads_what_it_stores(abstract, 2 + 1 + 4));
static_assert(loads_what_it_stores(unnamed, 2) && loads_what_it_stores(*unix_address::parse("@"), 3));
static_assert(loads_what_it_stores(*unix_address::parse(long_name(107)), 110));
static_assert(loads_what_it_stores(*unix_address::from_abstract(long_name(107)), 110));

auto load(const sockaddr_un& sockaddr, std::size_t size) {
    return unix_address::load(std::as_bytes(std::span{&sockaddr, 1}).first(size));
}

}  // namespace

TEST_CASE("unix_address stores and loads sockaddr_un", "[address]") {
    sockaddr_un sockaddr{};
    REQUIRE(path.store(std::as_writable_bytes(std::span{&sockaddr, 1})) == 19);
    CHECK(sockaddr.sun_family == AF_UNIX);
    CHECK(std::string{sockaddr.sun_path} == "/run/echo.socket");
    CHECK(*load(sockaddr, sizeof sockaddr) == path);  // what follows the zero is not part of the path
    CHECK(*load(sockaddr, 2 + 4) == *unix_address::parse("/run"));
    CHECK(load(sockaddr, 2)->is_unnamed());

    std::memset(sockaddr.sun_path, 'a', sizeof sockaddr.sun_path);
    CHECK(load(sockaddr, sizeof sockaddr) == errc::filename_too_long);
    CHECK(load(sockaddr, sizeof sockaddr - 1)->name().size() == 107);
    std::memset(sockaddr.sun_path, 0, sizeof sockaddr.sun_path);
    CHECK(load(sockaddr, sizeof sockaddr)->name().size() == 107);  // an abstract name of zeros
}

TEST_CASE("unix_address survives text and sockaddr", "[address]") {
    std::mt19937 random{11};
    for (int i = 0; i < 5'000; ++i) {
        std::string name(random() % 109, '\0');
        for (char& c : name) c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 3));
        for (const auto& made : {unix_address::from_path(name), unix_address::from_abstract(name)}) {
            if (!made) continue;
            if (made->to_text().size() < 108 || made->is_abstract()) {
                const auto parsed = unix_address::parse(made->to_text());
                REQUIRE(parsed);
                if (parsed->name().substr(0, 3) != "./@") REQUIRE(*parsed == *made);
            }
            std::byte bytes[unix_address::sockaddr_size_max];
            REQUIRE(*unix_address::load(std::span{bytes}.first(made->store(bytes))) == *made);
        }
    }
}

TEST_CASE("the kernel gives an abstract name back as it was bound", "[address][conformance]") {
    const auto name = *unix_address::parse("@weld.test." + std::to_string(::getpid()));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(fd >= 0);
    sockaddr_un sockaddr{};
    auto size = sizeof sockaddr;
    const auto own_name = [&] {
        socklen_t length = sizeof sockaddr;
        REQUIRE(::getsockname(fd, reinterpret_cast<::sockaddr*>(&sockaddr), &length) == 0);
        return load(sockaddr, length);
    };
    CHECK(own_name()->is_unnamed());
    size = name.store(std::as_writable_bytes(std::span{&sockaddr, 1}));
    REQUIRE(::bind(fd, reinterpret_cast<::sockaddr*>(&sockaddr), static_cast<socklen_t>(size)) == 0);
    CHECK(*own_name() == name);
    ::close(fd);
}

TEST_CASE("unix_address refuses the sockaddr that connect refuses, with its errno", "[address][conformance]") {
    // Two bytes are a name to load() and none to connect: getsockname gives them.
    // 108 bytes without a zero are taken by Linux, and refused by weld: nobody could print or unlink them.
    sockaddr_storage storage{};
    unix_address::parse("@weld.test.nobody")->store(std::as_writable_bytes(std::span{&storage, 1}));
    const auto agrees = [&](socklen_t size) {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) == -1);
        const int error = errno;
        ::close(fd);
        const auto loaded = unix_address::load(std::as_bytes(std::span{&storage, 1}).first(size));
        INFO(size << " " << error);
        CHECK(loaded.has_value() == (error == ECONNREFUSED));
        if (!loaded) CHECK(static_cast<int>(loaded.error()) == error);
    };
    for (socklen_t size = 0; size <= sizeof storage; ++size)
        if (size != 2) agrees(size);
    for (const int family : {AF_INET, 4711}) {
        storage.ss_family = static_cast<sa_family_t>(family);
        agrees(20);
    }
}
