// SPDX-License-Identifier: BSL-1.0
// Two protocols of one's own in a net, beside TCP and UDP. Over IPv4, as protocol 253: requests and answers, each of which
// arrives once and only once whatever the wire does. Beside IP, as EtherType 0x88B5: who else is on this link?
//
//     custom_protocol                                                          both, over a bad wire in memory
//     custom_protocol serve --net packet:eth0,10.0.0.2/24                      between two machines, as root
//     custom_protocol ask 10.0.0.2 "how are you?" --net tap:tap0,10.0.0.3/24
#include "support/arguments.hpp"
#include "support/own_net.hpp"

#include <weld/device/memory.hpp>
#include <weld/io/signals.hpp>
#include <weld/socket/listen.hpp>
#include <weld/stack.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>
#include <weld/task/sleep.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <signal.h>

namespace mine {
using namespace weld::literals;
namespace own = weld::stack;
using weld::endpoint4;

/// What programs name: `net.socket(mine::call)`. A socket asks (one request at a time) or answers (as many as there are).
struct call_description : weld::inet_description, weld::datagram_description {
    static constexpr const char* name = "call";
    static constexpr int number = 253;  // for experiments: RFC 3692
};
inline constexpr call_description call{};

/// Before each message: ports, the request's number, what it is, a checksum over it all and IP's pseudo header.
struct message_header {
    static constexpr std::size_t size = 12;
    static constexpr std::uint8_t request = 1, answer = 2;
    std::uint16_t from_port, to_port;
    std::uint32_t number;
    std::uint8_t kind;

    void encode(weld::packet& skb, weld::address4 from, weld::address4 to) const {
        const weld::mutable_bytes bytes = skb.bytes();
        weld::store_be(bytes, 0, from_port);
        weld::store_be(bytes, 2, to_port);
        weld::store_be(bytes, 4, number);
        weld::store_be(bytes, 8, static_cast<std::uint16_t>(kind << 8));
        weld::store_be(bytes, 10, std::uint16_t{0});
        weld::store_be(bytes, 10, weld::checksum::finish(sum(skb, from, to)));
    }
    /// Errors: bad_message.
    static weld::result<message_header> decode(const weld::packet& skb, weld::address4 from, weld::address4 to) {
        const weld::const_bytes bytes = skb.bytes();
        if (bytes.size() < size || !weld::checksum::valid(sum(skb, from, to))) return weld::errc::bad_message;
        return message_header{weld::load_be<std::uint16_t>(bytes, 0), weld::load_be<std::uint16_t>(bytes, 2), weld::load_be<std::uint32_t>(bytes, 4),
                              static_cast<std::uint8_t>(bytes[8])};
    }
    static std::uint32_t sum(const weld::packet& skb, weld::address4 from, weld::address4 to) {
        const auto pseudo = weld::checksum::pseudo_header(from, to, call_description::number, static_cast<std::uint32_t>(skb.size()));
        return weld::checksum::add(pseudo, weld::checksum::sum(skb.bytes()));
    }
};

struct call_sock : own::inet_sock<own::ip4> {
    call_sock* next_free = nullptr;
    // Who asks: the request without an answer, kept to be sent again.
    weld::packet_buffer request;
    endpoint4 asked{};
    std::uint32_t number = 0;
    int tries = 0;
    own::part_timer again;
    // Who answers: each client's last request, and its answer, kept in case it is lost.
    struct client {
        endpoint4 who;
        std::uint32_t number;
        bool answered;
        weld::packet_buffer answer;
    };
    std::vector<client> clients;

    client* find(const endpoint4& who) {
        const auto at = std::find_if(clients.begin(), clients.end(), [&](const client& c) { return c.who == who; });
        return at == clients.end() ? nullptr : &*at;
    }
};

/// The transport. A request is sent again, at growing intervals, until its answer comes; a request that comes again gets
/// the same answer again, and the application never sees it twice. Source: Birrell and Nelson, "Implementing remote
/// procedure calls", ACM TOCS 2 (1984).
class calls : public own::inet_proto<own::ip4, call_sock> {
    using base = own::inet_proto<own::ip4, call_sock>;

public:
    using role = weld::role::protocol;
    using net_context = own::context;
    using protosw = weld::protosw_table<weld::entry<call, own::datagram_ops<calls>>>;
    static constexpr std::uint8_t ip_protocol = 253;
    using over = own::ip4;
    static constexpr std::size_t payload_max = 1400, clients_max = 1000;
    static constexpr int tries_max = 10;
    static constexpr weld::duration patience = 50_ms, patience_max = 1_s;

    weld::result<> start(auto& net) {
        ports_.start(net.random(), {});
        return {};
    }
    weld::result<call_sock*> create(auto& net) {
        const auto made = base::create(net);
        if (made) (*made)->again.bind(net, **made, [](auto& in, auto& sk) { in.template part<calls>().ask_again(in, sk); });
        if (made) (*made)->number = static_cast<std::uint32_t>(net.now().since_start().milliseconds());  // above those of a life before
        return made;
    }
    void close(auto& net, call_sock& sk) {
        forget(sk);
        base::close(net, sk);
    }
    void stop(auto& net) {
        for (own::open_sock& each : open_) forget(static_cast<call_sock&>(each));
        base::stop(net);
    }
    weld::result<> bind(auto& net, call_sock& sk, const endpoint4& local) {
        const weld::result<> valid = own::check_bind_address<own::ip4>(net, sk, local.address());
        return valid ? ports_.bind(sk, local.port()) : valid;
    }
    /// Who asks waits for its answer before the next request.
    weld::events poll(auto&, call_sock& sk) const { return sk.request ? sk.poll() & ~weld::events::writable : sk.poll(); }

    /// An answer where that peer has asked, else a request. Errors: the pending error (timed_out: nobody answered),
    /// message_size, those of the route, resource_unavailable_try_again (the last request is not answered yet).
    weld::result<std::size_t> send(auto& net, call_sock& sk, weld::gathered data, const endpoint4* to, const message_control&, weld::message_flags) {
        const endpoint4 peer = to != nullptr ? *to : endpoint4{sk.peer, sk.peer_port};
        if (sk.error != weld::errc{}) return sk.take_error();
        if (own::size_of(data) > payload_max) return weld::errc::message_size;
        if (!sk.is_bound() && !ports_.bind_any(sk, net.random())) return weld::errc::address_not_available;
        call_sock::client* const client = sk.find(peer);
        const bool answers = client != nullptr && !client->answered;
        if (!answers && sk.request) return weld::errc::resource_unavailable_try_again;
        const message_header header{sk.port(), peer.port(), answers ? client->number : ++sk.number, answers ? message_header::answer : message_header::request};
        const auto way = own::route_for<own::ip4>(net, sk, peer.address());
        if (!way) return way.error();
        auto skb = weld::packet_buffer::allocate(net.packets(), message_header::size + own::size_of(data));
        if (!skb) return weld::errc::no_buffer_space;
        own::collect(skb->put(message_header::size + own::size_of(data)).subspan(message_header::size), data);
        header.encode(*skb, sk.sends_from.is_any() ? way->source : sk.sends_from, peer.address());
        transmit(net, sk, *skb, peer);
        if (answers) {
            client->answered = true;
            client->answer = std::move(skb);
        } else {
            sk.request = std::move(skb);
            sk.asked = peer;
            sk.tries = 1;
            net.timers().arm(sk.again, net.now() + patience);
        }
        return own::size_of(data);
    }
    own::rcv_result rcv(auto& net, weld::packet_buffer&& skb, const own::ip_info<own::ip4>& info) {
        const auto header = message_header::decode(*skb, info.source, info.destination);
        if (!header) return own::rcv_result::handled;
        auto* const owners = ports_.owners(header->to_port);
        if (owners == nullptr) return own::rcv_result::no_port;
        auto& sk = static_cast<call_sock&>(owners->front());
        const endpoint4 from{info.source, header->from_port};
        skb->pull(message_header::size);
        if (header->kind == message_header::request) return take_request(net, sk, from, *header, std::move(skb), info);
        if (!sk.request || header->number != sk.number || from != sk.asked) return own::rcv_result::handled;  // the same answer once more
        end_request(sk);
        deliver(net, sk, std::move(skb), info, header->from_port);
        sk.wake(weld::events::writable, net.runnable());
        return own::rcv_result::handled;
    }
    /// Nobody listens there, or there is no way: whoever asked is told.
    void error(auto& net, const own::icmp_error<own::ip4>& what) {
        if (what.transport.size() < 8 || what.mtu != 0) return;
        auto* const owners = ports_.owners(weld::load_be<std::uint16_t>(what.transport, 0));
        if (owners == nullptr) return;
        auto& sk = static_cast<call_sock&>(owners->front());
        if (!sk.request || weld::load_be<std::uint32_t>(what.transport, 4) != sk.number) return;
        end_request(sk);
        sk.report(what.error, net.runnable());
    }

private:
    own::rcv_result take_request(auto& net, call_sock& sk, const endpoint4& from, const message_header& header, weld::packet_buffer skb,
                                 const own::ip_info<own::ip4>& info) {
        call_sock::client* client = sk.find(from);
        if (client != nullptr && header.number == client->number) {
            if (client->answer) transmit(net, sk, *client->answer, from);
            return own::rcv_result::handled;
        }
        if (client != nullptr && static_cast<std::int32_t>(header.number - client->number) < 0) return own::rcv_result::handled;  // late
        if (!deliver(net, sk, std::move(skb), info, header.from_port)) return own::rcv_result::handled;  // it comes again
        if (client == nullptr) {
            if (sk.clients.size() == clients_max) sk.clients.erase(sk.clients.begin());
            client = &sk.clients.emplace_back();
        }
        *client = {from, header.number, false, {}};
        return own::rcv_result::handled;
    }
    void ask_again(auto& net, call_sock& sk) {
        if (sk.tries == tries_max) {
            end_request(sk);
            return sk.report(weld::errc::timed_out, net.runnable());
        }
        transmit(net, sk, *sk.request, sk.asked);
        net.timers().arm(sk.again, net.now() + std::min(patience * (1 << sk.tries++), patience_max));
    }
    /// Sends a copy; what is lost here is lost on the way as well.
    void transmit(auto& net, call_sock& sk, weld::packet& kept, const endpoint4& to) {
        auto& ip = own::network<own::ip4>(net);
        const auto way = own::route_for<own::ip4>(net, sk, to.address());
        auto copy = way ? kept.copy(ip.headroom(net)) : weld::packet_buffer{};
        if (copy) static_cast<void>(ip.send(net, std::move(copy), own::header_for<own::ip4>(sk, *way, to.address(), ip_protocol, kept.size(), message_control{}), *way));
    }
    static void end_request(call_sock& sk) {
        sk.request.reset();
        sk.again.cancel();
    }
    static void forget(call_sock& sk) {
        end_request(sk);
        sk.clients.clear();
    }
};

/// The other protocol, right above the link: a station calls, all others answer with their names.
class roll_call {
public:
    using role = weld::role::protocol;
    using net_context = own::context;
    static constexpr std::uint16_t ether_type = 0x88b5;  // for experiments: IEEE 802 section 9.2.3
    static constexpr std::size_t present_max = 100;

    explicit roll_call(std::string name) : name_{std::move(name)} {}

    void ask(auto& net) {
        for (std::uint32_t i = 1; own::with_interface(net, i, [&](auto& io) { send(net, io, weld::mac_address::broadcast(), '?'); });) ++i;
    }
    /// Who has answered so far.
    const std::vector<std::string>& present() const { return present_; }

    own::rcv_result rcv(auto& net, weld::packet_buffer&& skb, const own::frame_info& info) {
        const weld::text said = weld::as_text(skb->bytes());  // a mark, the name's length and the name; then padding, perhaps
        if (said.size() < 2 || said.size() < 2 + static_cast<std::size_t>(said[1])) return own::rcv_result::handled;
        if (said[0] == '?') own::with_interface(net, info.interface, [&](auto& io) { send(net, io, info.source, '!'); });
        else if (present_.size() < present_max) present_.emplace_back(said.data() + 2, static_cast<std::size_t>(said[1]));
        return own::rcv_result::handled;
    }

private:
    void send(auto& net, auto& io, const weld::mac_address& to, char mark) {
        auto skb = weld::packet_buffer::allocate(net.packets(), io.headroom() + 2 + name_.size(), io.headroom());
        if (!skb) return;
        const std::string text = std::string{mark, static_cast<char>(name_.size())} + name_;
        weld::copy(skb->put(text.size()), weld::as_bytes(weld::text{text.data(), text.size()}));
        static_cast<void>(io.send_frame(net, std::move(skb), to, ether_type));
    }
    std::string name_;
    std::vector<std::string> present_{};
};

}  // namespace mine

namespace {
using namespace weld::literals;
namespace own = weld::stack;
constexpr std::uint16_t service = 53;

/// Answers every request by what it says, and how many there were before it.
template <weld::provides<mine::call> Net>
weld::task<> serve(Net& net, int& answered) {
    auto socket = weld::bind(net, mine::call, {weld::address4{}, service});
    if (!socket) co_return;
    std::byte buffer[mine::calls::payload_max];
    for (;;) {
        const auto got = co_await socket->recv_from(buffer);
        if (!got) continue;
        std::string answer = std::to_string(++answered) + ": " + std::string(reinterpret_cast<const char*>(buffer), got->size);
        answer.resize(std::min(answer.size(), mine::calls::payload_max));
        static_cast<void>(co_await socket->send_to(weld::as_bytes(weld::text{answer.data(), answer.size()}), got->from));
    }
}

/// Asks so many times; answers how many answers were wrong or missing.
template <weld::provides<mine::call> Net>
weld::task<int> ask(Net& net, weld::address4 host, weld::text what, int times, bool quiet) {
    auto socket = net.socket(mine::call);
    if (!socket) co_return times;
    const auto connected = co_await socket->connect({host, service});
    if (!connected) std::fprintf(stderr, "custom_protocol: %s: %s\n", host.to_text().c_str(), weld::message(connected.error()));
    std::byte buffer[mine::calls::payload_max];
    int missing = connected ? 0 : times;
    for (int i = 0; i < times && connected; ++i) {
        const auto sent = co_await socket->send(weld::as_bytes(what));
        const auto got = co_await socket->recv(buffer, 10_s);
        const std::string answer{reinterpret_cast<const char*>(buffer), got.value_or(0)};
        const bool right = sent && answer.find(": " + std::string{what.data(), what.size()}) != std::string::npos;
        if (!right) ++missing;
        if (!got) std::fprintf(stderr, "custom_protocol: %s: %s\n", host.to_text().c_str(), weld::message(got.error()));
        if (got == weld::errc::connection_refused || got == weld::errc::timed_out) co_return times - i;
        if (got && !quiet) std::printf("%s\n", answer.c_str());
    }
    co_return missing;
}

template <class Net>
weld::task<> who_is_there(Net& net) {
    auto& link = net.template part<mine::roll_call>();
    link.ask(net);
    co_await weld::sleep(net, 300_ms);
    for (const std::string& name : link.present()) std::printf("on this link: %s\n", name.c_str());
}

/// Two machines in this process, and a wire that loses every fifth frame and doubles every tenth.
int over_memory() {
    weld::io::epoll loop;
    weld::device::memory_link wire;
    const weld::device::fault_options bad{.seed = 1, .transmitted = {.lose = 0.2, .duplicate = 0.1}};
    weld::net near{own::interface{"eth0", own::ethernet{weld::device::faults{wire.left(), bad}}, "10.0.0.1/24"},
                   own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, mine::calls{}, mine::roll_call{"near"}, weld::shared{loop}};
    weld::net far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"},
                  own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, mine::calls{}, mine::roll_call{"far"}, weld::shared{loop}};
    int answered = 0;
    far.spawn(serve(far, answered));
    constexpr int times = 20;
    weld::block_on(near, who_is_there(near));
    const int missing = weld::block_on(near, ask(near, weld::address4{{10, 0, 0, 2}}, "how are you?", times, true));
    std::printf("%d requests over a bad wire: %d answered, %d of them served by the other end\n", times, times - missing, answered);
    return missing == 0 && answered == times ? 0 : 1;
}

template <class Net>
weld::task<int> run_server(Net& net) {
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    if (!signals) co_return 1;
    int answered = 0;
    std::printf("serving\n");
    std::fflush(stdout);
    co_await weld::race(signals->next(), weld::cancel_safe(serve(net, answered)));
    std::printf("%d requests answered\n", answered);
    co_return 0;
}
template <class Net>
weld::task<int> run_client(Net& net, weld::address4 host, weld::text what, int times) {
    co_await who_is_there(net);
    const int missing = co_await ask(net, host, what, times, times > 10);
    std::printf("%d requests, %d answered\n", times, times - missing);
    co_return missing == 0 ? 0 : 1;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "custom_protocol [serve | ask HOST TEXT [-c COUNT]]",
                              "Requests and answers by a protocol of our own, and who is on the link by another. Without a word\n"
                              "both ends are in this process; otherwise --net names the interface, and the other end is elsewhere."};
    const int times = static_cast<int>(given.number("-c", 1, 1'000'000, "1"));
    const std::string what = given.value("WHAT", "");
    if (what.empty()) return given.end(), over_memory();
    if (what != "serve" && what != "ask") given.fail("%s: wanted is serve or ask", what.c_str());
    if (!examples::own_net::is_meant(given.net())) given.fail("--net %s: the kernel does not know our protocols; wanted is tap: or packet:", given.net());
    weld::address4 host{};
    std::string text;
    if (what == "ask") {
        const char* const word = given.value("HOST");
        const auto address = weld::address4::parse(word);
        if (!address) given.fail("%s: not an address", word);
        host = *address;
        text = given.value("TEXT");
    }
    given.end();
    const auto program = [&](auto& net) {
        if (what == "serve") return weld::block_on(net, run_server(net));
        return weld::block_on(net, run_client(net, host, {text.data(), text.size()}, times));
    };
    return examples::own_net{given}.run(program, mine::calls{}, mine::roll_call{what});
}
