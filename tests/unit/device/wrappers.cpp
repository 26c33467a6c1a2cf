// SPDX-License-Identifier: BSL-1.0
#include <weld/device.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/private_network.hpp"
#include "unit/device/frames.hpp"

#include <weld/sys/faulty.hpp>
#include <weld/sys/libc.hpp>

using namespace weld;

namespace {

/// What net_device asks for, and nothing else: what a wrapper asks beyond it does not compile here.
class poorest {
public:
    static constexpr link_type link = link_type::bare_ip;
    poorest() = default;
    poorest(poorest&& other) noexcept : frames_{std::move(other.frames_)} {}

    std::size_t mtu() const noexcept { return 100; }
    device_features features() const noexcept { return {}; }
    errc error() const noexcept { return {}; }
    result<> attach(auto&) noexcept { return {}; }
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        for (packet_buffer& frame : frames) frames_.push_back(std::move(frame));
        return frames.size();
    }
    std::size_t receive(packet_pool&, span<packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && !frames_.empty()) frames[count++] = frames_.pop_front();
        return count;
    }
    result<> wait(wait_entry&) noexcept { return errc::network_down; }

private:
    packet_queue frames_;
};
static_assert(net_device<poorest>);

template <class Device>
concept lends_its_pool = requires(Device& device) { device.lent_pool(); };

struct nowhere {
    result<> operator()(const_bytes) { return {}; }
};

}  // namespace

TEST_CASE("wrappers wrap whatever is a device, and each other", "[device]") {
    packet_pool pool;
    support::jumping_clock clock;
    const auto nobody = [](device::direction, const packet&, time_point) {};
    device::faults device{device::trace{device::pcap{poorest{}, device::pcapng_writer{nowhere{}}}, nobody}, device::fault_options{}};
    static_assert(net_device<decltype(device)>);
    static_assert(device.link == link_type::bare_ip);
    CHECK(device.mtu() == 100);
    REQUIRE(device.attach(clock));
    packet_buffer frame = support::frame_of(pool, "through all of them");
    CHECK(device.transmit({&frame, 1}) == 1);
    CHECK(device.receive(pool, {&frame, 1}) == 1);
    CHECK(as_text(frame->bytes()) == text{"through all of them"});
    support::counted_wait waiter{events::readable};
    CHECK(device.wait(waiter).error() == errc::network_down);
    device.detach();
}

TEST_CASE("a wrapper suggests what its device suggests", "[device]") {
    using over_tap = device::faults<device::pcap<device::tap>>;
    static_assert(std::is_same_v<over_tap::default_event_source<sys::direct>, io::epoll>);
    static_assert(std::is_same_v<over_tap::default_system_calls, sys::direct>);
    static_assert(over_tap::headroom == device::tap::headroom);
    static_assert(!lends_its_pool<device::faults<device::tap>>);
    static_assert(lends_its_pool<device::faults<device::memory<>>>);
    static_assert(requires(device::faults<device::packet_ring>& d) { d.hardware_address(); });
}

TEST_CASE("devices enter the kernel by their policy alone", "[device]") {
    CHECK(device::basic_tap<link_type::ethernet, support::no_kernel>::open("tap0").error() == errc::function_not_supported);
    CHECK(device::basic_packet_ring<device::frame_ring<support::no_kernel>, support::no_kernel>::open("lo").error() == errc::function_not_supported);
    CHECK(device::basic_raw_ip<support::no_kernel>::open().error() == errc::function_not_supported);
    CHECK(device::basic_pcap_file<support::no_kernel>::open("x").error() == errc::function_not_supported);

    support::private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    CHECK(device::basic_packet_ring<device::block_ring<sys::libc>, sys::libc>::open("lo"));
    CHECK(device::basic_raw_ip<sys::libc>::open());
}

namespace {
/// Half of the calls that make something fail.
struct many_faults {
    static constexpr sys::fault_odds of(sys::number call) noexcept {
        switch (call) {
            case sys::number::socket:
            case sys::number::openat: return {.interrupted = 100, .too_many_files_open = 200, .not_enough_memory = 200};
            default: return {};
        }
    }
};
}  // namespace

TEST_CASE("a device that cannot be opened leaves nothing behind", "[device]") {
    support::private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    using calls = sys::faulty<many_faults>;
    const int before = support::open_descriptors();
    int opened = 0, refused = 0;
    const auto count = [&](bool is_open) { ++(is_open ? opened : refused); };
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        calls kernel{seed};
        count(device::basic_tap<link_type::ethernet, calls>::open("tap0", {.up = true}, kernel).has_value());
        count(device::basic_packet_ring<device::frame_ring<calls>, calls>::open("lo", {}, kernel).has_value());
        count(device::basic_raw_ip<calls>::open({.interface_name = "lo"}, kernel).has_value());
        CHECK(support::open_descriptors() == before);
    }
    CHECK(opened > 0);
    CHECK(refused > 0);
}
