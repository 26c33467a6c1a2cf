// SPDX-License-Identifier: BSL-1.0
// weld's own TCP over a device.  Usage: support/wire.hpp; DEVICE also: packet_batch, packet_zero, packet_blocks, packet_shared
// Over packet sockets it has a station of its own, so that the host's protocols let go of its frames at once; packet_shared has
// the interface's, as which they look each frame's destination up.
#include "support/wire.hpp"

#include <weld/device/packet_ring.hpp>
#include <weld/device/tap.hpp>
#include <weld/socket/listen.hpp>
#include <weld/stack.hpp>

#include <string_view>
#include <vector>

namespace {

using benchmark::wire_task;
namespace own = weld::stack;

std::vector<std::byte> buffer(benchmark::wire_chunk, std::byte{'w'});
int status = 1;

template <class Net>
weld::task<> sink(Net& net, wire_task task) {
    auto listener = weld::listen(net, weld::tcp, {*weld::address4::parse(task.address), static_cast<std::uint16_t>(std::atoi(task.port))});
    if (!listener) co_return;
    benchmark::say_listening();
    auto from = co_await listener->accept();
    if (!from) co_return;
    benchmark::wire_meter meter;
    for (;;) {
        const auto got = co_await from->recv(buffer);
        if (!got || *got == 0) break;
        meter.add(*got);
    }
    meter.print();
    status = 0;
}

template <class Net>
weld::task<> source(Net& net, wire_task task) {
    auto to = net.socket(weld::tcp);
    const auto connected = co_await to->connect({*weld::address4::parse(task.address), static_cast<std::uint16_t>(std::atoi(task.port))});
    if (!connected) co_return;
    for (const benchmark::wire_clock clock{task.seconds}; !clock.over();) {
        const auto sent = co_await to->send(buffer);
        if (!sent) co_return;
    }
    if (!to->shutdown(weld::shutdown_type::write)) co_return;
    const auto end = co_await to->recv(buffer);  // all of it has arrived
    if (end && *end == 0) status = 0;
    std::printf("%.6f\n", benchmark::processor_seconds());
}

template <class Device>
int run(weld::result<Device> device, const wire_task& task) {
    if (!device) {
        std::fprintf(stderr, "%s: %s\n", task.device, weld::message(device.error()));
        return 1;
    }
    weld::net net{own::interface{"eth0", own::ethernet{std::move(*device)}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}};
    if (task.sink) net.spawn(sink(net, task));
    else net.spawn(source(net, task));
    net.run();
    return status;
}

}  // namespace

int main(int count, char** words) {
    namespace device = weld::device;
    const wire_task task{count, words};
    const std::string_view which = task.device;
    const bool offloads = !which.ends_with("_plain");
    const weld::text name = "weld0";
    if (which.starts_with("tap")) return run(device::tap::open(name, {.offloads = offloads}), task);
    const weld::mac_address station = which.starts_with("packet_shared") ? weld::mac_address{} : weld::mac_address{2, 0, 0, 0, 0, 9};
    const device::packet_ring_options options{.offloads = offloads, .station = station, .send_from_ring = which.starts_with("packet_zero")};
    if (which.starts_with("packet_batch")) return run(device::packet_batch_ring::open(name, options), task);
    if (which.starts_with("packet_blocks")) return run(device::packet_block_ring::open(name, options), task);
    if (which.starts_with("packet")) return run(device::packet_ring::open(name, options), task);
    return 2;
}
