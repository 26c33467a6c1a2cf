// SPDX-License-Identifier: BSL-1.0
#include <weld/std/dump.hpp>

#include <weld/device/memory.hpp>
#include <weld/host/all.hpp>
#include <weld/sim.hpp>
#include <weld/stack.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/weld.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace weld::literals;
namespace own = weld::stack;

namespace {

/// A line's words.
using words = std::vector<std::string>;
std::vector<words> split(const std::string& text) {
    std::vector<words> lines;
    std::istringstream all{text};
    for (std::string line; std::getline(all, line);) {
        std::istringstream one{line};
        lines.emplace_back();
        for (std::string word; one >> word;) lines.back().push_back(word);
    }
    return lines;
}
template <class Net>
std::string text_of(Net& net) {
    std::string all;
    net.dump([&all](weld::text line) { all.append(line.data(), line.size()); });
    return all;
}
/// The table without its head, which is checked.
template <class Net>
std::vector<words> rows_of(Net& net) {
    auto rows = split(text_of(net));
    REQUIRE(rows.at(0) == words{"Protocol", "State", "Recv-Q", "Send-Q", "Local", "address", "Peer", "address"});
    rows.erase(rows.begin());
    return rows;
}
std::string output_of(const char* command) {
    std::string all;
    std::FILE* const pipe = ::popen(command, "r");
    char part[4096];
    for (std::size_t got; pipe != nullptr && (got = std::fread(part, 1, sizeof part, pipe)) > 0;) all.append(part, got);
    if (pipe != nullptr) ::pclose(pipe);
    return all;
}

/// One program for every world: a listener with a connection that nobody has accepted, whose peer has sent five bytes
/// that nobody has read; a UDP socket that is bound and one that is connected.
template <class Net>
weld::task<> fill(Net& net, weld::address4 here, std::string& table) {
    auto listener = weld::bind(net, weld::tcp, {here, 7});
    auto near = net.socket(weld::tcp);
    auto bound = weld::bind(net, weld::udp, {here, 53});
    auto connected = net.socket(weld::udp);
    REQUIRE((listener && near && bound && connected && listener->listen(3)));
    const auto opened = co_await near->connect({here, 7});
    REQUIRE(opened);
    const auto sent = co_await near->send_all(weld::as_bytes("hello"));
    REQUIRE(sent);
    REQUIRE(connected->connect({here, 53}).blocking());
    co_await weld::sleep(net, 50_ms);
    table = text_of(net);
}
void check_filled(std::vector<words> rows, const std::string& here) {
    CHECK(std::count_if(rows.begin(), rows.end(), [&](const words& w) { return w == words{"tcp", "LISTEN", "1", "3", here + ":7", "0.0.0.0:*"}; }) == 1);
    const auto near = std::find_if(rows.begin(), rows.end(), [&](const words& w) { return w[1] == "ESTAB" && w[5] == here + ":7"; });
    REQUIRE(near != rows.end());
    CHECK(words(near->begin(), near->begin() + 4) == words{"tcp", "ESTAB", "0", "0"});
    CHECK(std::count(rows.begin(), rows.end(), words{"udp", "UNCONN", "0", "0", here + ":53", "0.0.0.0:*"}) == 1);
    CHECK(std::count_if(rows.begin(), rows.end(), [&](const words& w) { return w[0] == "udp" && w[1] == "ESTAB" && w[5] == here + ":53"; }) == 1);
}

}  // namespace

TEST_CASE("the host's sockets, as ss prints them", "[dump]") {
    support::private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    weld::net net{weld::host::all{}};
    std::string table;
    weld::block_on(net, fill(net, weld::address4::loopback(), table));
    check_filled(split(table), "127.0.0.1");

    // Every state and queue that ss tells of our own sockets; those in TIME-WAIT or not accepted have no descriptor.
    auto listener = weld::bind(net, weld::tcp6, {weld::address6::loopback(), 8});
    auto near = net.socket(weld::tcp6);
    auto datagram = weld::bind(net, weld::udp, {weld::address4::loopback(), 9});
    auto sender = net.socket(weld::udp);
    REQUIRE((listener && near && datagram && sender && listener->listen(9)));
    REQUIRE(near->connect({weld::address6::loopback(), 8}).blocking());
    auto far = listener->accept().blocking();
    REQUIRE(far);
    REQUIRE(near->send_all(weld::as_bytes("not read")).blocking());
    REQUIRE(sender->send_to(weld::as_bytes("nor this"), {weld::address4::loopback(), 9}).blocking());
    REQUIRE(far->shutdown(weld::shutdown_type::write));
    std::string theirs = output_of("ss -H -t -u -a -n");
    if (theirs.empty()) SKIP("needs ss of iproute2");
    for (int tries = 0; tries < 100 && theirs.find("FIN-WAIT-1") != std::string::npos; ++tries) {  // its FIN is not acknowledged yet
        ::usleep(10'000);
        theirs = output_of("ss -H -t -u -a -n");
    }
    std::set<words> reference;
    const auto without_name = [](const words& w) {  // ss counts a FIN that was received as a byte, as the kernel's sequence numbers do
        return words{w.at(1), w.at(1) == "CLOSE-WAIT" ? "-" : w.at(2), w.at(3), w.at(4), w.at(5)};
    };
    for (const words& w : split(theirs)) reference.insert(without_name(w));
    const auto rows = rows_of(net);
    CHECK(rows.size() == 5);
    for (const words& w : rows) {
        CAPTURE(w, theirs);
        CHECK(reference.count(without_name(w)) == 1);
    }
}

TEST_CASE("unix sockets of the host and of weld look alike", "[dump]") {
    const auto table = [](auto& net) {
        auto pair = net.socketpair(weld::unix_stream);
        auto listener = net.socket(weld::unix_seqpacket);
        auto waiting = net.socket(weld::unix_seqpacket);
        auto alone = net.socket(weld::unix_datagram);
        const auto name = *weld::unix_address::from_abstract("weld-dump");
        REQUIRE((pair && listener && waiting && alone && listener->bind(name) && listener->listen(4)));
        REQUIRE(waiting->connect(name).blocking());
        REQUIRE(pair->first.send_all(weld::as_bytes("1234567")).blocking());
        auto rows = rows_of(net);
        for (words& w : rows)
            if (w[1] == "LISTEN" || w[3] != "0") w[2] = w[3] = "-";  // the kernel tells neither a backlog nor payload sent
        return std::multiset<words>(rows.begin(), rows.end());
    };
    weld::net host{weld::host::unix_{}};
    weld::net mine{own::unix_{}, weld::io::epoll{}};
    auto expected = table(host), found = table(mine);
    CHECK(expected.count({"unix_stream", "ESTAB", "7", "0", "*", "*"}) == 1);
    CHECK(expected.count({"unix_datagram", "UNCONN", "0", "0", "*", "*"}) == 1);
    CHECK(expected.count({"unix_seqpacket", "LISTEN", "-", "-", "@weld-dump", "*"}) == 1);
    // Own nets have one row more: the connection that waits to be accepted, which has no descriptor yet.
    CHECK(found.erase({"unix_seqpacket", "ESTAB", "0", "0", "@weld-dump", "*"}) == 1);
    CHECK(found == expected);
}

TEST_CASE("the own stack's sockets, over its loopback and in a simulation", "[dump]") {
    std::string table;
    weld::net net{own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, own::raw{}, weld::io::epoll{}};
    {
        auto raw = net.socket(weld::raw, 89);
        auto ping = net.socket(weld::ping);
        weld::block_on(net, fill(net, weld::address4::loopback(), table));
    }
    const auto rows = split(table);
    check_filled(rows, "127.0.0.1");
    CHECK(std::count(rows.begin(), rows.end(), words{"raw", "UNCONN", "0", "0", "0.0.0.0:89", "0.0.0.0:*"}) == 1);
    CHECK(std::count(rows.begin(), rows.end(), words{"ping", "UNCONN", "0", "0", "0.0.0.0:*", "0.0.0.0:*"}) == 1);

    weld::sim::world world{1};
    const auto here = world.host("only").address();
    world.host("only").run("fills", [&](auto& of) { return fill(of, here, table); });
    world.expect_finished(world.run());
    CHECK_FALSE(world.failed());
    check_filled(split(table), std::string{here.to_text().c_str()});
}

TEST_CASE("what only the protocol knows any more is in the table: half open, TIME-WAIT, unacknowledged", "[dump]") {
    weld::sim::world world{1, {.network = {.link = {.delay = 10_ms}}}};
    auto& server = world.host("server");
    const weld::endpoint4 there{server.address(), 7};
    std::string half_open, sending, over;
    server.serve("listens", [&](auto& net) -> weld::task<> {
        return [](auto& on, weld::endpoint4 at, std::string& seen) -> weld::task<> {
            auto listener = weld::listen(on, weld::tcp, at);
            co_await weld::sleep(on, 15_ms);  // the SYN has come, its answer is on its way
            seen = text_of(on);
            auto got = co_await listener->accept();
            std::byte buffer[100];
            static_cast<void>(co_await got->read_exactly(buffer));
            static_cast<void>(got->close());
            co_await weld::sleep(on, 10_s);
        }(net, there, half_open);
    });
    world.host("client").run("connects", [&](auto& net) -> weld::task<> {
        return [](auto& on, weld::endpoint4 to, std::string& during, std::string& after) -> weld::task<> {
            auto socket = on.socket(weld::tcp);
            static_cast<void>(co_await socket->connect(to));
            static_cast<void>(co_await socket->send_all(weld::as_bytes("0123456789")));
            during = text_of(on);
            static_cast<void>(socket->close());
            co_await weld::sleep(on, 1_s);
            after = text_of(on);
        }(net, there, sending, over);
    });
    world.expect_finished(world.run());
    CHECK_FALSE(world.failed());
    CAPTURE(half_open, sending, over);
    CHECK(half_open.find("SYN-RECV") != std::string::npos);
    CHECK(split(sending).at(1).at(3) == "10");
    CHECK(over.find("TIME-WAIT") != std::string::npos);
}

TEST_CASE("packet sockets tell their interface and EtherType; what is no socket is left out", "[dump]") {
    weld::device::memory_link wire;
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::packet_family{}, weld::io::epoll{}};
    auto frames = net.socket(weld::packet_raw, weld::every_ethertype);
    REQUIRE(frames);
    CHECK(rows_of(net) == std::vector<words>{{"packet_raw", "UNCONN", "0", "0", "%0/0x0003", "*"}});

    weld::net host{weld::host::inet{}};
    auto signals = weld::open_signals(host, {SIGUSR1});
    REQUIRE(signals);
    CHECK(rows_of(host).empty());
    std::FILE* const file = std::tmpfile();
    host.dump(file);
    CHECK(std::ftell(file) > 40);
    std::fclose(file);
}
