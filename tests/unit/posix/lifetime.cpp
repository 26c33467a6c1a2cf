// SPDX-License-Identifier: BSL-1.0
// A sock outlives its descriptor as an orphan of the net, and everything that is counted returns to zero.
#include <weld/posix.hpp>

#include <weld/stack/packet/packet_family.hpp>
#include <weld/stack/unix/unix.hpp>

#include <sys/epoll.h>

#include "support/catch.hpp"
#include "unit/posix/lone_machine.hpp"

namespace {
using namespace weld::literals;
namespace own = weld::stack;

using machine = support::lone_machine<own::unix_, own::packet_family>;
}  // namespace

TEST_CASE("an orphan is the net's until its peer has acknowledged its end", "[posix][lifetime]") {
    machine m{own::unix_{}, own::packet_family{}};
    weld::posix::process os{m.net};
    const sockaddr_in address = support::local(7);
    const auto* const to = reinterpret_cast<const sockaddr*>(&address);
    const int listener = os.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(os.bind(listener, to, sizeof address) == 0);
    REQUIRE(os.listen(listener, 2) == 0);
    const int client = os.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(os.connect(client, to, sizeof address) == 0);
    const int server = os.accept(listener, nullptr, nullptr);
    REQUIRE(server >= 0);
    CHECK(m.net.stats().sockets == 3);
    CHECK(m.net.stats().files == 3);
    CHECK(m.net.stats().socks == 3);
    CHECK(os.send(client, "last words", 10, 0) == 10);
    CHECK(os.close(client) == 0);
    CHECK(m.net.stats().sockets == 2);  // the number, the file and the socket are gone at once
    CHECK(m.net.stats().files == 2);
    CHECK(m.net.stats().socks == 3);    // and the sock says goodbye
    CHECK(m.net.part<own::tcp>().orphans == 1);
    char buffer[16];
    CHECK(os.recv(server, buffer, sizeof buffer, 0) == 10);
    CHECK(os.recv(server, buffer, sizeof buffer, 0) == 0);
    os.close(server);
    os.close(listener);
    m.rest(1_s);
    CHECK(m.net.stats().socks == 0);
    CHECK(m.net.part<own::tcp>().orphans == 0);
    CHECK(m.net.part<own::tcp>().timewaits.in_use() == 1);
    m.rest(61_s);
    CHECK(m.net.part<own::tcp>().timewaits.in_use() == 0);
}

TEST_CASE("every kind of socket is counted while it lives, and no more afterwards", "[posix][lifetime]") {
    machine m{own::unix_{}, own::packet_family{}};
    {
        weld::posix::process os{m.net};
        std::size_t made = 0;
        for (const auto& [family, type, protocol] : {std::tuple{AF_INET, SOCK_STREAM, 0}, {AF_INET, SOCK_DGRAM, 0}, {AF_INET, SOCK_DGRAM, int{IPPROTO_ICMP}},
                                                     {AF_UNIX, SOCK_STREAM, 0}, {AF_UNIX, SOCK_DGRAM, 0}, {AF_PACKET, SOCK_RAW, htons(0x0800)}}) {
            CAPTURE(family, type, protocol);
            CHECK(os.socket(family, type, protocol) != -1);
            ++made;
            CHECK(m.net.stats().sockets == made);
            CHECK(m.net.stats().files == made);
            CHECK(m.net.stats().socks == made);
        }
        const int epoll = os.epoll_create1(0);
        CHECK(m.net.stats().files == made + 1);
        epoll_event event{EPOLLIN, {}};
        const std::size_t objects = m.net.stats().objects;
        CHECK(os.epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event) == 0);
        CHECK(m.net.stats().objects == objects + 1);
    }
    m.rest(1_s);
    CHECK(m.net.stats() == weld::net_stats{});
}
