// SPDX-License-Identifier: BSL-1.0
// A sock outlives its descriptor as an orphan of the net, and everything that is counted returns to zero.
#include <weld/posix.hpp>

#include <weld/device/loopback.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/packet/packet_family.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/task.hpp>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/catch.hpp"

namespace {
using namespace weld::literals;
namespace own = weld::stack;

struct machine {
    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
    weld::net<own::interface<own::bare_ip<weld::device::loopback>>, own::ipv4, own::icmp, own::tcp, own::udp, own::unix_, own::packet_family,
              weld::shared<weld::sim::virtual_clock>, weld::seed>
        net{own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, own::unix_{},
            own::packet_family{}, weld::shared{clock}, weld::seed{1}};
    void rest(weld::duration how_long) { weld::block_on(net, weld::sleep(net, how_long)); }
};
sockaddr_in local(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
}
}  // namespace

TEST_CASE("an orphan is the net's until its peer has acknowledged its end", "[posix][lifetime]") {
    machine m;
    weld::posix::process os{m.net};
    const sockaddr_in address = local(7);
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
    machine m;
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
