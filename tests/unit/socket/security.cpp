// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/security/allow_list.hpp>

#include <weld/host/all.hpp>
#include <weld/socket/create.hpp>
#include <weld/socket/datagram_batch.hpp>
#include <weld/socket/options.hpp>
#include <weld/socket/security/all_of.hpp>

#include <sys/socket.h>

#include <string>

#include "support/catch.hpp"
#include "support/host_net.hpp"

namespace {
using weld::errc;
namespace security = weld::security;
const auto here = weld::address4::loopback();

/// Has every hook there is, and counts.
struct counting {
    using role = weld::role::security_policy;
    weld::result<> create(int, int, int) { return note("create"); }
    weld::result<> post_create(int, int, int) { return note("post_create"); }
    weld::result<> socketpair(const auto&) { return note("socketpair"); }
    weld::result<> sk_alloc(const auto&) { return note("sk_alloc"); }
    void sk_free(const auto&) { static_cast<void>(note("sk_free")); }
    weld::result<> bind(const auto&, const auto&) { return note("bind"); }
    weld::result<> connect(const auto&, const auto&) { return note("connect"); }
    weld::result<> listen(const auto&, int) { return note("listen"); }
    weld::result<> accept(const auto&) { return note("accept"); }
    weld::result<> sendmsg(const auto&, std::size_t) { return note("sendmsg"); }
    weld::result<> sendmsg_to(const auto&, const auto&, std::size_t) { return note("sendmsg_to"); }
    weld::result<> recvmsg(const auto&, std::size_t) { return note("recvmsg"); }
    weld::result<> getsockname(const auto&) { return note("getsockname"); }
    weld::result<> getpeername(const auto&) { return note("getpeername"); }
    weld::result<> setsockopt(const auto&, int, int) { return note("setsockopt"); }
    weld::result<> getsockopt(const auto&, int, int) { return note("getsockopt"); }
    weld::result<> shutdown(const auto&, int) { return note("shutdown"); }
    weld::result<> note(const char* what) {
        asked += std::string{what} + " ";
        return refused == what ? errc::permission_denied : errc{};
    }
    std::string asked, refused;
};
}  // namespace

TEST_CASE("every hook is asked before its operation, on both paths", "[security]") {
    weld::net net{weld::host::all{}, counting{}};
    auto& policy = net.security().policy();
    const auto took = [&] { return std::exchange(policy.asked, {}); };
    {
        auto listener = net.socket(weld::tcp);
        CHECK(took() == "create sk_alloc post_create ");
        CHECK(listener->bind({here, 0}));
        CHECK(listener->listen(2));
        const auto address = *listener->local_address();
        CHECK(took() == "bind listen getsockname ");
        auto client = net.socket(AF_INET, SOCK_STREAM, 0);
        CHECK(took() == "create sk_alloc post_create ");
        CHECK(client->connect(address).blocking());
        took();
        auto server = listener->try_accept();
        REQUIRE(server);
        CHECK(took() == "accept ");
        CHECK(client->try_send(support::bytes_of("x")) == 1u);
        CHECK(took() == "sendmsg ");
        std::byte buffer[4];
        CHECK(server->recv(buffer).blocking() == 1u);
        CHECK(took() == "recvmsg ");
        CHECK(server->set(weld::keep_alive{true}));
        CHECK(server->get<weld::keep_alive>());
        CHECK(client->peer_address());
        CHECK(client->shutdown(weld::shutdown_type::both));
        CHECK(took() == "setsockopt getsockopt getpeername shutdown ");
    }
    CHECK(took() == "sk_free sk_free sk_free ");
    auto pair = net.socketpair(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(took() == "create socketpair post_create ");
    auto kernels = net.kernel_socket(weld::udp);
    CHECK(kernels->bind({here, 0}));
    CHECK(kernels->try_send_to(support::bytes_of("x"), *kernels->local_address()) == 1u);
    auto by_number = net.kernel_socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(by_number->bind(weld::endpoint4{here, 0}));
    CHECK(took().empty());
    for (const char* each : {"create", "sk_alloc", "post_create"}) {
        policy.refused = each;
        CHECK(net.socket(weld::udp).error() == errc::permission_denied);
        CHECK(net.socket(AF_INET, SOCK_DGRAM, 0).error() == errc::permission_denied);
    }
    CHECK(net.stats().sockets == 3);
}

TEST_CASE("an allow-list refuses what it does not name, and remembers", "[security]") {
    weld::net net{weld::host::all{}, security::allow_list{security::listen_on(AF_INET, 20000, 20010), security::family(AF_UNIX),
                                                          security::connect_to(*weld::prefix4::parse("127.0.0.0/8"), 20001)}};
    auto& policy = net.security().policy();
    CHECK(net.socket(AF_INET6, SOCK_STREAM, 0).error() == errc::operation_not_permitted);
    CHECK(net.socket(weld::tcp6).error() == errc::operation_not_permitted);
    CHECK(net.socket(weld::unix_stream));
    auto tcp = net.socket(weld::tcp);
    REQUIRE(tcp);
    CHECK(tcp->bind({here, 80}).error() == errc::permission_denied);
    CHECK(tcp->try_connect({here, 80}).error() == errc::permission_denied);
    CHECK(tcp->try_connect({weld::address4{}, 20001}).error() == errc::permission_denied);
    CHECK(policy.denied() == 5);
    CHECK(policy.denials().size() == 5);
    CHECK(std::string{policy.denials()[2].hook} == "bind");
    CHECK(weld::text{policy.denials()[2].address.to_text()} == "127.0.0.1:80");
    auto udp = net.socket(AF_INET, SOCK_DGRAM, 0);  // the same rules by numbers
    CHECK(udp->bind(weld::endpoint4{here, 30000}).error() == errc::permission_denied);
    CHECK(udp->bind(weld::endpoint4{here, 0}));  // a port of the system's choice
    CHECK(udp->try_connect(weld::endpoint4{here, 20001}));
    for (int i = 0; i < 40; ++i) CHECK(tcp->bind({here, static_cast<std::uint16_t>(i + 1)}).error() == errc::permission_denied);
    CHECK(policy.denials().size() == security::allow_list::denials_kept);
    CHECK(weld::text{policy.denials().back().address.to_text()} == "127.0.0.1:40");
}

TEST_CASE("connect-only and listen-only", "[security]") {
    weld::net out{weld::host::inet{}, security::allow_list{security::connect_to_port(AF_INET, 0, 65535)}};
    auto client = out.socket(weld::tcp);
    CHECK(client->bind({here, 0}));
    CHECK(client->listen(1).error() == errc::permission_denied);
    weld::net in{weld::host::inet{}, security::allow_list{security::listen_on(AF_INET, 0, 65535)}};
    auto server = in.socket(weld::tcp);
    CHECK(server->bind({here, 0}));
    CHECK(server->listen(1));
    CHECK(in.socket(weld::tcp)->try_connect(*server->local_address()).error() == errc::permission_denied);
}

TEST_CASE("all_of asks each in turn, and the first refusal decides", "[security]") {
    weld::net net{weld::host::all{}, security::all_of{security::allow_list{security::family(AF_INET)}, counting{}}};
    auto& policies = net.security().policy();
    CHECK(net.socket(AF_UNIX, SOCK_STREAM, 0).error() == errc::operation_not_permitted);
    CHECK(policies.get<counting>().asked.empty());
    auto socket = net.socket(weld::tcp);
    CHECK(socket);
    policies.get<counting>().refused = "bind";
    CHECK(socket->bind({here, 0}).error() == errc::permission_denied);
    CHECK(policies.get<security::allow_list>().denied() == 1);
}
TEST_CASE("messages of a batch are asked about before any of them goes", "[security]") {
    weld::net net{weld::host::all{}, counting{}};
    auto made = net.socket(weld::udp);
    REQUIRE(made);
    REQUIRE(made->bind({here, 0}));
    weld::datagram_batch<weld::endpoint4, 2, 8> batch;
    for (std::size_t i = 0; i < 2; ++i) batch[i].resize(1);
    batch[0].set_address(*made->local_address());
    auto& asked = net.security().policy();
    asked.asked.clear();
    asked.refused = "sendmsg";
    CHECK(made->try_send_many(batch.first(2)).error() == errc::permission_denied);
    CHECK(asked.asked == "sendmsg_to sendmsg ");
    CHECK(made->try_recv_many(batch).error() == errc::resource_unavailable_try_again);
    asked.refused = "recvmsg";
    CHECK(made->try_recv_many(batch).error() == errc::permission_denied);
}
