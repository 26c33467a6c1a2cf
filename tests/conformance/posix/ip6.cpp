// SPDX-License-Identifier: BSL-1.0
// The facade over weld's own TCP and UDP of IPv6, AF_INET6: the same programs, the same answers as the kernel's.
#include "own.hpp"

#include <weld/stack/icmp/icmp6.hpp>
#include <weld/stack/ip/ipv6.hpp>

using namespace both;

namespace {

sockaddr* any(sockaddr_in6& a) { return reinterpret_cast<sockaddr*>(&a); }
using both::any;

sockaddr_in6 loopback6() {
    sockaddr_in6 made{};
    made.sin6_family = AF_INET6;
    made.sin6_addr = in6addr_loopback;
    return made;
}

template <class Program>
void over_kernel_and_own6(Program program) {
    const int there = ::socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 self = loopback6();
    const bool usable = there >= 0 && ::bind(there, any(self), sizeof self) == 0;
    if (there >= 0) ::close(there);
    if (!usable) SKIP("no IPv6 on this machine");
    namespace own = weld::stack;
    over_kernel_and_parts(program, own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "fd00::1/64"}, own::ipv6{}, own::icmp6{}, own::tcp6{}, own::udp6{});
}
template <class Os>
int listener6(Os& os, sockaddr_in6& address) {
    const int fd = os.socket(AF_INET6, SOCK_STREAM, 0);
    address = loopback6();
    socklen_t length = sizeof address;
    os.bind(fd, any(address), length);
    os.listen(fd, 5);
    os.getsockname(fd, any(address), &length);
    return fd;
}
template <class Os>
void note_option(Os& os, notes& note, int fd, const char* what, int name) {
    int value = -5;
    socklen_t length = sizeof value;
    note(what, os.getsockopt(fd, IPPROTO_IPV6, name, &value, &length));
    note.value(what, value);
}

}  // namespace

TEST_CASE("own TCP over IPv6: what its calls answer in each state", "[conformance][posix][own][ip6]") {
    over_kernel_and_own6([](auto& os, notes& note) {
        sockaddr_in6 address, name{};
        socklen_t length = sizeof name;
        char byte = 0;
        const int fresh = os.socket(AF_INET6, SOCK_STREAM, 0);
        note("getsockname unbound", os.getsockname(fresh, any(name), &length));
        note.value("length", length);
        note.value("family", name.sin6_family);
        note.value("any", IN6_IS_ADDR_UNSPECIFIED(&name.sin6_addr));
        note("getpeername unconnected", os.getpeername(fresh, any(name), &length));
        note("send unconnected", os.send(fresh, &byte, 1, 0));
        const int listener = listener6(os, address);
        sockaddr_in6 other = address;
        const int second = os.socket(AF_INET6, SOCK_STREAM, 0);
        note("bind to a port in use", os.bind(second, any(other), sizeof other));
        note("bind a short address", os.bind(second, any(other), 16));
        sockaddr_in of_four{};
        of_four.sin_family = AF_INET;
        note("bind an address of IPv4", os.bind(second, any(of_four), sizeof of_four));
        sockaddr_in6 as_long{};
        as_long.sin6_family = AF_INET;
        note("bind an address of IPv4, as long", os.bind(second, any(as_long), sizeof as_long));
        other.sin6_port = 0;
        other.sin6_addr.s6_addr[15] = 77;
        note("bind an address that is not ours", os.bind(second, any(other), sizeof other));
        other.sin6_addr = {};
        other.sin6_addr.s6_addr[0] = 0xfe;
        other.sin6_addr.s6_addr[1] = 0x80;
        note("bind a link-local address without an interface", os.bind(second, any(other), sizeof other));
        other.sin6_addr.s6_addr[0] = 0xff;
        other.sin6_addr.s6_addr[1] = 0x02;
        note("bind a group", os.bind(second, any(other), sizeof other));
        note("connect to a group", os.connect(second, any(other), sizeof other));
        note("connect", os.connect(fresh, any(address), sizeof address));
        note("connect again", os.connect(fresh, any(address), sizeof address));
        length = sizeof name;
        const int accepted = note.fd("accept", os.accept4(listener, any(name), &length, SOCK_NONBLOCK));
        note.value("length", length);
        note.value("from the loopback", IN6_IS_ADDR_LOOPBACK(&name.sin6_addr));
        note.value("scope", name.sin6_scope_id);
        note("getpeername", os.getpeername(fresh, any(name), &length));
        note.value("the listener", name.sin6_port == address.sin6_port);
        length = 4;
        note("getsockname into little room", os.getsockname(fresh, any(name), &length));
        note.value("true length", length);
        note("send", os.send(fresh, "hello", 5, 0));
        pollfd entry{accepted, POLLIN | POLLRDHUP, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        char buffer[16];
        note("recv", os.recv(accepted, buffer, 16, 0));
        note("shutdown for writing", os.shutdown(fresh, SHUT_WR));
        entry.revents = 0;
        note("poll", os.poll(&entry, 1, 1000));
        note("recv at the end", os.recv(accepted, &byte, 1, 0));
        os.close(listener);
        const int late = os.socket(AF_INET6, SOCK_STREAM, 0);
        note("connect to nobody", os.connect(late, any(address), sizeof address));
        for (const int each : {fresh, second, accepted, late}) os.close(each);
    });
}

TEST_CASE("own TCP over IPv6: its options", "[conformance][posix][own][ip6]") {
    over_kernel_and_own6([](auto& os, notes& note) {
        const int fd = os.socket(AF_INET6, SOCK_STREAM, 0);
        const auto set = [&](const char* what, int name, int value) { note(what, os.setsockopt(fd, IPPROTO_IPV6, name, &value, sizeof value)); };
        set("IPV6_V6ONLY", IPV6_V6ONLY, 1);
        note_option(os, note, fd, "IPV6_V6ONLY", IPV6_V6ONLY);
        note_option(os, note, fd, "IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS);
        for (const int value : {7, 255, 256, -2, -1}) set("IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS, value);
        note_option(os, note, fd, "IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS);
        for (const int value : {0x28, 256, -2}) set("IPV6_TCLASS", IPV6_TCLASS, value);
        note_option(os, note, fd, "IPV6_TCLASS", IPV6_TCLASS);
        for (const int value : {IPV6_PMTUDISC_DO, IPV6_PMTUDISC_WANT, 6, -1}) set("IPV6_MTU_DISCOVER", IPV6_MTU_DISCOVER, value);
        note_option(os, note, fd, "IPV6_MTU_DISCOVER", IPV6_MTU_DISCOVER);
        note_option(os, note, fd, "IPV6_MTU unconnected", IPV6_MTU);
        const char little = 1;
        note("a byte", os.setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &little, 1));
        set("no such option", 150, 1);
        sockaddr_in6 address = loopback6();
        note("bind", os.bind(fd, any(address), sizeof address));
        set("IPV6_V6ONLY of a bound one", IPV6_V6ONLY, 0);
        os.close(fd);
    });
}

TEST_CASE("own UDP over IPv6: datagrams by sendto and recvfrom, and its options", "[conformance][posix][own][ip6]") {
    over_kernel_and_own6([](auto& os, notes& note) {
        const int from = os.socket(AF_INET6, SOCK_DGRAM, 0), to = os.socket(AF_INET6, SOCK_DGRAM, 0);
        sockaddr_in6 address = loopback6(), sender{};
        socklen_t length = sizeof address;
        note("bind", os.bind(to, any(address), length));
        os.getsockname(to, any(address), &length);
        note("send to nobody", os.send(from, "x", 1, 0));
        note("sendto a short address", os.sendto(from, "x", 1, 0, any(address), 16));
        note("sendto", os.sendto(from, "a datagram", 10, 0, any(address), length));
        char buffer[4];
        pollfd entry{to, POLLIN, 0};
        note("poll", os.poll(&entry, 1, 1000));
        length = sizeof sender;
        note("recvfrom", os.recvfrom(to, buffer, 4, 0, any(sender), &length));
        note.value("length", length);
        note.value("from the loopback", IN6_IS_ADDR_LOOPBACK(&sender.sin6_addr));
        note.value("family", sender.sin6_family);
        note("connect", os.connect(from, any(address), sizeof address));
        note("send", os.send(from, "y", 1, 0));
        note("recv", os.recv(to, buffer, 4, 0));
        const auto set = [&](const char* what, int name, int value) { note(what, os.setsockopt(from, IPPROTO_IPV6, name, &value, sizeof value)); };
        for (const int value : {300, 0, -1}) set("IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS, value);
        note_option(os, note, from, "IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS);
        for (const int value : {2, 0}) set("IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP, value);
        note_option(os, note, from, "IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP);
        for (const int value : {-1, 9999, 0}) set("IPV6_MULTICAST_IF", IPV6_MULTICAST_IF, value);
        note_option(os, note, from, "IPV6_MULTICAST_IF", IPV6_MULTICAST_IF);
        for (const int name : {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_RECVERR, IPV6_DONTFRAG}) {
            note_option(os, note, from, "at first", name);
            set("on", name, 1);
            note_option(os, note, from, "then", name);
        }
        set("IPV6_TCLASS", IPV6_TCLASS, 0xff);
        note_option(os, note, from, "IPV6_TCLASS", IPV6_TCLASS);
        ipv6_mreq group{};
        group.ipv6mr_multiaddr.s6_addr[0] = 0xff;
        group.ipv6mr_multiaddr.s6_addr[1] = 0x02;
        group.ipv6mr_multiaddr.s6_addr[15] = 0x99;
        group.ipv6mr_interface = 1;
        note("join too little", os.setsockopt(from, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, 8));
        note("join", os.setsockopt(from, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
        note("join again", os.setsockopt(from, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
        note("leave", os.setsockopt(from, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group));
        note("leave again", os.setsockopt(from, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group));
        group.ipv6mr_interface = 9999;
        note("join by no interface", os.setsockopt(from, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
        group.ipv6mr_multiaddr.s6_addr[0] = 0;
        group.ipv6mr_interface = 1;
        note("join what is no group", os.setsockopt(from, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
        os.close(to);
        note("send to who has gone", os.send(from, "z", 1, 0));
        entry = {from, POLLIN, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note("recv", os.recv(from, buffer, 4, MSG_DONTWAIT));
        os.close(from);
    });
}
