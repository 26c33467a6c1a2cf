// SPDX-License-Identifier: BSL-1.0
// Two nets with nothing but TCP, and between them a wire on a virtual clock that loses, repeats, reorders, delays and
// corrupts what a seed tells it to. Segments can be looked at, dropped and made by hand.
#pragma once

#include <weld/socket/socket.hpp>
#include <weld/stack/tcp/tcp.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcp_test {

using namespace weld;
using namespace weld::literals;
using stack::ip4;
using stack::ip6;

/// The address of an end: 10.0.0.1 and 2, or fd00::1 and 2.
template <class Ip>
typename Ip::address address_of(int side) {
    typename Ip::address made{};
    made.bytes[0] = sizeof made == 4 ? 10 : 0xfd;
    made.bytes[sizeof made - 1] = static_cast<std::uint8_t>(side + 1);
    return made;
}

class virtual_clock {
public:
    using role = weld::role::event_source;
    time_point now() const noexcept { return now_; }
    run_queue& runnable() noexcept { return ready_; }
    timer_wheel& timers() noexcept { return timers_; }
    void wait(time_point until) noexcept {
        if (until != time_point::never() && until > now_) now_ = until;
    }
    std::uint64_t seed() const noexcept { return 1; }

private:
    time_point now_{duration::seconds(1000)};
    run_queue ready_;
    timer_wheel timers_{time_point{duration::seconds(1000)}};
};

struct wire_options {
    std::size_t mtu = 1500;
    duration delay = 10_ms;               // each way
    duration jitter{};                    // so much more at most
    double loss = 0, duplicate = 0, corrupt = 0, reorder = 0;  // reorder: so many are held back by reorder_delay
    duration reorder_delay = 3_ms;
    std::uint64_t bandwidth = 0;          // octets a second, 0: any; both directions each
    std::size_t queue = 1 << 20;          // octets that may wait for the bandwidth
    device_features features{};
    bool takes_fragments = false;         // segments come as fragments of the first
};

/// One segment on the wire, for those who look.
struct on_wire {
    int from;                             // 0 or 1
    wire::tcp_header header;
    wire::tcp_options options;
    std::size_t payload;
    time_point at;
    std::uint8_t tos = 0, ttl = 0;
};

/// What the two ends hand their packets to.
template <class Ip>
class basic_test_wire {
public:
    using deliver_function = void (*)(void* net, packet_buffer, const stack::ip_info<Ip>&);

    basic_test_wire(virtual_clock& clock, std::uint64_t seed, wire_options chosen = {})
        : options{chosen}, clock_{clock}, chance_{seed}, alarm_{*this} {
        if (std::getenv("WELD_TRAINS") != nullptr && options.features.gso_size_max == 0) {
            options.features.gso_size_max = 65536;
            options.takes_fragments = true;
        }
    }

    void attach(int side, void* net, deliver_function deliver) { ends_[side] = {net, deliver}; }
    void detach(int side) { ends_[side] = {}; }

    void send(int side, packet_buffer skb, const stack::ip_header<Ip>& header) {
        packet_queue rest = packet_queue::detach_from(*skb);
        if (!rest.empty()) {
            if (!options.takes_fragments || skb->gso_segments != rest.size() + 1) std::abort();
            skb->gso_size = skb->gso_segments = 0;
        }
        send_one(side, std::move(skb), header);
        while (packet_buffer next = rest.pop_front()) send_one(side, std::move(next), header);
    }
    void send_one(int side, packet_buffer skb, const stack::ip_header<Ip>& header) {
        look(side, *skb, header);
        ++sent[side];
        if (rule && !rule(last)) return;
        if (mark && (header.tos & 3) != 0 && mark(last)) {
            stack::ip_header<Ip> marked = header;
            marked.tos |= 3;
            return enqueue(side, std::move(skb), marked, {});
        }
        if (skb->gso_size == 0 && skb->size() + Ip::header_size > options.mtu) std::abort();
        if (chance(options.loss)) return;
        if (chance(options.duplicate)) enqueue(side, skb->copy(), header, {});
        if (chance(options.corrupt)) {
            if (skb->checksum == checksum_state::partial) return;  // nothing would show it
            skb = skb->copy();
            skb->data()[chance_.below(skb->size())] ^= static_cast<std::byte>(1 + chance_.below(255));
        }
        enqueue(side, std::move(skb), header, {});
    }
    /// Puts a segment of one's own on the wire, from `side` to the other.
    void inject(int side, const stack::ip_header<Ip>& header, wire::tcp_header segment, const_bytes payload = {},
                const wire::tcp_options& with = {}) {
        packet_buffer skb = packet_buffer::allocate(packets, 200 + payload.size(), 100);
        skb->put(segment.encode({skb->tail(), skb->tailroom()}, with));
        copy(skb->put(payload.size()), payload);
        const auto pseudo = checksum::pseudo_header(header.source, header.destination, 6, static_cast<std::uint32_t>(skb->size()));
        store_be<std::uint16_t>(skb->data() + 16, checksum::finish(checksum::add(pseudo, checksum::sum(skb->bytes()))));
        enqueue(side, std::move(skb), header, {});
    }
    bool idle() const { return flying_.empty(); }
    void drop_all() { flying_.clear(); }

    wire_options options;
    packet_pool packets;
    std::function<bool(const on_wire&)> rule;   // false: lost
    std::function<bool(const on_wire&)> mark;   // true: a router marks it, if it is ECN-capable
    std::vector<on_wire> log;                   // where record is set
    bool record = false, print = false;
    on_wire last{};
    std::uint64_t sent[2] = {};

private:
    struct flying {
        int from;
        packet_buffer skb;
        stack::ip_header<Ip> header;
    };
    struct alarm : timer {
        explicit alarm(basic_test_wire& w) : timer{+[](runnable& self) { static_cast<alarm&>(self).of.arrive(); }}, of{w} {}
        basic_test_wire& of;
    };
    struct end {
        void* net = nullptr;
        deliver_function deliver = nullptr;
    };

    bool chance(double probability) { return probability > 0 && static_cast<double>(chance_.below(1'000'000)) < probability * 1e6; }
    void look(int side, const packet& skb, const stack::ip_header<Ip>& header) {
        const auto view = wire::tcp_view::parse(skb.bytes());
        last = {side, view->header(), view->options(), view->payload().size(), clock_.now(), header.tos, header.ttl};
        if (record) log.push_back(last);
        if (print) print_last();
    }
    void print_last() const {
        static const char* const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
        std::string flags;
        for (int i = 0; i < 8; ++i)
            if (static_cast<int>(last.header.flags) >> i & 1) flags += std::string{" "} + names[i];
        std::printf("%10.6f %s seq %u len %zu ack %u win %u%s", last.at.since_start().seconds() - 1000, last.from == 0 ? ">" : "   <",
                    last.header.seq, last.payload, last.header.ack, last.header.window, flags.c_str());
        for (int i = 0; i < last.options.sack_count; ++i) std::printf(" [%u %u]", last.options.sack[i].left, last.options.sack[i].right);
        std::printf("\n");
    }
    void enqueue(int side, packet_buffer skb, const stack::ip_header<Ip>& header, duration more) {
        if (!skb) return;
        time_point at = clock_.now();
        if (options.bandwidth != 0) {
            time_point& free = free_at_[side];
            if (free < at) free = at;
            if (static_cast<std::uint64_t>((free - at).nanoseconds()) * options.bandwidth / 1'000'000'000 > options.queue) return;
            free = free + duration::nanoseconds(static_cast<std::int64_t>((skb->size() + 34) * 1'000'000'000 / options.bandwidth));
            at = free;
        }
        at = at + options.delay + more;
        if (options.jitter > duration{}) at = at + duration::nanoseconds(static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(options.jitter.nanoseconds()))));
        if (chance(options.reorder)) at = at + options.reorder_delay;
        flying_.emplace(at, flying{side, std::move(skb), header});
        clock_.timers().arm(alarm_, flying_.begin()->first);
    }
    void arrive() {
        while (!flying_.empty() && flying_.begin()->first <= clock_.now()) {
            flying f = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            const end& to = ends_[1 - f.from];
            const stack::ip_info<Ip> info{.source = f.header.source, .destination = f.header.destination, .interface = 1, .protocol = 6, .ttl = 64, .tos = f.header.tos};
            if (to.net != nullptr) to.deliver(to.net, std::move(f.skb), info);
        }
        if (!flying_.empty()) clock_.timers().arm(alarm_, flying_.begin()->first);
    }

    virtual_clock& clock_;
    random_generator chance_;
    std::multimap<time_point, flying> flying_;
    time_point free_at_[2]{};
    end ends_[2];
    alarm alarm_;
};

using test_wire = basic_test_wire<ip4>;

/// The poorest network layer: one address, one destination.
template <class Ip>
class basic_wire_network {
    using address = typename Ip::address;

public:
    using role = weld::role::network_layer;
    using net_context = stack::context;
    using version = Ip;

    basic_wire_network(basic_test_wire<Ip>& through, int side) : wire_{&through}, side_{side}, own_{address_of<Ip>(side)} {}

    result<> start(auto& net) {
        using net_type = std::remove_reference_t<decltype(net)>;
        net.context().lend(wire_->packets);
        wire_->attach(side_, &net, [](void* n, packet_buffer skb, const stack::ip_info<Ip>& info) {
            static_cast<net_type*>(n)->for_each_part([&](auto& part) {
                if constexpr (requires { part.ip_protocol; })
                    if (part.rcv(*static_cast<net_type*>(n), std::move(skb), info) != stack::rcv_result::handled) std::abort();
            });
        });
        return {};
    }
    void stop(auto&) { wire_->detach(side_); }

    result<stack::route<Ip>> route_to(auto&, address to, address source = {}, std::uint32_t = 0) {
        if (unreachable) return errc::network_unreachable;
        if (!source.is_any() && source != own_ && !accepts_anything) return errc::address_not_available;
        const std::size_t path = path_mtu_ != 0 ? path_mtu_ : wire_->options.mtu;
        return stack::route<Ip>{.source = own_, .next_hop = to, .interface = 1, .generation = generation_, .mtu = path, .features = wire_->options.features, .takes_fragments = wire_->options.takes_fragments, .hop_limit = hop_limit};
    }
    result<> send(auto&, packet_buffer skb, const stack::ip_header<Ip>& header, const stack::route<Ip>&) {
        wire_->send(side_, std::move(skb), header);
        return {};
    }
    std::size_t headroom(auto&) const { return 14 + Ip::header_size; }
    bool is_local(auto&, address a) const { return a == own_ || a.is_loopback(); }
    bool is_broadcast(auto&, address a) const { return sizeof a == 4 && a.bytes[sizeof a - 1] == 255; }
    std::uint32_t generation() const { return generation_; }
    void path_mtu(auto&, address, std::size_t mtu) {
        path_mtu_ = mtu;
        ++generation_;
    }
    bool has_room(auto&, const stack::route<Ip>&) const { return true; }
    void confirm(auto&, const stack::route<Ip>&) {}

    bool unreachable = false;
    bool accepts_anything = false;
    std::uint8_t hop_limit = 64;

private:
    basic_test_wire<Ip>* wire_;
    int side_;
    address own_;
    std::size_t path_mtu_ = 0;
    std::uint32_t generation_ = 1;
};

using wire_network = basic_wire_network<ip4>;

template <class Tcp = stack::tcp>
struct pair {
    using ip = typename Tcp::ip;
    using wire_network = basic_wire_network<ip>;
    using endpoint = typename ip::endpoint;
    using net_type = net<wire_network, Tcp, shared<virtual_clock>, seed>;
    using socket = weld::socket<net_type, ip::tcp>;

    explicit pair(std::uint64_t number = 1, wire_options options = {}, stack::tcp_limits limits = {})
        : link{clock, number, options}, left{wire_network{link, 0}, Tcp{limits}, shared{clock}, seed{number * 2 + 1}},
          right{wire_network{link, 1}, Tcp{limits}, shared{clock}, seed{number * 2 + 2}} {}

    Tcp& tcp(int side) { return (side == 0 ? left : right).template part<Tcp>(); }
    wire_network& network(int side) { return (side == 0 ? left : right).template part<wire_network>(); }
    socket make(int side) { return std::move(*(side == 0 ? left : right).socket(ip::tcp)); }
    socket listener(int side, std::uint16_t port = 80, int backlog = 16) {
        socket made = make(side);
        if (!made.bind(endpoint{{}, port}) || !made.listen(backlog)) std::abort();
        return made;
    }
    static endpoint at(int side, std::uint16_t port = 80) { return {address_of<ip>(side), port}; }

    void step() { weld::step(clock); }
    /// True where `done` became true before `patience` was over.
    template <class Done>
    bool run_until(Done&& done, duration patience = 3600_s) {
        const time_point end = clock.now() + patience;
        while (!done()) {
            if (clock.runnable().empty()) {
                const time_point next = clock.timers().next();
                if (next == time_point::never() || next > end) {
                    clock.wait(end);
                    return done();
                }
            }
            step();
        }
        return true;
    }
    void run_for(duration time) {
        run_until([] { return false; }, time);
    }
    /// A connection between the two, left's end first.
    std::pair<socket, socket> connected(std::uint16_t port = 80) {
        socket passive = listener(1, port);
        socket active = make(0);
        if (active.try_connect(at(1, port)).error() != errc::operation_in_progress) std::abort();
        std::optional<socket> accepted;
        if (!run_until([&] {
                if (auto got = passive.try_accept()) accepted.emplace(std::move(*got));
                return accepted.has_value();
            })) std::abort();
        run_for(1_ms);
        static_cast<void>(run_until([&] { return active.native().state == stack::tcp_state::established; }));
        static_cast<void>(active.try_connect(at(1, port)));
        return {std::move(active), std::move(*accepted)};
    }

    virtual_clock clock;
    basic_test_wire<ip> link;
    net_type left, right;
};

/// Octet `at` of a stream: nothing that is out of place looks right.
inline std::byte pattern(std::uint64_t at, std::uint64_t salt = 0) {
    std::uint64_t z = at / 8 + salt * 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z ^= z >> 27;
    return static_cast<std::byte>(z >> (at % 8 * 8));
}

/// Sends and receives patterned streams as fast as the sockets take them.
template <class Socket>
struct stream {
    Socket* from;
    Socket* to;
    std::uint64_t total;
    std::uint64_t salt = 0;
    std::size_t chunk = 16384;
    std::uint64_t sent = 0, received = 0;
    bool wrong = false, ended = false;

    void push() {
        std::vector<std::byte> data(chunk);
        while (sent < total) {
            const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, total - sent));
            for (std::size_t i = 0; i < n; ++i) data[i] = pattern(sent + i, salt);
            const auto took = from->try_send({data.data(), n});
            if (!took) return;
            sent += *took;
            if (*took < n) return;
        }
    }
    void pull() {
        std::vector<std::byte> data(chunk);
        while (true) {
            const auto got = to->try_recv({data.data(), data.size()});
            if (!got) return;
            if (*got == 0) {
                ended = true;
                return;
            }
            for (std::size_t i = 0; i < *got; ++i) wrong |= data[i] != pattern(received + i, salt);
            received += *got;
        }
    }
    bool done() {
        push();
        pull();
        return received >= total || wrong;
    }
};

}  // namespace tcp_test
