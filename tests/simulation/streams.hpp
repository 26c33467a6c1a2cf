// SPDX-License-Identifier: BSL-1.0
// Streams whose bytes both ends know, over any TCP of the own stack, and the invariant they are held to: what arrives is
// what was sent, in order and whole, or the stream ends with an error.
#pragma once

#include <weld/sim.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/listen.hpp>
#include <weld/stack/tcp/congestion/none.hpp>
#include <weld/stack/tcp/congestion/reno.hpp>
#include <weld/stack/tcp/recovery/newreno.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/when_all.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace streams {
using namespace weld::literals;
using weld::task;
namespace sim = weld::sim;

/// How many seeds a test explores: a bounded share, or as many as WELD_SEEDS in the environment says.
inline std::uint64_t seeds(std::uint64_t share) {
    const char* const wanted = std::getenv("WELD_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : share;
}

/// The usual host with a TCP of one's choice.
template <class Tcp>
struct composition_with {
    auto operator()(sim::place& here) const {
        auto nic = here.device();
        return weld::net{weld::stack::interface{"eth0", weld::stack::bare_ip{std::move(nic)}, here.prefix()},
                         weld::stack::ipv4{}, weld::stack::icmp{}, Tcp{limits}, weld::stack::udp{}, here.clock(), here.names(), sim::watch{}};
    }
    weld::stack::tcp_limits limits{};
};

/// The same over IPv6.
template <class Tcp>
    requires std::is_same_v<typename Tcp::ip, weld::stack::ip6>
struct composition_with<Tcp> {
    auto operator()(sim::place& here) const {
        auto nic = here.device();
        return weld::net{weld::stack::interface{"eth0", weld::stack::bare_ip{std::move(nic)}, here.prefix6()},
                         weld::stack::ipv6{}, weld::stack::icmp6{}, Tcp{limits}, weld::stack::udp6{}, here.clock(), here.names(), sim::watch{}};
    }
    weld::stack::tcp_limits limits{};
};
/// The TCP that a net has.
template <class Net>
constexpr auto tcp_of() {
    if constexpr (weld::provides<Net, weld::tcp6>) return weld::tcp6;
    else return weld::tcp;
}

/// What a client asks for at first.
struct request {
    std::uint64_t seed, upload, download;
};
inline constexpr weld::duration patience = 30_min;

/// How one direction ended, as its receiver sees it.
enum class end { whole, early, error };

/// What all streams of a run came to.
struct tally {
    unsigned whole = 0, ended = 0;  // complete; with an error
};

template <class Socket>
task<bool> send_pattern(Socket& socket, sim::pattern bytes, std::uint64_t size, std::uint64_t chunk) {
    std::vector<std::byte> buffer(chunk);
    for (std::uint64_t sent = 0; sent < size;) {
        const weld::mutable_bytes piece = weld::mutable_bytes{buffer}.first(std::min(chunk, size - sent));
        bytes.fill(sent, piece);
        if (!co_await socket.send_all(piece, patience)) co_return false;
        sent += piece.size();
    }
    co_return true;
}
/// Receives to the end of the stream. A wrong byte fails the world.
template <class Socket>
task<end> receive_pattern(sim::world& world, Socket& socket, sim::pattern bytes, std::uint64_t size, std::uint64_t chunk) {
    std::vector<std::byte> buffer(chunk);
    for (std::uint64_t got = 0; !world.failed();) {
        const auto count = co_await socket.recv(buffer, patience);
        if (!count) co_return end::error;
        if (*count == 0) co_return got == size ? end::whole : end::early;
        world.expect(got + *count <= size, "a stream has more bytes than were sent");
        world.expect(bytes.matches(got, weld::mutable_bytes{buffer}.first(*count)), "a stream's bytes are not what was sent");
        got += *count;
    }
    co_return end::error;
}
/// An error is told once, to whoever calls next: the receiver may see an end where the sender was told.
inline bool is_whole(sim::world& world, end received, bool sent) {
    world.expect(received != end::early || !sent, "a stream ended early without an error");
    return received == end::whole && sent;
}

/// Takes uploads and gives downloads, for ever.
template <class Socket>
task<> answer(sim::world& world, Socket socket) {
    request asked{};
    const weld::mutable_bytes raw{reinterpret_cast<std::byte*>(&asked), sizeof asked};
    if (co_await socket.read_exactly(raw, patience) != sizeof asked) co_return;
    auto [reader, writer] = std::move(socket).split();
    const auto [received, sent] = co_await weld::when_all(receive_pattern(world, reader, sim::pattern{asked.seed}, asked.upload, 3000),
                                                          send_pattern(writer, sim::pattern{~asked.seed}, asked.download, 5000));
    if (is_whole(world, received, sent)) static_cast<void>(writer.shutdown());
}
template <class Net>
task<> server(sim::world& world, Net& net) {
    constexpr auto tcp = tcp_of<Net>();
    auto listener = weld::listen(net, tcp, {{}, 80});
    if (!listener) world.fail("the server cannot listen");
    else co_await weld::serve(net, *listener, [&world](auto socket) { return answer(world, std::move(socket)); });
}
template <class Net>
task<> client(sim::world& world, Net& net, request what, std::uint64_t chunk, tally& count) {
    constexpr auto tcp = tcp_of<Net>();
    using endpoint = typename decltype(tcp)::address;
    const auto at = *sim::resolve<std::remove_cvref_t<decltype(endpoint{}.address())>>(net, "server");
    auto socket = co_await weld::connect(net, tcp, endpoint{at, 80}, patience);
    bool whole = false;
    if (socket && co_await socket->send_all(weld::object_bytes(what), patience)) {
        auto [reader, writer] = std::move(*socket).split();
        const auto upload = [](auto& w, request r, std::uint64_t size) -> task<bool> {
            const bool sent = co_await send_pattern(w, sim::pattern{r.seed}, r.upload, size);
            if (sent) static_cast<void>(w.shutdown());
            co_return sent;
        };
        const auto [sent, received] = co_await weld::when_all(upload(writer, what, chunk), receive_pattern(world, reader, sim::pattern{~what.seed}, what.download, chunk));
        whole = is_whole(world, received, sent);
    }
    ++(whole ? count.whole : count.ended);
}

/// Conditions of a network that a seed picks: from good to hardly usable.
inline sim::link_options some_link(weld::random_generator& chance) {
    const auto share = [&](std::uint64_t most) { return chance.chance(1, 2) ? 0.0 : static_cast<double>(chance.below(most * 100)) / 10'000; };
    sim::link_options link;
    link.delay = weld::duration::microseconds(static_cast<std::int64_t>(chance.between(100, 60'000)));
    link.jitter = weld::duration::microseconds(chance.chance(1, 2) ? 0 : static_cast<std::int64_t>(chance.below(20'000)));
    link.bandwidth = chance.chance(1, 2) ? 0 : chance.between(500'000, 100'000'000);
    link.queue_limit = chance.between(6'000, 300'000);
    link.loss = share(10);
    link.duplicate = share(5);
    link.reorder = share(10);
    link.corrupt = share(3);
    return link;
}

/// Clients on two hosts and a server, streams of all sizes both ways, and faults.
template <class Composition>
void scenario(sim::world& world, unsigned connections, std::uint64_t size_max, bool with_faults, Composition compose = {}) {
    tally count;
    auto& chance = world.random();
    world.network().set_link(some_link(chance));
    world.host("server", compose).serve("server", [&](auto& net) { return server(world, net); });
    for (unsigned i = 0; i < connections; ++i) {
        const request what{chance.next(), chance.below(size_max >> chance.below(12)), chance.below(size_max >> chance.below(12))};
        const std::uint64_t chunk = chance.between(1, 20'000);
        world.host(i % 2 == 0 ? "even" : "odd", compose).run("client " + std::to_string(i), [&, what, chunk](auto& net) { return client(world, net, what, chunk, count); });
    }
    if (with_faults) sim::inject(world, {.crashes = 1, .partitions = 1, .pauses = 1, .bursts = 1, .last = 5_s, .hosts = {"server"}});
    world.expect_finished(world.run());
    if (!with_faults) world.expect(count.ended == 0, "nothing but loss, and yet a stream ended with an error");
}

}  // namespace streams
