// SPDX-License-Identifier: BSL-1.0
// What tests of devices share: frames with a text in them, and one who counts how often they are woken.
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/socket/wait_queue.hpp>

namespace support {

inline weld::packet_buffer frame_of(weld::packet_pool& pool, weld::text data, std::size_t headroom = 64) {
    weld::packet_buffer frame = weld::packet_buffer::allocate(pool, headroom + data.size(), headroom);
    weld::copy(frame->put(data.size()), weld::as_bytes(data));
    return frame;
}

struct counted_wait : weld::wait_entry {
    explicit counted_wait(weld::events what)
        : wait_entry{[](weld::runnable& self) { ++static_cast<counted_wait&>(self).woken; }, what} {}
    int woken = 0;
};

}  // namespace support
