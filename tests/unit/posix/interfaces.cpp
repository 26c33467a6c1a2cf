// SPDX-License-Identifier: BSL-1.0
#include <weld/posix/interface_requests.hpp>

#include <weld/device/memory.hpp>
#include <weld/posix.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "support/catch.hpp"

namespace own = weld::stack;

// netdevice(7): the interfaces are the net's own, not the host's.
TEST_CASE("SIOCGIF* tell of the net's own interfaces", "[posix][ioctl]") {
    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
    weld::device::memory_link wire;
    weld::net net{own::interface{"eth7", own::ethernet{wire.left()}, "10.1.2.3/20", own::mtu{1400}}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{clock}};
    weld::posix::process os{net};
    const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd == 0);
    ifreq asked{};
    std::strcpy(asked.ifr_name, "eth7");
    const auto address = [&] {
        char text[INET_ADDRSTRLEN];
        return std::string{::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in&>(asked.ifr_addr).sin_addr, text, sizeof text)};
    };
    CHECK(os.ioctl(fd, SIOCGIFINDEX, &asked) == 0);
    CHECK(asked.ifr_ifindex == 1);
    asked.ifr_name[0] = '\0';
    asked.ifr_ifindex = 1;
    CHECK(os.ioctl(fd, SIOCGIFNAME, &asked) == 0);
    CHECK(std::string{asked.ifr_name} == "eth7");
    CHECK(os.ioctl(fd, SIOCGIFMTU, &asked) == 0);
    CHECK(asked.ifr_mtu == 1400);
    CHECK(os.ioctl(fd, SIOCGIFADDR, &asked) == 0);
    CHECK(address() == "10.1.2.3");
    CHECK(os.ioctl(fd, SIOCGIFNETMASK, &asked) == 0);
    CHECK(address() == "255.255.240.0");
    CHECK(os.ioctl(fd, SIOCGIFBRDADDR, &asked) == 0);
    CHECK(address() == "10.1.15.255");
    CHECK(os.ioctl(fd, SIOCGIFFLAGS, &asked) == 0);
    CHECK((asked.ifr_flags & IFF_UP) != 0);
    ifreq all[4];
    ifconf list{};
    list.ifc_len = sizeof all;
    list.ifc_req = all;
    CHECK(os.ioctl(fd, SIOCGIFCONF, &list) == 0);
    CHECK(list.ifc_len == sizeof(ifreq));
    CHECK(std::string{all[0].ifr_name} == "eth7");
    std::strcpy(asked.ifr_name, "eth8");
    CHECK(os.ioctl(fd, SIOCGIFMTU, &asked) == -1);
    CHECK(errno == ENODEV);
    CHECK(os.ioctl(fd, SIOCGIFMTU, nullptr) == -1);
    CHECK(errno == EFAULT);
    weld::device::memory_link other_wire;
    weld::net bare{own::interface{"eth0", own::ethernet{other_wire.left()}}, own::ipv4{}, own::icmp{}, own::udp{}, weld::shared{clock}};
    weld::posix::process bare_os{bare};
    REQUIRE(bare_os.socket(AF_INET, SOCK_DGRAM, 0) == 0);
    std::strcpy(asked.ifr_name, "eth0");
    CHECK(bare_os.ioctl(0, SIOCGIFADDR, &asked) == -1);
    CHECK(errno == EADDRNOTAVAIL);
}
