#include <weld/stack/claims.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/stack/ip/inet_proto.hpp>

#include <map>

using namespace test;

// What a user writes to add protocols of his own: one over IP, with sockets, and one beside IP, at the link.
namespace mine {

namespace stack = weld::stack;

/// Datagrams with a number where UDP has ports, protected by nothing: 253, RFC 3692.
struct tag_description : weld::inet_description, weld::datagram_description {
    static constexpr const char* name = "tag";
    static constexpr int number = 253;
};
inline constexpr tag_description tag{};

struct tag_sock : stack::inet_sock<stack::ip4> {
    tag_sock* next_free = nullptr;
};

class tags : public stack::inet_proto<stack::ip4, tag_sock> {
public:
    using role = weld::role::protocol;
    using net_context = stack::context;
    using protosw = weld::protosw_table<weld::entry<tag, stack::datagram_ops<tags>>>;
    static constexpr std::uint8_t ip_protocol = 253;

    weld::result<> bind(auto& net, tag_sock& sk, const weld::endpoint4& local) {
        if (const auto valid = stack::check_bind_address<stack::ip4>(net, sk, local.address()); !valid) return valid;
        return ports_.bind(sk, local.port());
    }
    weld::result<std::size_t> send(auto& net, tag_sock& sk, weld::gathered data, const weld::endpoint4* to, const message_control& asks, weld::message_flags) {
        auto& ip = stack::network<stack::ip4>(net);
        const auto way = stack::route_for<stack::ip4>(net, sk, to->address());
        if (!way) return way.error();
        const std::size_t size = 2 + stack::size_of(data);
        auto skb = weld::packet_buffer::allocate(net.packets(), ip.headroom(net) + size, ip.headroom(net));
        if (!skb) return weld::errc::no_buffer_space;
        stack::collect(skb->put(size).subspan(2), data);
        weld::store_be(skb->bytes(), 0, to->port());
        const auto sent = ip.send(net, std::move(skb), stack::header_for<stack::ip4>(sk, *way, to->address(), ip_protocol, size, asks), *way);
        if (!sent) return sent.error();
        return size - 2;
    }
    stack::rcv_result rcv(auto& net, weld::packet_buffer&& skb, const stack::ip_info<stack::ip4>& info) {
        const auto number = skb->size() >= 2 ? weld::load_be<std::uint16_t>(skb->bytes()) : std::uint16_t{0};
        auto* const owners = ports_.owners(number);
        if (owners == nullptr) return stack::rcv_result::no_port;
        skb->pull(2);
        deliver(net, static_cast<tag_sock&>(owners->front()), std::move(skb), info, number);
        return stack::rcv_result::handled;
    }
    void error(auto&, const stack::icmp_error<stack::ip4>& error) { last_error = error.error; }
    weld::errc last_error{};
};

/// A protocol without IP: counts what it gets, and answers.
struct echo_link {
    using role = weld::role::protocol;
    static constexpr std::uint16_t ether_type = weld::wire::ether_type::experimental;
    int frames = 0;

    stack::rcv_result rcv(auto& net, weld::packet_buffer&& skb, const stack::frame_info& info) {
        ++frames;
        stack::with_interface(net, info.interface, [&](auto& io) { static_cast<void>(io.send_frame(net, std::move(skb), info.source, ether_type)); });
        return stack::rcv_result::handled;
    }
};

}  // namespace mine

TEST_CASE("a protocol of one's own over IP is an entry of the list, and its sockets are sockets", "[own protocol]") {
    virtual_clock time;
    weld::device::memory_link wire;
    weld::net a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, mine::tags{}, weld::shared{time}, weld::seed{1}};
    weld::net b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, mine::tags{}, weld::shared{time}, weld::seed{2}};
    auto client = *a.socket(mine::tag), server = *b.socket(mine::tag);
    REQUIRE(server.bind(at({}, 42)));
    REQUIRE(client.send_to(weld::as_bytes("hello"), at(peer_ip, 42)).blocking() == 5u);
    std::array<std::byte, 10> buffer;
    CHECK(server.recv(weld::mutable_bytes{buffer}, 1_s).blocking() == 5u);
    // nobody has 43: a port unreachable comes back to where it was sent
    REQUIRE(client.send_to(weld::as_bytes("hello, again"), at(peer_ip, 43)).blocking());
    time.settle();
    CHECK(a.part<mine::tags>().last_error == weld::errc::connection_refused);
}

TEST_CASE("a protocol of one's own beside IP claims its EtherType", "[own protocol]") {
    virtual_clock time;
    script wire;
    weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}}, mine::echo_link{}, weld::shared{time}, weld::seed{1}};
    REQUIRE(net.status());
    wire.inject(ethernet(our_mac, peer_mac, 0x88b5, bytes_of("ping")));
    time.settle();
    const auto out = wire.taken();
    REQUIRE(out.size() == 1);
    CHECK(out[0] == ethernet(peer_mac, our_mac, 0x88b5, bytes_of("ping")));
    CHECK(net.part<mine::echo_link>().frames == 1);
}
