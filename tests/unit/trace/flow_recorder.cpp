// SPDX-License-Identifier: BSL-1.0
#include <weld/trace.hpp>

#include <weld/host/all.hpp>
#include <weld/posix.hpp>
#include <weld/sim.hpp>
#include <weld/stack/unix/unix.hpp>

#include <sys/socket.h>

#include <string>

#include "support/catch.hpp"

namespace {
using weld::layer;
namespace trace = weld::trace;

/// The kernel's names, in the order of the crossings.
std::string kernel_names(const std::vector<trace::station>& stations) {
    std::string all;
    for (const auto& each : stations) all += std::string(static_cast<std::size_t>(each.depth), ' ') + each.kernel + "\n";
    return all;
}
}  // namespace

TEST_CASE("a call's stations are recorded with their depth, arguments and answers", "[trace]") {
    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
    weld::net net{weld::stack::unix_{}, weld::shared{clock}, trace::flow_recorder{}};
    weld::posix::process os{net};
    CHECK(net.trace().stations().empty());
    net.trace().start();
    const int fd = os.socket(AF_UNIX, SOCK_STREAM, 0);
    net.trace().stop();
    CHECK(kernel_names(net.trace().stations()) ==
          "__sys_socket\n __sock_create\n  security_socket_create\n  sock_alloc\n  net_families[family], inetsw[type]\n   security_sk_alloc\n"
          "   unix_create\n    unix_create1\n sock_map_fd, get_unused_fd_flags, fd_install\n  sock_alloc_file\n");
    CHECK(net.trace().stations().front().answer == "0");
    CHECK(net.trace().stations().front().arguments == "1, 1, 0");
    CHECK(os.listen(fd, 3) == -1);
    CHECK(net.trace().stations().size() == 10);  // nothing is added while it is off
    net.trace().start();
    CHECK(os.listen(fd, 3) == -1);
    CHECK(net.trace().stations().front().answer == "invalid argument");
    CHECK(net.trace().stations().back().at == layer::proto);
}

TEST_CASE("a wake-up is a station, too", "[trace]") {
    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
    weld::net net{weld::stack::unix_{}, weld::shared{clock}, trace::flow_recorder{}};
    weld::posix::process os{net};
    int ends[2];
    REQUIRE(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    net.spawn([](auto& in, auto& calls, int to) -> weld::task<> {
        co_await weld::sleep(in, weld::duration::milliseconds(3));
        calls.send(to, "x", 1, 0);
    }(net, os, ends[1]));
    net.trace().start();
    char byte;
    CHECK(os.recv(ends[0], &byte, 1, 0) == 1);
    int wakes = 0;
    for (const auto& each : net.trace().stations()) wakes += each.at == layer::wake;
    CHECK(wakes == 1);
    CHECK(net.trace().stations().back().when - net.trace().stations().front().when >= weld::duration::milliseconds(3));
}

TEST_CASE("a family of the host ends in the kernel", "[trace]") {
    weld::net net{weld::host::all{}, trace::flow_recorder{}};
    auto socket = net.socket(weld::tcp);
    net.trace().start();
    CHECK(socket->bind({weld::address4::loopback(), 0}));
    REQUIRE(net.trace().stations().size() == 3);
    CHECK(net.trace().stations()[0].at == layer::security);
    CHECK(net.trace().stations()[1].kernel == std::string{"inet_bind"});
    CHECK(net.trace().stations()[1].arguments == "127.0.0.1:0");
    CHECK(net.trace().stations()[2].at == layer::kernel);
}

TEST_CASE("pictures", "[trace]") {
    std::vector<trace::station> stations{{layer::entry, 0, "outer", "sys_outer", "1 < 2", "0", {}}, {layer::proto, 1, "inner", "do_inner", "", "", {}}};
    CHECK(trace::as_text(stations) ==
          "entry     outer(1 < 2) = 0                                                         sys_outer\n"
          "proto       inner()                                                                do_inner\n");
    CHECK(trace::as_mermaid(stations) ==
          "flowchart TD\n    s0[\"outer(1 &lt; 2) = 0<br/><i>sys_outer</i>\"]\n    s1[\"inner()<br/><i>do_inner</i>\"]\n    s0 -->|proto| s1\n");
    const std::string svg = trace::as_svg(stations);
    CHECK(svg.find("outer(1 &lt; 2) = 0") != std::string::npos);
    CHECK(svg.rfind("</svg>\n") == svg.size() - 7);
    CHECK(trace::as_html(stations, "a < b").find("<h1>a &lt; b</h1>") != std::string::npos);
}
