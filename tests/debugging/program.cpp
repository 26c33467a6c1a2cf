// SPDX-License-Identifier: BSL-1.0
// What `check` looks at with gdb: values of each kind that has a printer, and nets with sockets in many states. What
// net.dump() says of them goes to the file that is named.
#include <weld/device/memory.hpp>
#include <weld/host/all.hpp>
#include <weld/sim.hpp>
#include <weld/stack.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/std/dump.hpp>
#include <weld/weld.hpp>

#include <cstdio>

using namespace weld::literals;
namespace own = weld::stack;

template <class... Values>
[[gnu::noinline]] void look(const char*, Values&... values) {
    ([](const void* at) { asm volatile("" : : "g"(at) : "memory"); }(&values), ...);
}
template <class Net>
[[gnu::noinline]] void look_at_net(Net& net, std::FILE* file) {
    net.dump(file);
    std::fputs("--\n", file);
    std::fflush(file);
    look("a net", net);
}

void look_at_values() {
    weld::result<> done, refused = weld::errc::connection_refused;
    weld::result<std::size_t> count = std::size_t{17}, late = weld::errc::timed_out;
    weld::result<weld::endpoint4> parsed = weld::endpoint4::parse("10.0.0.1:80");
    weld::address4 four = weld::address4::loopback();
    weld::endpoint6 six = *weld::endpoint6::parse("[fe80::1%3]:443");
    weld::mac_address station{{2, 0, 0, 0, 0, 0xab}};
    weld::unix_address path = *weld::unix_address::from_path("/run/it"), hidden = *weld::unix_address::from_abstract("it");
    weld::packet_address frames{0x0806, 2};
    weld::packet_pool pool;
    weld::packet_buffer skb = weld::packet_buffer::allocate(pool, 100, 20), nothing, twin;
    skb->put(3).data()[1] = std::byte{0xee};
    skb->data()[0] = skb->data()[2] = std::byte{7};
    twin = skb->clone();
    weld::packet_queue queue;
    queue.push_back(std::move(twin));
    weld::text words = "some words";
    weld::duration moment = 1500_ms;
    look("values", done, refused, count, late, parsed, four, six, station, path, hidden, frames, skb, nothing, queue, words, moment);
}

template <class Net>
weld::task<> talk(Net& net, weld::address4 here, std::FILE* file) {
    auto listener = weld::listen(net, weld::tcp, {here, 7});
    auto near = net.socket(weld::tcp);
    auto bound = weld::bind(net, weld::udp, {here, 53});
    auto connected = net.socket(weld::udp);
    if (!listener || !near || !bound || !connected) co_return;
    const auto opened = co_await near->connect({here, 7});
    const auto sent = co_await near->send_all(weld::as_bytes("hello"));
    if (!opened || !sent || !connected->connect({here, 53}).blocking() || !connected->send(weld::as_bytes("unread")).blocking()) co_return;
    co_await weld::sleep(net, 50_ms);
    look_at_net(net, file);
    auto socket = std::move(*near);
    look("a socket", socket, connected);
}

int main(int, char** words) {
    std::FILE* const file = std::fopen(words[1], "w");
    if (file == nullptr) return 1;
    look_at_values();
    {
        weld::net net{own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, own::raw{}, own::unix_{}, weld::io::epoll{}};
        auto raw = net.socket(weld::raw, 89);
        auto ping = net.socket(weld::ping);
        auto pair = net.socketpair(weld::unix_stream);
        auto named = net.socket(weld::unix_datagram);
        if (!raw || !ping || !pair || !named || !named->bind(*weld::unix_address::from_abstract("somebody"))) return 1;
        if (!pair->first.send_all(weld::as_bytes("1234567")).blocking()) return 1;
        weld::block_on(net, talk(net, weld::address4::loopback(), file));
    }
    {
        weld::io::epoll loop;
        weld::device::memory_link wire;
        weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::packet_family{}, weld::shared{loop}};
        auto frames = net.socket(weld::packet_raw, weld::every_ethertype);
        if (!frames) return 1;
        look_at_net(net, file);
    }
    {
        weld::sim::world world{1};
        const auto here = world.host("only").address();
        world.host("only").run("talks", [&](auto& net) { return talk(net, here, file); });
        world.run();
    }
    weld::net net{weld::host::all{}};
    auto seqpacket = net.socket(weld::unix_seqpacket);
    auto named = net.socket(weld::unix_datagram);
    if (!seqpacket || !named || !named->bind(weld::unix_address{})) return 1;
    weld::block_on(net, [](auto& on, std::FILE* to) -> weld::task<> {
        auto listener = weld::listen(on, weld::tcp, {weld::address4::loopback(), 0});
        auto near = on.socket(weld::tcp);
        auto bound = weld::bind(on, weld::udp6, {weld::address6::loopback(), 0});
        if (!listener || !near || !bound) co_return;
        const auto opened = co_await near->connect(listener->local_address().value_or(weld::endpoint4{}));
        if (!opened) co_return;
        auto far = co_await listener->accept();
        const auto sent = co_await near->send_all(weld::as_bytes("hello"));
        if (!far || !sent) co_return;
        co_await weld::sleep(on, 10_ms);
        look_at_net(on, to);
    }(net, file));
    return std::fclose(file);
}
