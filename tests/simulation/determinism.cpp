// SPDX-License-Identifier: BSL-1.0
// A seed is a run: the whole log is the same, byte for byte, twice in a process, and, for what no protocol's details
// touch, in every build of every compiler.
#include "streams.hpp"

#include "support/catch.hpp"

#include <cstdio>

using namespace weld;
using namespace weld::literals;
namespace sim = weld::sim;

namespace {
/// What a log says while `run` goes on.
template <class Run>
std::string logged(sim::event_log& log, Run run) {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const file = ::open_memstream(&text, &size);
    log.write_to(file);
    run();
    log.write_to(nullptr);
    std::fclose(file);
    const std::string all{text, size};
    std::free(text);
    return all;
}
std::string streams_log(std::uint64_t seed) {
    sim::world world{seed};
    return logged(world.log(), [&] { streams::scenario<sim::usual_composition>(world, 4, 100'000, true); });
}
packet_buffer frame_of(packet_pool& packets, sim::port& from, sim::port& to, std::uint16_t number) {
    packet_buffer frame = packet_buffer::allocate(packets, 64);
    const mutable_bytes bytes = frame->put(28 + number % 7);
    fill(bytes);
    wire::ipv4_header{.total_length = static_cast<std::uint16_t>(bytes.size()), .ttl = 64, .protocol = 17, .source = from.address, .destination = to.address}.encode(bytes);
    wire::udp_header{.source_port = number, .destination_port = 9, .length = static_cast<std::uint16_t>(bytes.size() - 20)}.encode(bytes.subspan(20));
    return frame;
}
}  // namespace

TEST_CASE("streams under faults have the same log twice, and another for another seed", "[determinism]") {
    const std::string once = streams_log(11);
    CHECK(once.size() > 10'000);
    CHECK(once == streams_log(11));
    CHECK(once != streams_log(12));
}

TEST_CASE("the links' log is the same in every build", "[determinism]") {
    sim::fabric fabric{42};
    sim::network network{fabric, "", {.link = {.delay = 3_ms, .jitter = 2_ms, .bandwidth = 100'000, .queue_limit = 200, .loss = 0.2, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1}}};
    sim::virtual_clock near{fabric.time}, far{fabric.time};
    sim::port& a = network.plug(0, "a", near, link_type::bare_ip);
    sim::port& b = network.plug(1, "b", far, link_type::bare_ip);
    a.host_is_up = b.host_is_up = true;
    b.ready = &far.runnable();
    const std::string log = logged(fabric.log, [&] {
        for (std::uint16_t i = 1; i <= 12; ++i) {
            network.transmit(a, frame_of(fabric.packets, a, b, i));
            while (fabric.time.step(time_point{duration::milliseconds(i)})) {}
            fabric.time.pass_to(time_point{duration::milliseconds(i)});
        }
        while (fabric.time.step(time_point::never())) {}
    });
    b.arrived.clear();
    CHECK(log ==
          R"(    0.000000  a > b  IP 10.0.0.1.1 > 10.0.0.2.9: UDP, length 1  (there at 0.006616)
    0.001000  a > b  IP 10.0.0.1.2 > 10.0.0.2.9: UDP, length 2  (corrupted, there at 0.009199)
    0.002000  a > b  IP 10.0.0.1.3 > 10.0.0.2.9: UDP, length 3  (there at 0.011431)
    0.003000  a > b  IP 10.0.0.1.4 > 10.0.0.2.9: UDP, length 4  (there at 0.013910)
    0.004000  a > b  IP 10.0.0.1.5 > 10.0.0.2.9: UDP, length 5  (there at 0.015656)
    0.005000  a > b  IP 10.0.0.1.6 > 10.0.0.2.9: UDP, length 6  (lost)
    0.006000  a > b  IP 10.0.0.1.7 > 10.0.0.2.9: UDP, length 0  (there at 0.020399)
    0.007000  a > b  IP 10.0.0.1.8 > 10.0.0.2.9: UDP, length 1  (there at 0.028063)
    0.008000  a > b  IP 10.0.0.1.9 > 10.0.0.2.9: UDP, length 2  (lost)
    0.009000  a > b  IP 10.0.0.1.10 > 10.0.0.2.9: UDP, length 3  (there at 0.029092)
    0.009000  a > b  IP 10.0.0.1.10 > 10.0.0.2.9: UDP, length 3  (duplicated, there at 0.029092)
    0.010000  a > b  IP 10.0.0.1.11 > 10.0.0.2.9: UDP, length 4  (lost: queue full)
    0.011000  a > b  IP 10.0.0.1.12 > 10.0.0.2.9: UDP, length 5  (lost: queue full)
)");
}
