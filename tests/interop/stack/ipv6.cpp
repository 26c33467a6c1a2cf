// SPDX-License-Identifier: BSL-1.0
// weld's own IPv6 beside the kernel's, in a network of the test's own: each is the other's neighbour, host, router. The
// kernel's side is driven by ping, ip, traceroute, bridge and radvd.
#include <weld/stack.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"

#include <weld/device.hpp>
#include <weld/weld.hpp>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;
using support::private_network;

constexpr weld::address6 six(const char* text) { return *weld::address6::parse(text); }
const weld::address6 kernel_address = six("2001:db8::1"), own_address = six("2001:db8::2"), far_address = six("2001:db8:99::1");

bool has(const char* tool) { return private_network::run(std::string{"command -v "} + tool + " > /dev/null"); }
std::string scratch(const char* name) { return "/tmp/weld.interop.ipv6." + std::to_string(::getpid()) + "." + name; }

/// A command of the shell that runs while weld's net goes on: whether it succeeds, and what it prints.
template <class Net>
bool beside(Net& net, const std::string& command, std::string* printed = nullptr) {
    const std::string output = scratch("output");
    std::atomic<bool> done = false;
    bool good = false;
    std::thread other{[&] {
        good = private_network::run("( " + command + " ) > " + output + " 2>&1");
        done = true;
    }};
    while (!done) weld::block_on(net, weld::sleep(net, 2_ms));
    other.join();
    std::ifstream file{output};
    const std::string all{std::istreambuf_iterator<char>{file}, {}};
    std::remove(output.c_str());
    if (printed != nullptr) *printed = all;
    if (!good) UNSCOPED_INFO(command << "\n" << all);
    return good;
}
template <class Net>
void wait_for(Net& net, weld::duration time) { weld::block_on(net, weld::sleep(net, time)); }
/// Until `what()` is true, for ten seconds at the most.
template <class Net, class What>
bool within_ten_seconds(Net& net, What&& what) {
    for (int i = 0; i < 1000 && !what(); ++i) wait_for(net, 10_ms);
    return what();
}
bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

template <class Device>
using host_of = weld::net<own::interface<own::ethernet<Device>>, own::ipv6, own::icmp6, own::udp6>;

/// Echo requests of weld's to the kernel; answers the data of the reply.
template <class Net>
weld::result<std::size_t> ping(Net& net, weld::endpoint6 to, std::size_t size) {
    auto socket = net.socket(weld::ping6);
    REQUIRE(socket);
    std::vector<std::byte> message(8 + size), room(65536);
    for (std::size_t i = 8; i < message.size(); ++i) message[i] = static_cast<std::byte>(i * 7);
    message[0] = std::byte{128};
    const auto sent = weld::block_on(net, socket->send_to(message, to, 2_s));
    if (!sent) return sent.error();
    const auto got = weld::block_on(net, socket->recv(room, 2_s));
    if (!got) return got.error();
    for (std::size_t i = 8; i < message.size(); ++i)
        if (room[i] != message[i]) return weld::errc::bad_message;
    return *got - 8;
}

/// Everything that passes an interface, looked at in the end by tshark: nothing is malformed, no checksum of ICMPv6 is wrong.
class capture {
public:
    explicit capture(const std::string& interface) : there_{has("tcpdump") && has("tshark")} {
        if (there_) static_cast<void>(private_network::run("tcpdump -U -Z root -i " + interface + " -w " + file_ + " ip6 > /dev/null 2>&1 & echo $! > " + pid_ + "; sleep 0.5"));
    }
    void check() const {
        if (!there_) return;
        CHECK(private_network::run("sleep 0.3; kill $(cat " + pid_ + "); sleep 0.3"));
        CHECK(private_network::run("test $(tshark -r " + file_ + " 2> /dev/null | wc -l) -gt 50"));
        CHECK(private_network::run("test -z \"$(tshark -r " + file_ + " -Y '_ws.malformed || icmpv6.checksum.status == 0' 2> /dev/null | tee /dev/stderr)\""));
        std::remove(file_.c_str()), std::remove(pid_.c_str());
    }

private:
    bool there_;
    std::string file_ = scratch("pcap"), pid_ = scratch("tcpdump");
};

struct router {
    static std::string configure(const char* interface, const char* more) {
        const std::string file = scratch("radvd.conf");
        std::ofstream{file} << "interface " << interface << " { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 600;\n" << more << "\n};\n";
        return file;
    }
    explicit router(const std::string& file) : file_{file} {
        started = private_network::run("radvd -u root -C " + file + " -p " + scratch("radvd.pid") + " -m stderr > /dev/null 2>&1");
    }
    ~router() {
        static_cast<void>(private_network::run("kill $(cat " + scratch("radvd.pid") + ") 2> /dev/null; rm -f " + scratch("radvd.pid") + " " + file_));
    }
    std::string file_;
    bool started = false;
};

/// The kernel's end is `interface`; weld's device is given.
template <class Device>
void neighbours(Device device, const std::string& interface) {
    host_of<Device> mine{own::interface{"eth0", own::ethernet{std::move(device)}, "2001:db8::2/64"}, own::ipv6{}, own::icmp6{}, own::udp6{}};
    REQUIRE(mine.status());
    const capture frames{interface};
    auto& ip = mine.template part<own::ipv6>();
    REQUIRE(within_ten_seconds(mine, [&] { return ip.is_local(mine, own_address) && !ip.link_local_on(1).is_any(); }));
    std::string printed;
    for (const char* size : {"0", "56", "1452", "1453", "4000", "65000"})
        CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 -s " + std::string{size} + " 2001:db8::2"));
    CHECK(beside(mine, "ip -6 neigh show 2001:db8::2 dev " + interface, &printed));
    CHECK(contains(printed, "REACHABLE"));
    const auto local = ip.link_local_on(1).to_text();
    CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 " + std::string{local.data(), local.size()} + "%" + interface));
    CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 ff02::1%" + interface, &printed));
    CHECK(contains(printed, local.c_str()));
    for (const std::size_t size : {0u, 56u, 1452u, 1453u, 4000u, 60000u}) {
        INFO("size " << size);
        CHECK(ping(mine, {kernel_address, 0}, size) == size);
    }
    auto& table = mine.template part<own::interface<own::ethernet<Device>>>().link().ndp().table;
    CHECK(within_ten_seconds(mine, [&] { return table.lookup(kernel_address).value_or({}).state == own::neighbour_state::reachable; }));
    CHECK(ping(mine, {six("2001:db8::77"), 0}, 8).error() == weld::errc::timed_out);

    // what weld says of a port where nobody listens, the kernel hands to its socket
    CHECK_FALSE(beside(mine, "bash -c 'exec 3<>/dev/udp/2001:db8::2/999; echo x >&3; sleep 0.3; echo y >&3'", &printed));
    INFO(printed);
    CHECK(contains(printed, "refused"));
    // each refuses an address that the other has
    CHECK(beside(mine, "ip -6 addr add 2001:db8::2/64 dev " + interface + "; sleep 2.5; ip -6 addr show dev " + interface, &printed));
    CHECK(contains(printed, "dadfailed"));
    CHECK(beside(mine, "ip -6 addr del 2001:db8::2/64 dev " + interface));
    REQUIRE(ip.add_address(mine, {kernel_address, 64}, 1));
    wait_for(mine, 2500_ms);
    CHECK(ip.address_on(kernel_address, 1)->state.phase == own::address6_phase::duplicate);
    frames.check();
}

/// The kernel is the router: radvd tells of it, and behind it lies a network that carries 1300 bytes.
template <class Device>
void behind_a_router(Device device, const char* interface) {
    REQUIRE(private_network::run("sysctl -qw net.ipv6.conf.all.forwarding=1 && ip link add far0 mtu 1400 type veth peer name far1 && ip link set far1 up && ip -6 addr add 2001:db8:99::1/64 dev far0 nodad && ip link set far0 up"));
    const router radvd{router::configure(interface, "AdvLinkMTU 1480; AdvCurHopLimit 33; prefix 2001:db8::/64 { AdvValidLifetime 3600; AdvPreferredLifetime 1800; };")};
    REQUIRE(radvd.started);
    host_of<Device> mine{own::interface{"eth0", own::ethernet{std::move(device)}}, own::ipv6{}, own::icmp6{}, own::udp6{}};
    REQUIRE(mine.status());
    auto& ip = mine.template part<own::ipv6>();
    REQUIRE(within_ten_seconds(mine, [&] { return ip.route_to(mine, far_address) && ip.addresses().entries().size() == 2; }));
    REQUIRE(within_ten_seconds(mine, [&] { return ip.route_to(mine, kernel_address).value_or({}).source.high() == kernel_address.high(); }));
    const auto way = *ip.route_to(mine, far_address);
    CHECK(way.next_hop.is_link_local());
    CHECK(way.mtu == 1480);
    CHECK(way.hop_limit == 33);
    CHECK(way.source.high() == kernel_address.high());
    for (const auto& each : ip.addresses().entries())
        if (each.state.autoconfigured) CHECK(each.state.valid_until - mine.now() > 3000_s);
    CHECK(ping(mine, {far_address, 0}, 1000) == 1000u);
    CHECK(ping(mine, {far_address, 0}, 20000) == 20000u);
    const auto text = way.source.to_text();
    std::string printed;
    CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 -s 3000 " + std::string{text.data(), text.size()}, &printed));
    CHECK(contains(printed, "ttl=33"));
    // somebody of that network, whom a route leads to and nobody has: the kernel says so
    CHECK(ping(mine, {six("2001:db8:77::1"), 0}, 8).error() == weld::errc::timed_out);
    CHECK(mine.template part<own::icmp6>().stats().in_unreachables > 0);
    // nobody is behind far0, but what does not fit is told of before
    static_cast<void>(ping(mine, {six("2001:db8:99::7"), 0}, 1400));
    CHECK(within_ten_seconds(mine, [&] { return ip.route_to(mine, six("2001:db8:99::7"))->mtu == 1400; }));
    CHECK(private_network::run("ip link del far0"));
}
}  // namespace

TEST_CASE("IPv6: neighbours of the kernel's, over tap", "[interop][ipv6]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    for (const bool offloads : {true, false}) {
        auto tap = weld::device::tap::open("weld0", {.offloads = offloads, .up = true});
        if (!tap) SKIP("no tap interface: " << weld::message(tap.error()));
        if (!private_network::run("ip -6 addr add 2001:db8::1/64 dev weld0 nodad")) SKIP("no IPv6 here");
        neighbours(std::move(*tap), "weld0");
    }
}

TEST_CASE("IPv6: neighbours of the kernel's, over a veth pair and packet_ring", "[interop][ipv6]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    if (!private_network::run("ip link add kernel0 type veth peer name weld0 && sysctl -qw net.ipv6.conf.weld0.disable_ipv6=1 && "
                              "ip -6 addr add 2001:db8::1/64 dev kernel0 nodad && ip link set kernel0 up && ip link set weld0 up")) SKIP("no veth interface");
    auto ring = weld::device::packet_ring::open("weld0");
    REQUIRE(ring);
    neighbours(std::move(*ring), "kernel0");
}

TEST_CASE("IPv6: over tun, where there are no stations to be found", "[interop][ipv6]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    auto tun = weld::device::tun::open("weld0", {.up = true});
    if (!tun) SKIP("no tun interface: " << weld::message(tun.error()));
    if (!private_network::run("ip -6 addr add 2001:db8::1/64 dev weld0 nodad")) SKIP("no IPv6 here");
    weld::net mine{own::interface{"tun0", own::bare_ip{std::move(*tun)}, "2001:db8::2/64"}, own::ipv6{}, own::icmp6{}};
    REQUIRE(mine.status());
    CHECK(mine.part<own::ipv6>().is_local(mine, own_address));  // at once: there is nobody to ask
    for (const char* size : {"56", "1453", "20000"}) CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 -s " + std::string{size} + " 2001:db8::2"));
    for (const std::size_t size : {56u, 1453u, 20000u}) CHECK(ping(mine, {kernel_address, 0}, size) == size);
}

TEST_CASE("IPv6: a host behind the kernel, which radvd makes a router", "[interop][ipv6]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    if (!has("radvd")) SKIP("radvd is not installed");
    auto tap = weld::device::tap::open("weld0", {.up = true});
    if (!tap) SKIP("no tap interface: " << weld::message(tap.error()));
    if (!private_network::run("ip -6 addr add 2001:db8::1/64 dev weld0 nodad")) SKIP("no IPv6 here");
    behind_a_router(std::move(*tap), "weld0");
}

TEST_CASE("IPv6: a router between two networks of the kernel's", "[interop][ipv6][forward]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    auto left = weld::device::tap::open("left0", {.up = true}), right = weld::device::tap::open("right0", {.up = true});
    if (!left || !right) SKIP("no tap interface");
    const std::string holder = scratch("holder");
    REQUIRE(private_network::run("unshare --net sleep 100 & echo $! > " + holder + "; sleep 0.3"));
    const std::string inside = "nsenter --net --target $(cat " + holder + ") ";
    REQUIRE(private_network::run("ip link set right0 netns $(cat " + holder + ") && " + inside + "ip link set right0 mtu 1300 up && " + inside +
                                 "ip -6 addr add 2001:db8:1::1/64 dev right0 nodad && " + inside + "ip -6 route add default via 2001:db8:1::2 && "
                                 "ip -6 addr add 2001:db8::1/64 dev left0 nodad && ip -6 route add default via 2001:db8::2"));
    {
        weld::net mine{own::interface{"left", own::ethernet{std::move(*left)}, "2001:db8::2/64"},
                       own::interface{"right", own::ethernet{std::move(*right)}, "2001:db8:1::2/64", own::mtu{1300}}, own::ipv6{{.forward = true}}, own::icmp6{}};
        REQUIRE(mine.status());
        wait_for(mine, 2500_ms);
        std::string printed;
        CHECK(beside(mine, "ping -6 -n -c 3 -i 0.2 -W 2 2001:db8:1::1", &printed));
        CHECK(contains(printed, "ttl=63"));
        CHECK_FALSE(beside(mine, "ping -6 -n -c 1 -W 2 -t 1 2001:db8:1::1", &printed));
        CHECK(contains(printed, "Time exceeded: Hop limit"));
        CHECK_FALSE(beside(mine, "ping -6 -n -c 1 -W 2 -M do -s 1400 2001:db8:1::1", &printed));
        CHECK(contains(printed, "mtu=1300"));
        CHECK(beside(mine, "ping -6 -n -c 2 -i 0.2 -W 2 -s 1400 2001:db8:1::1"));  // in fragments now
        CHECK_FALSE(beside(mine, "ping -6 -n -c 1 -W 2 2001:db8:5::1", &printed));
        CHECK(contains(printed, "No route"));
        CHECK_FALSE(beside(mine, "ping -6 -n -c 1 -W 5 2001:db8:1::77", &printed));
        CHECK(contains(printed, "Address unreachable"));
        if (has("traceroute")) {
            CHECK(beside(mine, "traceroute -6 -n -w 1 -q 1 -m 5 2001:db8:1::1", &printed));
            CHECK(contains(printed, "1  2001:db8::2 "));
            CHECK(contains(printed, "2  2001:db8:1::1 "));
        }
        if (has("tracepath")) {
            CHECK(beside(mine, "tracepath -6 -n -m 5 2001:db8:1::1", &printed));
            CHECK(contains(printed, "pmtu 1300"));
        }
    }
    CHECK(private_network::run("kill $(cat " + holder + "); rm -f " + holder));
}

TEST_CASE("IPv6: a bridge of the kernel's learns which groups weld listens to", "[interop][ipv6][mld]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    if (!has("bridge")) SKIP("bridge is not installed");
    auto tap = weld::device::tap::open("weld0", {.up = true});
    if (!tap) SKIP("no tap interface: " << weld::message(tap.error()));
    if (!private_network::run("ip link add br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_mld_version 2 mcast_query_interval 500 mcast_query_response_interval 100 && "
                              "ip link set weld0 master br0 && ip link set br0 up")) SKIP("no bridge");
    weld::net mine{own::interface{"eth0", own::ethernet{std::move(*tap)}, "2001:db8::2/64"}, own::ipv6{}, own::icmp6{}};
    REQUIRE(mine.status());
    auto& ip = mine.part<own::ipv6>();
    const weld::address6 group = six("ff05::1:2");
    REQUIRE(ip.join(mine, group, 1));
    std::string printed;
    const auto is_known = [&] {
        CHECK(beside(mine, "bridge mdb show dev br0", &printed));
        return contains(printed, "port weld0 grp ff05::1:2");
    };
    REQUIRE(within_ten_seconds(mine, is_known));
    CHECK(contains(printed, "grp ff02::1:ff00:2"));  // what our address is asked by
    wait_for(mine, 3_s);                             // queries, and our answers
    CHECK(is_known());
    REQUIRE(ip.leave(mine, group, 1));
    CHECK(within_ten_seconds(mine, [&] { return !is_known(); }));
}
