// SPDX-License-Identifier: BSL-1.0
// Frames through weld's packet_ring, as an interface of a net uses it: packets from a pool, batches, an event source.
// WAY: send_batch, send_ring; receive_slots, receive_blocks.  Usage: support/frames.hpp
#include "support/frames.hpp"

#include <weld/device/packet_ring.hpp>

namespace {

using namespace benchmark;
using namespace weld::literals;

template <class Device>
void send(const frames_task& task) {
    weld::io::epoll loop;
    weld::packet_pool pool;
    auto device = Device::open(task.interface);
    if (!device || !device->attach(loop)) fail("open");
    weld::packet_buffer original = weld::packet_buffer::allocate(pool, 64 + task.size, 64);
    write_frame(original->put(task.size).data(), task.size);
    weld::packet_buffer frames[kick];
    measure(task, [&] {
        for (weld::packet_buffer& frame : frames) frame = original->clone();
        return device->transmit(frames);
    });
    device->detach();
}

std::size_t looked_at = 0;
struct reader : weld::wait_entry {
    reader() : weld::wait_entry{[](weld::runnable&) {}, weld::events::readable} {}
};
template <class Device>
void receive(const frames_task& task) {
    weld::io::epoll loop;
    weld::packet_pool pool;
    auto device = Device::open(task.interface);
    if (!device || !device->attach(loop)) fail("open");
    weld::packet_buffer frames[kick];
    reader waiting;
    measure(task, [&] {
        const std::size_t count = device->receive(pool, frames);
        for (std::size_t i = 0; i < count; ++i) {
            looked_at += frames[i]->data()[12] == std::byte{0x88};
            frames[i].reset();
        }
        if (count == 0 && (waiting.linked() || device->wait(waiting))) {
            loop.wait(loop.clock() + 2_s);
            loop.runnable().run(10);
        }
        return count;
    });
    waiting.unlink();
    device->detach();
    if (looked_at == 0) std::exit(1);
}

}  // namespace

int main(int count, char** words) {
    const frames_task task{count, words};
    if (task.is("send_batch")) send<weld::device::packet_batch_ring>(task);
    else if (task.is("send_ring")) send<weld::device::packet_ring>(task);
    else if (task.is("receive_slots")) receive<weld::device::packet_ring>(task);
    else if (task.is("receive_blocks")) receive<weld::device::packet_block_ring>(task);
    else return 2;
}
