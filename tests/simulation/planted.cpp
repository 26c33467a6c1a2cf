// SPDX-License-Identifier: BSL-1.0
// Proof that the invariants can fail: bugs planted in copies of policies are found within a stated number of seeds.
#include "streams.hpp"

#include "support/catch.hpp"

using namespace weld;
namespace stack = weld::stack;

namespace planted {  // named, since g++ warns of coroutines over types that others cannot name

/// Off by one: where one octet is left of a packet that was read nearly whole, it is thrown away with the packet.
struct greedy {
    using role = role::trace_policy;
    template <class Ops, auto Protocol>
    struct ops : Ops {
        template <class Net>
        static result<std::size_t> recv(Net& net, typename Ops::sock& sk, mutable_bytes buffer, message_flags flags) {
            const auto got = Ops::recv(net, sk, buffer, flags);
            const packet* const rest = sk.receive_queue.front();
            std::byte last[1];
            if (got && *got != 0 && rest != nullptr && rest->size() == 1) static_cast<void>(Ops::recv(net, sk, last, flags));
            return got;
        }
    };
};

/// A sock's list of waiters that was thought to have one entry: who waits to receive is forgotten by who waits to send.
struct forgetful {
    using role = role::trace_policy;
    template <class Ops, auto Protocol>
    struct ops : Ops {
        template <class Net>
        static result<> wait(Net& net, typename Ops::sock& sk, wait_entry& entry) {
            while (!sk.waiters.empty()) static_cast<void>(sk.waiters.pop());
            return Ops::wait(net, sk, entry);
        }
    };
};

/// Off by one: the hole before the first segment that was selected is thought to be one segment shorter than it is. So a
/// hole of one segment is none, and what is before it is let go as if it were acknowledged.
class short_of_one {
public:
    void on_ack(stack::retransmit_queue& sent, const stack::loss_sample& sample) noexcept {
        right_.on_ack(sent, sample);
        packet* const first = sent.front();
        packet* const second = first != nullptr ? packet_queue::after(*first) : nullptr;
        if (second == nullptr || stack::sent_segment::of(*first).sacked || !stack::sent_segment::of(*second).sacked) return;
        sent.acknowledge(stack::sent_segment::of(*first).end_seq, [](packet_buffer) {});
    }
    void on_rto() noexcept { right_.on_rto(); }

private:
    stack::sack_recovery right_;
};

/// Off by one: a copy of sack_recovery in which `>=` became `>`, so it takes one segment more to see a loss.
class one_too_many {
public:
    void on_ack(stack::retransmit_queue& sent, const stack::loss_sample& sample) noexcept {
        std::uint32_t octets = 0;
        int segments = 0;
        for (packet* skb = sent.highest_sacked(); skb != nullptr; skb = packet_queue::before(*skb)) {
            const stack::sent_segment& at = stack::sent_segment::of(*skb);
            if (!at.sacked) continue;
            octets += at.length();
            if (++segments > duplicate_threshold || octets > duplicate_threshold * sample.mss) return sent.mark_lost_before(at.seq);
        }
    }
    void on_rto() noexcept {}

private:
    static constexpr int duplicate_threshold = 3;
};

template <class Recovery>
using tcp_with = stack::basic_tcp<stack::ip4, stack::cubic, Recovery>;

/// Of a few segments one is lost, and three or more come after it: it is sent again before any timer runs out.
/// Source: RFC 6675 section 4, IsLost.
template <class Tcp>
void one_is_lost(sim::world& world) {
    using namespace weld::literals;
    constexpr std::size_t segment = 1448;
    auto& chance = world.random();
    const std::uint64_t behind = chance.between(3, 6), before = chance.below(4);
    const std::size_t size = (before + 1 + behind) * segment;
    auto lost = world.on_packet(sim::when::from("client") && sim::when::has_data && sim::when::nth(before + 1), sim::drop);
    const streams::composition_with<Tcp> compose;
    world.host("server", compose).serve("sink", [size](auto& net) -> task<> {
        auto listener = weld::listen(net, weld::tcp, endpoint4{{}, 80});
        auto socket = co_await listener->accept();
        std::vector<std::byte> buffer(size);
        const auto got = co_await socket->read_exactly(buffer);
        if (got) static_cast<void>(co_await socket->send_all(mutable_bytes{buffer}.first(1)));
        co_await weld::sleep(net, duration::infinite());
    });
    auto& client = world.host("client", compose);
    client.run("source", [&world, size](auto& net) -> task<> {
        auto socket = co_await weld::connect(net, weld::tcp, {*sim::resolve(net, "server"), 80});
        std::vector<std::byte> data(size);
        const bool sent = static_cast<bool>(co_await socket->send_all(data));
        const auto answer = co_await socket->recv(mutable_bytes{data});
        world.expect(sent && answer == 1u, "the stream did not arrive");
        world.expect(net.template part<Tcp>().counters.timeouts == 0, "one segment was lost, three came after it, and yet a timer had to run out");
    });
    world.expect_finished(world.run());
}

template <class Policy>
struct composition {
    auto operator()(sim::place& here) const {
        auto nic = here.device();
        return net{stack::interface{"eth0", stack::bare_ip{std::move(nic)}, here.prefix()},
                   stack::ipv4{}, stack::icmp{}, stack::tcp{}, stack::udp{}, here.clock(), here.names(), Policy{}};
    }
};

template <class Recovery>
sim::exploration explored_recovery(std::uint64_t seeds) {
    return sim::explore({.seeds = seeds, .folder = nullptr, .world = {.network = {.link = {.delay = weld::duration::milliseconds(20)}}}, .report = nullptr},
                        [](sim::world& world) { one_is_lost<tcp_with<Recovery>>(world); });
}
template <class Composition>
sim::exploration explored(std::uint64_t seeds) {
    return sim::explore({.seeds = seeds, .folder = nullptr, .report = nullptr},
                        [](sim::world& world) { streams::scenario<Composition>(world, 4, 100'000, false); });
}

}  // namespace planted

using namespace planted;

TEST_CASE("an octet that is lost one time in thousands is found within 200 seeds", "[streams][planted]") {
    const auto found = explored<composition<greedy>>(200);
    CAPTURE(found.seed, found.why);
    CHECK(found.failed);
}

TEST_CASE("a lost wake-up is found within 20 seeds", "[streams][planted]") {
    const auto found = explored<composition<forgetful>>(20);
    CAPTURE(found.seed, found.why);
    CHECK(found.failed);
}

TEST_CASE("an off-by-one in SACK that lets a segment go is found within 20 seeds", "[streams][planted]") {
    const auto found = explored<streams::composition_with<tcp_with<short_of_one>>>(20);
    CAPTURE(found.seed, found.why);
    CHECK(found.failed);
}

TEST_CASE("an off-by-one in SACK that only costs time is found within 50 seeds, and the right policy holds", "[streams][planted]") {
    const auto right = explored_recovery<stack::sack_recovery>(200);
    CAPTURE(right.seed, right.why);
    CHECK_FALSE(right.failed);
    const auto found = explored_recovery<one_too_many>(50);
    CAPTURE(found.seed, found.why);
    CHECK(found.failed);
}
