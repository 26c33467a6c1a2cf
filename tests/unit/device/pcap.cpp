// SPDX-License-Identifier: BSL-1.0
#include <weld/device/pcap.hpp>

#include <weld/device/faults.hpp>
#include <weld/device/memory.hpp>
#include <weld/device/pcap_reader.hpp>
#include <weld/device/trace.hpp>
#include <weld/stack/wire/describe.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "unit/device/frames.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

using namespace weld;
using namespace weld::literals;
using support::frame_of;

namespace {

/// A file of the test's own, gone at its end.
struct scratch_file {
    std::string path = "/tmp/weld_capture_XXXXXX";
    scratch_file() { ::close(::mkstemp(path.data())); }
    ~scratch_file() { ::unlink(path.c_str()); }
};

std::string output_of(const std::string& command) {
    std::string all;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) all.append(buffer, got);
    ::pclose(pipe);
    return all;
}

/// Ethernet, IPv4, UDP with its checksum left to the device.
packet_buffer datagram(packet_pool& pool, text payload) {
    const mac_address a{2, 0, 0, 0, 0, 1}, b{2, 0, 0, 0, 0, 2};
    const address4 source{10, 0, 0, 1}, destination{10, 0, 0, 2};
    const std::size_t length = 8 + payload.size();
    packet_buffer frame = packet_buffer::allocate(pool, 2000, 64);
    wire::ethernet_header{b, a, wire::ether_type::ipv4}.encode(frame->put(14));
    const mutable_bytes ip = frame->put(20);
    fill(ip);
    ip[0] = std::byte{0x45};
    store_be(ip, 2, static_cast<std::uint16_t>(20 + length));
    ip[8] = std::byte{64};
    ip[9] = std::byte{17};
    copy(ip.subspan(12), object_bytes(source));
    copy(ip.subspan(16), object_bytes(destination));
    store_be(ip, 10, checksum::finish(checksum::sum(ip)));
    const mutable_bytes udp = frame->put(length);
    store_be<std::uint16_t>(udp, 0, 4000);
    store_be<std::uint16_t>(udp, 2, 4001);
    store_be(udp, 4, static_cast<std::uint16_t>(length));
    store_be(udp, 6, checksum::fold(checksum::pseudo_header(source, destination, 17, static_cast<std::uint32_t>(length))));
    copy(udp.subspan(8), as_bytes(payload));
    frame->set_partial_checksum(34, 6);
    return frame;
}

struct vector_sink {
    std::vector<std::byte>* to;
    result<> operator()(const_bytes bytes) {
        to->insert(to->end(), bytes.begin(), bytes.end());
        return {};
    }
};

device::capture_view capture_view_of(const std::vector<std::byte>& capture) {
    const auto view = device::capture_view::parse(capture);
    REQUIRE(view);
    return *view;
}

std::vector<std::string> frames_in(const std::vector<std::byte>& capture) {
    std::vector<std::string> all;
    auto view = capture_view_of(capture);
    device::captured_frame frame;
    while (view.next(frame)) all.emplace_back(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
    CHECK_FALSE(view.malformed());
    return all;
}

}  // namespace

static_assert(net_device<device::pcap<device::memory<>>>);

TEST_CASE("tshark reads a capture: times, directions, comments, right checksums", "[device][pcap]") {
    if (std::system("tshark --version > /dev/null 2>&1") != 0) SKIP("needs tshark");
    scratch_file file;
    support::jumping_clock clock;
    device::memory_link wire{{.features = {.checksum = true}}};
    {
        auto opened = device::pcap_file::open(file.path.c_str(), {.clock_offset = duration::seconds(1'000'000'000)});
        REQUIRE(opened);
        device::pcap left{wire.left(), std::move(*opened)};
        auto right = wire.right();
        REQUIRE(left.attach(clock));
        packet_buffer frame = datagram(wire.packets(), "to the right");
        REQUIRE(left.transmit({&frame, 1}) == 1);
        clock.wait(clock.now() + duration::nanoseconds(1'500'000'001));
        frame = datagram(wire.packets(), "to the left, odd");
        REQUIRE(right.transmit({&frame, 1}) == 1);
        REQUIRE(left.receive(wire.packets(), {&frame, 1}) == 1);
        left.record(device::direction::received, *frame, "dropped: nobody listens");
    }
    CHECK(output_of("tshark -r " + file.path + " -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -T fields -e frame.time_epoch -e "
                    "frame.packet_flags_direction -e udp.checksum.status -e ip.checksum.status -e _ws.malformed -e frame.comment 2> /dev/null") ==
          "1000000001.000000000\t0x00000002\t1\t1\t\t\n"
          "1000000002.500000001\t0x00000001\t1\t1\t\t\n"
          "1000000002.500000001\t0x00000001\t1\t1\t\tdropped: nobody listens\n");
}

TEST_CASE("what the device does not take is not in the capture, and is once it does", "[device][pcap]") {
    std::vector<std::byte> capture;
    device::memory_link wire{{.queue_limit = 3}};
    auto right = wire.right();
    {
        device::pcap left{wire.left(), device::pcapng_writer{vector_sink{&capture}}};
        packet_buffer frames[5];
        for (int i = 0; i < 5; ++i) frames[i] = frame_of(wire.packets(), std::to_string(i));
        CHECK(left.transmit(frames) == 3);
        packet_buffer got[3];
        CHECK(right.receive(wire.packets(), got) == 3);
        CHECK(left.transmit(span{frames}.subspan(3)) == 2);
    }
    CHECK(frames_in(capture) == std::vector<std::string>{"0", "1", "2", "3", "4"});
}

TEST_CASE("a small buffer is written often, and large frames are cut", "[device][pcap]") {
    std::vector<std::byte> capture;
    device::memory_link wire;
    auto right = wire.right();
    {
        device::pcap left{wire.left(), device::pcapng_writer{vector_sink{&capture}, {.snapshot_length = 1000, .buffer = 2048}}};
        for (int i = 0; i < 40; ++i) {
            packet_buffer frames[3];
            for (packet_buffer& frame : frames) frame = frame_of(wire.packets(), std::string(1400, 'x'));
            CHECK(left.transmit(frames) == 3);
            CHECK(right.receive(wire.packets(), frames) == 3);
        }
    }
    const auto frames = frames_in(capture);
    CHECK(frames.size() == 120);
    CHECK(frames[0].size() == 1000);
    auto view = capture_view_of(capture);
    device::captured_frame frame;
    REQUIRE(view.next(frame));
    CHECK(frame.original_size == 1400);
}

TEST_CASE("what faults lose is in the capture below them, with a comment", "[device][pcap]") {
    std::vector<std::byte> capture;
    device::memory_link wire;
    {
        device::faults left{device::pcap{wire.left(), device::pcapng_writer{vector_sink{&capture}}},
                            [n = 0](device::direction, const packet&) mutable { return device::fault{.lose = ++n == 2}; }};
        auto right = wire.right();
        for (const char* data : {"a", "b", "c"}) {
            packet_buffer frame = frame_of(wire.packets(), data);
            CHECK(left.transmit({&frame, 1}) == 1);
        }
    }
    CHECK(frames_in(capture) == std::vector<std::string>{"a", "b", "c"});
    const std::string all{reinterpret_cast<const char*>(capture.data()), capture.size()};
    CHECK(all.find("lost by faults") != std::string::npos);
}

TEST_CASE("a full disk ends the capture, not the traffic", "[device][pcap]") {
    auto file = device::pcap_file::open("/dev/full");
    REQUIRE(file);
    device::memory_link wire;
    device::pcap left{wire.left(), std::move(*file)};
    packet_buffer frame = frame_of(wire.packets(), "x");
    CHECK(left.transmit({&frame, 1}) == 1);
    left.writer().flush();
    CHECK(left.writer().error() == errc::no_space_on_device);
    frame = frame_of(wire.packets(), "y");
    CHECK(left.transmit({&frame, 1}) == 1);
    CHECK(device::pcap_file::open("/nowhere/at/all").error() == errc::no_such_file_or_directory);
}

TEST_CASE("a capture is replayed", "[device][pcap_reader]") {
    scratch_file file;
    device::memory_link wire;
    {
        device::pcap left{wire.left(), std::move(*device::pcap_file::open(file.path.c_str()))};
        for (const char* data : {"a", "b", "c"}) {
            packet_buffer frame = frame_of(wire.packets(), data);
            CHECK(left.transmit({&frame, 1}) == 1);
        }
    }
    support::jumping_clock clock;
    packet_pool pool;
    auto reader = device::pcap_reader<>::open(file.path.c_str());
    REQUIRE(reader);
    REQUIRE(reader->attach(clock));
    support::counted_wait waiter{events::readable};
    REQUIRE(reader->wait(waiter));
    clock.runnable().run(1);
    CHECK(waiter.woken == 1);
    packet_buffer frames[2];
    CHECK(reader->receive(pool, frames) == 2);
    CHECK(as_text(frames[1]->bytes()) == text{"b"});
    CHECK(reader->receive(pool, frames) == 1);
    CHECK(reader->ended());
    REQUIRE(reader->wait(waiter));
    clock.runnable().run(1);
    CHECK(waiter.woken == 1);
    CHECK(device::pcap_reader<>::open("/dev/null").error() == errc::bad_message);

    SECTION("a link of another kind has none for us") {
        auto bare = device::pcap_reader<link_type::bare_ip>::open(file.path.c_str());
        REQUIRE(bare);
        CHECK(bare->receive(pool, frames) == 0);
        CHECK(bare->skipped() == 3);
    }
}

TEST_CASE("the older format is read in both byte orders", "[device][capture_view]") {
    const auto little = byte_array(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0,
                                   1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'x');
    const auto big = byte_array(0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 101,
                                0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9, 'x');
    device::captured_frame frame;
    auto view = *device::capture_view::parse(little);
    REQUIRE(view.next(frame));
    CHECK(frame.since_1970.nanoseconds() == 1'000'002'000);
    CHECK(frame.link == 1);
    CHECK_FALSE(view.next(frame));
    CHECK_FALSE(view.malformed());
    view = *device::capture_view::parse(big);
    REQUIRE(view.next(frame));
    CHECK(frame.since_1970.nanoseconds() == 1'000'000'002);
    CHECK(frame.original_size == 9);
    CHECK(frame.link == 101);
    view = *device::capture_view::parse(slice(little, 0, 40));
    CHECK_FALSE(view.next(frame));
    CHECK(view.malformed());
}

TEST_CASE("a trace tells of each frame that passes", "[device][trace]") {
    support::jumping_clock clock;
    device::memory_link wire{{.features = {.checksum = true}, .queue_limit = 1}};
    std::string seen;
    device::trace left{wire.left(), [&](device::direction way, const packet& frame, time_point) {
        const auto line = wire::describe_frame(frame.bytes());
        seen.append(way == device::direction::received ? "< " : "> ").append(text{line}.data(), text{line}.size()).append("\n");
    }};
    static_assert(net_device<decltype(left)>);
    auto right = wire.right();
    REQUIRE(left.attach(clock));
    packet_buffer frames[2] = {datagram(wire.packets(), "1"), datagram(wire.packets(), "2")};
    CHECK(left.transmit(frames) == 1);
    CHECK(frames[1]);
    packet_buffer frame = datagram(wire.packets(), "1");
    CHECK(right.transmit({&frame, 1}) == 1);
    CHECK(left.receive(wire.packets(), {&frame, 1}) == 1);
    CHECK(seen.find("> ") == 0);
    CHECK(seen.find("10.0.0.1") != std::string::npos);
    CHECK(seen.find("\n< ") != std::string::npos);
    CHECK(std::count(seen.begin(), seen.end(), '\n') == 2);
}
