// SPDX-License-Identifier: BSL-1.0
// Where conformance cases happen. A case is a template over worlds of its kind and knows none of them:
//
//     TEMPLATE_LIST_TEST_CASE("recv after the peer's end gives 0, twice", "[conformance]", every_stream_world) {
//         IN_WORLD(world);
//         auto [near, far] = world.connected_pair();
//
// A world is for one protocol and has two hosts, which may be one: sockets of its near side come from socket() and
// bound(), those of its far side from listener(), peer() and far_socket(). It offers what kernel_world below does; the
// kernel is the reference, and where we differ the case says so and why, by `if constexpr (TestType::is_kernel)`.
// Everything waits in blocking(), which runs whatever lies below, or in run().
#pragma once

#include <weld/device/memory.hpp>
#include <weld/sim.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/weld.hpp>

#include "support/catch.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <tuple>

#include <unistd.h>

/// Results are printed as what they hold: an error by its message.
template <>
struct Catch::StringMaker<weld::errc> {
    static std::string convert(weld::errc error) { return message(error); }
};
template <class T>
struct Catch::StringMaker<weld::result<T>> {
    static std::string convert(const weld::result<T>& r) {
        if (!r) return message(r.error());
        if constexpr (requires { Catch::Detail::stringify(*r); }) return Catch::Detail::stringify(*r);
        else return "success";
    }
};

/// The world of a case, skipped where this machine has no such protocol.
#define IN_WORLD(world)                                                                \
    TestType world;                                                                    \
    if (!world.exists()) SKIP("no " << TestType::protocol.name << " on this machine")

/// Longer than anything here takes; what waits so long has failed.
inline constexpr weld::duration patience = weld::duration::seconds(10);
/// Long enough to see that nothing happens.
inline constexpr weld::duration moment = weld::duration::milliseconds(30);

/// A world for one protocol. `Nets` holds the nets of both sides, near() and far(), which may be one; it says whether the
/// kernel serves them, and which IPv4 address a net has.
template <auto Protocol, class Nets>
class world_over {
public:
    static constexpr auto protocol = Protocol;
    static constexpr bool is_kernel = Nets::is_kernel;
    using net_type = typename Nets::net_type;
    using socket_type = weld::socket<net_type, Protocol>;
    using address = typename socket_type::address;
    struct pair {
        socket_type near, far;
    };

    bool exists() {
        auto made = net().socket(Protocol);
        return made && made->bind(free_address());
    }
    net_type& net() { return nets_.near(); }
    /// Runs a task, or any operation, to its end.
    template <class Work>
    auto run(Work work) { return weld::block_on(net(), std::move(work)); }

    /// A socket, not bound.
    socket_type socket() { return of(nets_.near()); }
    /// An address on this side that bind takes; 0 for a port, which the bound socket then tells.
    address free_address() { return free_in(nets_.near()); }
    socket_type bound() { return bound_in(nets_.near()); }
    /// An address on the far side where nobody is.
    address unused_address() { return *bound_in(nets_.far()).local_address(); }
    socket_type peer() { return bound_in(nets_.far()); }
    /// A socket of the far side, not bound.
    socket_type far_socket() { return of(nets_.far()); }
    template <class... Options>
    socket_type listener(int backlog = 16) {
        auto made = peer();
        REQUIRE(made.listen(backlog));
        return made;
    }
    /// Two that are connected with each other.
    pair connected_pair() {
        if constexpr (weld::listening_protocol<Protocol>) {
            auto listening = listener();
            return connected_pair(listening);
        } else {
            pair both{bound(), peer()};
            REQUIRE(both.near.connect(*both.far.local_address()).blocking());
            REQUIRE(both.far.connect(*both.near.local_address()).blocking());
            return both;
        }
    }
    pair connected_pair(socket_type& listening) {
        auto near = socket();
        REQUIRE(near.connect(*listening.local_address(), patience).blocking());
        auto far = listening.accept(patience).blocking();
        REQUIRE(far);
        return {std::move(near), std::move(*far)};
    }
    /// Removes the path of a unix socket.
    weld::result<> remove(const address& path) { return Nets::remove(net(), path); }

private:
    static socket_type of(net_type& net) {
        auto made = net.socket(Protocol);
        REQUIRE(made);
        return std::move(*made);
    }
    static address free_in([[maybe_unused]] net_type& net) {
        if constexpr (Protocol.family == 1) {
            char name[64];
            const int size = std::snprintf(name, sizeof name, "@weld/test/%d/%d", ::getpid(), ++names_);
            return *weld::unix_address::parse({name, static_cast<std::size_t>(size)});
        } else if constexpr (Protocol.family == 10) {
            return {Nets::address6_of(net), 0};
        } else {
            return {Nets::address_of(net), 0};
        }
    }
    static socket_type bound_in(net_type& net) {
        auto made = of(net);
        REQUIRE(made.bind(free_in(net)));
        return made;
    }
    Nets nets_;
    static inline int names_ = 0;
};

/// The host's kernel, through epoll and poll; both sides are this machine.
class nets_of_the_kernel {
public:
    static constexpr bool is_kernel = true;
    using net_type = weld::net<weld::host::all>;
    net_type& near() { return net_; }
    net_type& far() { return net_; }
    static weld::address4 address_of(net_type&) { return weld::address4::loopback(); }
    static weld::address6 address6_of(net_type&) { return weld::address6::loopback(); }
    static weld::result<> remove(net_type&, const weld::unix_address& path) {
        return ::unlink(path.name().data()) == 0 ? weld::result<>{} : static_cast<weld::errc>(errno);
    }

private:
    net_type net_{weld::host::all{}};
};
template <auto Protocol>
using kernel_world = world_over<Protocol, nets_of_the_kernel>;

/// weld's own stack: both sides of TCP/IP have an interface each.
template <class Net>
weld::address4 address_of_interface(Net& net) { return net.template part<weld::stack::ipv4>().addresses().entries().front().prefix.address(); }

template <class Net>
weld::address6 address6_of_interface(Net& net) { return net.template part<weld::stack::ipv6>().addresses().entries().front().prefix.address(); }

inline auto net_over_memory(weld::device::memory<> end, const char* address, weld::io::epoll& loop) {
    using namespace weld::stack;
    return weld::net{interface{"eth0", ethernet{std::move(end)}, address}, ipv4{}, icmp{}, tcp{}, udp{}, weld::shared{loop}};
}
/// Over a wire in memory, in real time.
class nets_over_memory {
public:
    static constexpr bool is_kernel = false;
    using net_type = decltype(net_over_memory(std::declval<weld::device::memory<>>(), "", std::declval<weld::io::epoll&>()));
    net_type& near() { return near_; }
    net_type& far() { return far_; }
    static weld::address4 address_of(net_type& net) { return address_of_interface(net); }

private:
    weld::device::memory_link<> wire_;
    weld::io::epoll loop_;
    net_type near_{net_over_memory(wire_.left(), "10.0.0.1/24", loop_)}, far_{net_over_memory(wire_.right(), "10.0.0.2/24", loop_)};
};
/// The same over IPv6 alone. Nobody asks for its addresses first: there is nobody else.
inline auto net_over_memory6(weld::device::memory<> end, const char* address, weld::io::epoll& loop) {
    using namespace weld::stack;
    return weld::net{interface{"eth0", ethernet{std::move(end)}, address}, ipv6{{.dad_transmits = 0}}, icmp6{}, tcp6{}, udp6{}, weld::shared{loop}};
}
class nets_over_memory6 {
public:
    static constexpr bool is_kernel = false;
    using net_type = decltype(net_over_memory6(std::declval<weld::device::memory<>>(), "", std::declval<weld::io::epoll&>()));
    net_type& near() { return near_; }
    net_type& far() { return far_; }
    static weld::address6 address6_of(net_type& net) { return address6_of_interface(net); }

private:
    weld::device::memory_link<> wire_;
    weld::io::epoll loop_;
    net_type near_{net_over_memory6(wire_.left(), "fd00::1/64", loop_)}, far_{net_over_memory6(wire_.right(), "fd00::2/64", loop_)};
};
template <auto Protocol>
using memory_world = world_over<Protocol, std::conditional_t<Protocol.family == 10, nets_over_memory6, nets_over_memory>>;

/// In simulation, on virtual time; the network delays, and loses nothing.
class nets_in_simulation {
public:
    static constexpr bool is_kernel = false;
    using net_type = typename std::remove_reference_t<decltype(std::declval<weld::sim::world&>().host(""))>::net_type;
    net_type& near() { return world_.host("near").net(); }
    net_type& far() { return world_.host("far").net(); }
    static weld::address4 address_of(net_type& net) { return address_of_interface(net); }

private:
    weld::sim::world world_{1};
};
class nets_in_simulation6 {
public:
    static constexpr bool is_kernel = false;
    using net_type = typename std::remove_reference_t<decltype(std::declval<weld::sim::world&>().host("", weld::sim::over_ipv6{}))>::net_type;
    net_type& near() { return world_.host("near", weld::sim::over_ipv6{}).net(); }
    net_type& far() { return world_.host("far", weld::sim::over_ipv6{}).net(); }
    static weld::address6 address6_of(net_type& net) { return address6_of_interface(net); }

private:
    weld::sim::world world_{1};
};
template <auto Protocol>
using simulated_world = world_over<Protocol, std::conditional_t<Protocol.family == 10, nets_in_simulation6, nets_in_simulation>>;

/// weld's own unix sockets, in process: one net.
template <class Source>
class net_in_process {
public:
    static constexpr bool is_kernel = false;
    using net_type = weld::net<weld::stack::unix_, Source>;
    net_type& near() { return net_; }
    net_type& far() { return net_; }
    static weld::result<> remove(net_type& net, const weld::unix_address& path) {
        return net.template part<weld::stack::unix_>().unlink(net, path);
    }

private:
    net_type net_{weld::stack::unix_{}, Source{}};
};
template <auto Protocol>
using process_world = world_over<Protocol, net_in_process<weld::io::epoll>>;

using every_tcp_world = std::tuple<kernel_world<weld::tcp>, kernel_world<weld::tcp6>, memory_world<weld::tcp>, simulated_world<weld::tcp>, memory_world<weld::tcp6>, simulated_world<weld::tcp6>>;
using every_stream_world = std::tuple<kernel_world<weld::tcp>, kernel_world<weld::tcp6>, memory_world<weld::tcp>, simulated_world<weld::tcp>, memory_world<weld::tcp6>, simulated_world<weld::tcp6>,
                                      kernel_world<weld::unix_stream>, process_world<weld::unix_stream>>;
using every_listening_world =
    std::tuple<kernel_world<weld::tcp>, kernel_world<weld::tcp6>, memory_world<weld::tcp>, simulated_world<weld::tcp>, memory_world<weld::tcp6>, simulated_world<weld::tcp6>, kernel_world<weld::unix_stream>,
               process_world<weld::unix_stream>, kernel_world<weld::unix_seqpacket>, process_world<weld::unix_seqpacket>>;
using every_udp_world = std::tuple<kernel_world<weld::udp>, kernel_world<weld::udp6>, memory_world<weld::udp>, simulated_world<weld::udp>, memory_world<weld::udp6>, simulated_world<weld::udp6>>;
using every_datagram_world = std::tuple<kernel_world<weld::udp>, kernel_world<weld::udp6>, memory_world<weld::udp>, simulated_world<weld::udp>, memory_world<weld::udp6>, simulated_world<weld::udp6>,
                                        kernel_world<weld::unix_datagram>, process_world<weld::unix_datagram>>;
using every_unix_world = std::tuple<kernel_world<weld::unix_stream>, kernel_world<weld::unix_seqpacket>, kernel_world<weld::unix_datagram>,
                                    process_world<weld::unix_stream>, process_world<weld::unix_seqpacket>, process_world<weld::unix_datagram>>;
using every_unix_listening_world = std::tuple<kernel_world<weld::unix_stream>, kernel_world<weld::unix_seqpacket>, process_world<weld::unix_stream>,
                                              process_world<weld::unix_seqpacket>>;
using every_unix_datagram_world = std::tuple<kernel_world<weld::unix_datagram>, process_world<weld::unix_datagram>>;
using every_unix_stream_world = std::tuple<kernel_world<weld::unix_stream>, process_world<weld::unix_stream>>;
/// Where paths are files, and descriptors and credentials the host's. What a net passes in process is a posix::process's:
/// conformance/posix has that.
using every_host_unix_world = std::tuple<kernel_world<weld::unix_stream>, kernel_world<weld::unix_seqpacket>, kernel_world<weld::unix_datagram>>;
using every_host_unix_stream_world = std::tuple<kernel_world<weld::unix_stream>>;
/// One socket for IPv4 and IPv6.
using every_dual_stack_world = std::tuple<kernel_world<weld::tcp6>>;

/// Lets time pass, the world's.
template <class World>
void pass(World& world, weld::duration length) {
    world.run([](auto& net, weld::duration whole) -> weld::task<> { co_await weld::sleep(net, whole); }(world.net(), length));
}
/// What one receive gives within `patience`, as characters; an error fails the case.
template <class Socket>
std::string received(Socket& socket) {
    char buffer[4096];
    const auto got = socket.recv(weld::as_writable_bytes(buffer), patience).blocking();
    INFO(message(got.error()));
    REQUIRE(got);
    return {buffer, *got};
}
/// What a receive ends with.
template <class Socket>
weld::errc error_of_recv(Socket& socket) {
    char buffer[16];
    return socket.recv(weld::as_writable_bytes(buffer), patience).blocking().error();
}
