// SPDX-License-Identifier: BSL-1.0
// A server and a client written for the kernel run unchanged over it, over a net of the host's families, and over two
// nets of weld's own protocols in a simulation.
#include <weld/device/memory.hpp>
#include <weld/host/inet.hpp>
#include <weld/posix.hpp>
#include <weld/posix/programs.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "support/catch.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
namespace over_kernel {
#define OS(name) ::name
#include "../../../examples/support/c_echo.h"
#undef OS
}  // namespace over_kernel
namespace over_net {
#define OS(name) weld::posix::name
#include "../../../examples/support/c_echo.h"
#undef OS
}  // namespace over_net
#pragma GCC diagnostic pop

namespace {
/// The client tries until the server listens.
template <class Client>
int patient(Client client) {
    for (int tries = 0; tries < 1000; ++tries) {
        const int answer = client();
        if (answer != 2) return answer;
        ::usleep(1000);
    }
    return -1;
}
}  // namespace

TEST_CASE("a C program over the kernel", "[conformance][posix][program]") {
    int served = -1;
    std::thread server{[&] { served = over_kernel::echo_server("127.0.0.1", 27071, 1); }};
    CHECK(patient([] { return over_kernel::echo_client("127.0.0.1", 27071, 20'000); }) == 0);
    server.join();
    CHECK(served == 0);
}

TEST_CASE("the same program over a net of the host's families", "[conformance][posix][program]") {
    int served = -1;
    std::thread server{[&] {
        weld::net net{weld::host::inet{}};
        weld::posix::process os{net};
        weld::posix::use(os);
        served = over_net::echo_server("127.0.0.1", 27072, 1);
    }};
    weld::net net{weld::host::inet{}};
    weld::posix::process os{net};
    weld::posix::use(os);
    CHECK(patient([] { return over_net::echo_client("127.0.0.1", 27072, 20'000); }) == 0);
    server.join();
    CHECK(served == 0);
}

TEST_CASE("the same programs side by side over one net", "[conformance][posix][program]") {
    weld::net net{weld::host::inet{}};
    weld::posix::process server{net}, first{net}, second{net};
    int answers[3] = {-1, -1, -1};
    weld::posix::programs programs;
    programs.start(server, [&] { answers[0] = over_net::echo_server("127.0.0.1", 27073, 2); });
    programs.start(first, [&] { answers[1] = over_net::echo_client("127.0.0.1", 27073, 30'000); });
    programs.start(second, [&] { answers[2] = over_net::echo_client("127.0.0.1", 27073, 100); });
    programs.run();
    for (const int each : answers) CHECK(each == 0);
    CHECK(net.stats().files == 0);
}

TEST_CASE("the same programs over weld's own TCP, in a simulation", "[conformance][posix][program]") {
    namespace own = weld::stack;
    weld::sim::timeline time;
    weld::sim::virtual_clock here{time, 1}, there{time, 2};
    weld::device::memory_link wire;
    weld::net near{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{here}};
    weld::net far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{there}};
    weld::posix::process server{near}, client{far};
    int answers[2] = {-1, -1};
    weld::posix::programs programs;
    programs.start(server, [&] { answers[0] = over_net::echo_server("10.0.0.1", 7, 1); });
    programs.start(client, [&] { answers[1] = over_net::echo_client("10.0.0.1", 7, 50'000); });
    programs.run();
    CHECK(answers[0] == 0);
    CHECK(answers[1] == 0);
    CHECK(near.stats().files == 0);
    CHECK(far.stats().sockets == 0);
}
