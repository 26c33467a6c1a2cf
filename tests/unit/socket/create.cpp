// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/create.hpp>

#include <weld/host/all.hpp>
#include <weld/socket/allocation/failing.hpp>
#include <weld/socket/allocation/heap.hpp>

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "support/catch.hpp"
#include "support/host_net.hpp"

namespace {

using weld::errc;
namespace rules = weld::create_rules;

// The walk along the table, on paper. Source: inet_create, net/ipv4/af_inet.c.
constexpr weld::protosw_line table[] = {{2, 1, 6}, {2, 2, 17}, {2, 2, 1}, {2, 3, -1}, {1, 1, 0}, {1, 2, 0}, {17, 3, -1}};
static_assert(rules::find(table, 2, 1, 0)->index == 0 && rules::find(table, 2, 1, 0)->number == 6);
static_assert(rules::find(table, 2, 2, 0)->index == 1 && rules::find(table, 2, 2, 1)->index == 2);
static_assert(rules::find(table, 2, 3, 89)->number == 89);
constexpr weld::protosw_line otherwise[] = {{2, 2, 1}, {2, 2, 17}, {2, 1, 6}};  // parts may be listed in any order
static_assert(rules::find(otherwise, 2, 2, 0)->number == 17 && rules::find(otherwise, 2, 2, 1)->number == 1);
static_assert(rules::find(table, 2, 3, 0).error() == errc::protocol_not_supported);
static_assert(rules::find(table, 2, 1, 17).error() == errc::protocol_not_supported);
static_assert(rules::find(table, 2, 5, 0).error() == errc::socket_type_not_supported);
static_assert(rules::find(table, 2, 1, -1).error() == errc::invalid_argument);
static_assert(rules::find(table, 10, 1, 0).error() == errc::address_family_not_supported);
static_assert(rules::find(table, 1, 3, 0)->index == 5);  // unix: raw is a datagram
static_assert(rules::find(table, 1, 1, 6).error() == errc::protocol_not_supported);
static_assert(rules::find(table, 17, 3, 0x0008)->number == 0x0800);

errc kernel_says(int family, int type, int protocol) {
    const int fd = ::socket(family, type, protocol);
    if (fd < 0) return static_cast<errc>(errno);
    ::close(fd);
    return errc::success;
}
template <class Net>
errc weld_says(Net& net, int family, int type, int protocol) {
    return net.socket(family, type, protocol).error();
}
/// What this kernel has and weld does not list: MPTCP, SCTP, UDP-Lite, and families that may be modules.
bool is_unlisted(int protocol) { return protocol == 262 || protocol == 132 || protocol == 136 || protocol == 33; }

}  // namespace

TEST_CASE("socket by numbers answers what the kernel answers, for every family, type and protocol", "[socket][create]") {
    weld::net net{weld::host::all{}};
    const int open_before = support::open_descriptors();
    for (const int family : {-1, 1, 2, 10, 17, 46, 99}) {
        for (int type = -1; type <= 12; ++type) {
            if (family == AF_INET && type == SOCK_PACKET) continue;  // below
            for (const int protocol : {-1, 0, 1, 2, 6, 17, 58, 89, 255, 256, 262, 263, 0x0300, 70000}) {
                if (is_unlisted(protocol)) continue;
                CAPTURE(family, type, protocol);
                CHECK(weld::message(weld_says(net, family, type, protocol)) == std::string{weld::message(kernel_says(family, type, protocol))});
            }
        }
    }
    CHECK(weld_says(net, 3, SOCK_STREAM, 0) == errc::address_family_not_supported);  // AF_AX25, which nobody listed
    CHECK(weld_says(net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) == errc::success);
    CHECK(weld_says(net, AF_INET, SOCK_STREAM | 0x10, 0) == kernel_says(AF_INET, SOCK_STREAM | 0x10, 0));
    CHECK(weld_says(net, 99, SOCK_STREAM | 0x10, 0) == kernel_says(99, SOCK_STREAM | 0x10, 0));  // flags come first
    CHECK(weld_says(net, 99, 99, 0) == kernel_says(99, 99, 0));
    CHECK(net.stats().sockets == 0);
    CHECK(net.stats().objects == 0);
    CHECK(support::open_descriptors() == open_before);
}

TEST_CASE("(AF_INET, SOCK_PACKET) means AF_PACKET, and warns once", "[socket][create]") {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const int standard_error = ::dup(2);
    ::dup2(pipe_ends[1], 2);
    weld::net net{weld::host::inet{}, weld::host::packet{}};
    weld::net without{weld::host::inet{}};
    const auto first = net.socket(AF_INET, SOCK_PACKET, __builtin_bswap16(0x0003));
    const auto second = net.socket(AF_INET, SOCK_PACKET, __builtin_bswap16(0x0003));
    const auto third = without.socket(AF_INET, SOCK_PACKET, 0);
    ::dup2(standard_error, 2);
    char said[512]{};
    ::close(pipe_ends[1]);
    const auto size = ::read(pipe_ends[0], said, sizeof said - 1);
    ::close(pipe_ends[0]);
    ::close(standard_error);
    CHECK(third.error() == errc::address_family_not_supported);
    if (first) CHECK(first->family() == AF_PACKET);
    else CHECK(first.error() == errc::operation_not_permitted);
    CHECK(first.error() == second.error());
    const std::string text(said, size > 0 ? static_cast<std::size_t>(size) : 0);
    CHECK(text == "weld: this program uses obsolete (PF_INET,SOCK_PACKET)\n");
}

TEST_CASE("socketpair by numbers: unix has it, inet answers EOPNOTSUPP", "[socket][create]") {
    weld::net net{weld::host::all{}};
    for (const int type : {1, 2, 5, 3, 7}) {
        for (const int family : {AF_UNIX, AF_INET, AF_INET6, 3}) {
            int fds[2];
            const bool done = ::socketpair(family, type, 0, fds) == 0;
            const errc kernel = done ? errc::success : static_cast<errc>(errno);
            if (done) ::close(fds[0]), ::close(fds[1]);
            CAPTURE(family, type);
            CHECK(net.socketpair(family, type, 0).error() == kernel);
        }
    }
    auto pair = net.socketpair(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(pair);
    CHECK(pair->first.try_send(support::bytes_of("both ends")) == 9u);
    std::byte buffer[16];
    CHECK(pair->second.recv(buffer).blocking() == 9u);
    CHECK(net.stats().sockets == 2);
}

TEST_CASE("a socket by numbers does everything; what its protocol lacks answers EOPNOTSUPP", "[socket][create]") {
    weld::net net{weld::host::all{}};
    auto datagram = net.socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(datagram);
    CHECK(datagram->listen(1).error() == errc::operation_not_supported);
    CHECK(datagram->try_accept().error() == errc::operation_not_supported);
    auto listener = net.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listener);
    CHECK(listener->bind(weld::endpoint4{weld::address4::loopback(), 0}));
    CHECK(listener->listen(4));
    CHECK(listener->try_accept().error() == errc::resource_unavailable_try_again);
    auto client = net.socket(AF_INET, SOCK_STREAM, 0);
    CHECK(client->state() == weld::socket_state::unconnected);
    CHECK(client->connect(*listener->local_address()).blocking());
    CHECK(client->state() == weld::socket_state::connected);
    auto server = listener->accept().blocking();
    REQUIRE(server);
    CHECK(server->type() == SOCK_STREAM);
    CHECK(*server->local_address() == *client->peer_address());
    CHECK(client->send(support::bytes_of("by numbers")).blocking() == 10u);
    std::byte buffer[16];
    CHECK(server->recv(buffer).blocking() == 10u);
    int type = 0;
    CHECK(server->get_option(SOL_SOCKET, SO_TYPE, weld::mutable_bytes{reinterpret_cast<std::byte*>(&type), sizeof type}) == sizeof type);
    CHECK(type == SOCK_STREAM);
    CHECK(net.stats().sockets == 4);
}

namespace {
/// Refuses after the socket was made.
struct second_thoughts {
    using role = weld::role::security_policy;
    weld::result<> create(int family, int, int) { return family == AF_INET6 ? errc::permission_denied : errc{}; }
    weld::result<> post_create(int, int, int) { return errc::operation_not_permitted; }
    weld::result<> bind(const auto&, const auto&) { return errc::permission_denied; }
};
}  // namespace

TEST_CASE("the security hooks stand before and after a socket's making, and kernel sockets pass", "[socket][create][security]") {
    weld::net net{weld::host::all{}, second_thoughts{}};
    const int open_before = support::open_descriptors();
    CHECK(net.socket(AF_INET, SOCK_STREAM, 0).error() == errc::operation_not_permitted);
    CHECK(net.socket(weld::tcp).error() == errc::operation_not_permitted);
    CHECK(net.socket(AF_INET6, SOCK_STREAM, 0).error() == errc::permission_denied);
    CHECK(net.socket(99, SOCK_STREAM, 0).error() == errc::address_family_not_supported);  // the range comes first
    CHECK(support::open_descriptors() == open_before);
    auto kernels = net.kernel_socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(kernels);
    CHECK(kernels->bind(weld::endpoint4{weld::address4::loopback(), 0}));
    auto typed = net.kernel_socket(weld::tcp);
    REQUIRE(typed);
    CHECK(typed->bind(weld::endpoint4{weld::address4::loopback(), 0}));
    CHECK(net.stats().sockets == 1);
}

TEST_CASE("a failed allocation leaves a net as it was", "[socket][create][allocation]") {
    weld::allocation::fault fault;
    weld::net net{weld::host::all{}, weld::allocation::failing{fault}};
    const int open_before = support::open_descriptors();
    fault.set(1);
    CHECK(net.socket(AF_INET, SOCK_STREAM, 0).error() == errc::too_many_files_open_in_system);
    for (std::size_t nth = 1;; ++nth) {
        fault.set(nth);
        const auto pair = net.socketpair(AF_UNIX, SOCK_STREAM, 0);
        if (!fault.happened) break;
        CHECK((pair.error() == errc::too_many_files_open_in_system || pair.error() == errc::not_enough_memory));
        CHECK(net.stats() == weld::net_stats{});
        CHECK(support::open_descriptors() == open_before);
    }
    fault.set(0);
}

TEST_CASE("a slab gives objects out again, the last one freed first", "[socket][allocation]") {
    weld::allocation::slab slab;
    void* const first = slab.allocate(100);
    void* const second = slab.allocate(100);
    CHECK(first != second);
    CHECK(slab.in_use() == weld::allocation_usage{2, 200});
    slab.free(first, 100);
    slab.free(second, 100);
    CHECK(slab.allocate(120) == second);  // one list for every size up to the next step
    void* const large = slab.allocate(5000);
    CHECK(large != nullptr);
    slab.free(large, 5000);
    slab.free(second, 120);
    CHECK(slab.in_use() == weld::allocation_usage{});
}

#if !defined(NDEBUG)
TEST_CASE("who writes to an object that was freed is found when it is given out again", "[socket][allocation]") {
    for (const std::size_t at : {sizeof(void*), std::size_t{63}, std::size_t{95}}) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            for (const int said : {1, 2}) ::close(said);
            for (const int number : {SIGILL, SIGTRAP, SIGABRT}) ::signal(number, SIG_DFL);
            weld::allocation::slab slab;
            auto* const object = static_cast<volatile unsigned char*>(slab.allocate(96));
            slab.free(const_cast<unsigned char*>(object), 96);
            object[at] = 1;  // too late
            static_cast<void>(slab.allocate(96));
            ::_exit(0);  // nobody has found it
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CAPTURE(at, status);
        CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
    }
}
#endif
