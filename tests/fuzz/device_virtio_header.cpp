// SPDX-License-Identifier: BSL-1.0
// Ten bytes of header and a frame, as a tap device reads them: what is believed is true of the frame.
#include <weld/device/virtio_header.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace weld;
    device::virtio_header header;
    if (size < sizeof header || size > 65600) return 0;
    __builtin_memcpy(&header, data, sizeof header);
    packet_pool pool;
    packet_buffer frame = packet_buffer::allocate(pool, 64 + size, 64);
    copy(frame->put(size - sizeof header), {reinterpret_cast<const std::byte*>(data) + sizeof header, size - sizeof header});
    if (!header.apply(*frame)) return 0;
    if (frame->checksum == checksum_state::partial) {
        if (frame->checksum_start() + frame->checksum_offset() + 2 > frame->size()) std::abort();
        frame->data()[frame->checksum_start() + frame->checksum_offset()] = {};
    }
    if (frame->gso_size != 0) {
        if (frame->gso_segments < 2 || frame->checksum != checksum_state::partial) std::abort();
        if (std::size_t{frame->gso_size} * (frame->gso_segments - 1u) >= frame->size()) std::abort();
        const auto again = device::virtio_header::of(*frame);
        if (again.gso_size != header.gso_size || again.checksum_start != header.checksum_start) std::abort();
        if (again.headers >= frame->size()) std::abort();
    }
    return 0;
}
