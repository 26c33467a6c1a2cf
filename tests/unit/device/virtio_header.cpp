// SPDX-License-Identifier: BSL-1.0
#include <weld/device/virtio_header.hpp>

#include "support/catch.hpp"

using namespace weld;
using device::virtio_header;

namespace {
/// A frame of `size` bytes whose TCP header stands at 34 and says that it is 20 bytes long.
packet_buffer tcp_frame(packet_pool& pool, std::size_t size) {
    packet_buffer frame = packet_buffer::allocate(pool, 64 + size, 64);
    fill(frame->put(size));
    if (size > 46) frame->data()[34 + 12] = std::byte{0x50};
    return frame;
}
constexpr virtio_header tcp4{.flags = 1, .gso_type = 1, .headers = 54, .gso_size = 1000, .checksum_start = 34, .checksum_offset = 16};
}  // namespace

TEST_CASE("a frame's header tells the kernel what is left to do", "[device][virtio_header]") {
    packet_pool pool;
    packet_buffer frame = tcp_frame(pool, 54 + 2500);
    CHECK(virtio_header::of(*frame).flags == 0);
    frame->set_partial_checksum(34, 16);
    CHECK(virtio_header::of(*frame).flags == 1);
    CHECK(virtio_header::of(*frame).gso_type == 0);
    frame->gso_size = 1000;
    frame->gso_type = gso_type::tcp4;
    const virtio_header header = virtio_header::of(*frame);
    CHECK(object_bytes(header).size() == 10);
    CHECK(equal(object_bytes(header), object_bytes(tcp4)));

    packet_buffer back = tcp_frame(pool, 54 + 2500);
    REQUIRE(header.apply(*back));
    CHECK(back->gso_size == 1000);
    CHECK(back->gso_segments == 3);
    CHECK(back->gso_type == gso_type::tcp4);
    CHECK(back->checksum == checksum_state::partial);
    CHECK(back->checksum_start() == 34);
}

TEST_CASE("a header that contradicts its frame is not believed", "[device][virtio_header]") {
    packet_pool pool;
    const auto applied = [&](virtio_header header, std::size_t size) { return header.apply(*tcp_frame(pool, size)).error(); };
    CHECK(applied(tcp4, 55) == errc{});
    CHECK(applied(tcp4, 54) == errc::bad_message);  // no payload
    CHECK(applied(tcp4, 40) == errc::bad_message);  // half a TCP header
    CHECK(applied({.flags = 1, .checksum_start = 34, .checksum_offset = 16}, 51) == errc::bad_message);
    CHECK(applied({.flags = 1, .checksum_start = 34, .checksum_offset = 16}, 52) == errc{});
    CHECK(applied({.flags = 1, .checksum_start = 65535, .checksum_offset = 65535}, 100) == errc::bad_message);
    virtio_header wrong = tcp4;
    wrong.gso_size = 0;
    CHECK(applied(wrong, 1000) == errc::bad_message);
    wrong = tcp4;
    wrong.flags = 0;
    CHECK(applied(wrong, 1000) == errc::bad_message);
    wrong = tcp4;
    wrong.gso_type = 3;  // UFO: never asked for
    CHECK(applied(wrong, 1000) == errc::bad_message);
    wrong = tcp4;
    wrong.gso_type = 0x81;  // with ECN
    CHECK(applied(wrong, 3000) == errc{});
}

TEST_CASE("a super-segment of one segment is none, and somebody's word is taken for a checksum", "[device][virtio_header]") {
    packet_pool pool;
    packet_buffer frame = tcp_frame(pool, 54 + 1000);
    REQUIRE(tcp4.apply(*frame));
    CHECK(frame->gso_size == 0);
    frame = tcp_frame(pool, 100);
    REQUIRE(virtio_header{.flags = 2}.apply(*frame));
    CHECK(frame->checksum == checksum_state::unnecessary);
}
