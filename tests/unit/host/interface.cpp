// SPDX-License-Identifier: BSL-1.0
#include <weld/host/interface.hpp>

#include <weld/host/inet.hpp>

#include "support/catch.hpp"

#include <string>

#include <linux/sockios.h>
#include <net/if.h>

using weld::errc;
using weld::sys::interface_call;

static_assert(int(interface_call::name) == SIOCGIFNAME && int(interface_call::flags) == SIOCGIFFLAGS);
static_assert(int(interface_call::mtu) == SIOCGIFMTU && int(interface_call::station) == SIOCGIFHWADDR);
static_assert(int(interface_call::index) == SIOCGIFINDEX && sizeof(weld::sys::interface_request) == sizeof(::ifreq));

TEST_CASE("an interface is found by name and by number", "[host][interface]") {
    weld::net net{weld::host::inet{}};
    const auto index = weld::host::interface_index(net, "lo");
    REQUIRE(index);
    CHECK(*index == ::if_nametoindex("lo"));
    CHECK(*weld::host::interface_name(net, *index) == "lo");
    CHECK(*weld::host::interface_mtu(net, "lo") >= 1280);
    CHECK(weld::host::interface_station(net, "lo")->is_any());
}
TEST_CASE("an interface that does not exist is no_such_device", "[host][interface]") {
    weld::net net{weld::host::inet{}};
    CHECK(weld::host::interface_index(net, "nope0").error() == errc::no_such_device);
    CHECK(weld::host::interface_index(net, "").error() == errc::no_such_device);
    CHECK(weld::host::interface_index(net, std::string(40, 'x')).error() == errc::no_such_device);
    CHECK(weld::host::interface_name(net, 0x7fff'0000).error() == errc::no_such_device);
}
