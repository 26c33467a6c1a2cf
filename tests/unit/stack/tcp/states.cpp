// SPDX-License-Identifier: BSL-1.0
// Each state of RFC 9293 section 3.3.2 with each event of section 3.10: what state follows, and what is said. Two rows are
// Linux's rather than the text's: a RST does not end TIME-WAIT (RFC 1337), and CLOSE in SYN-RECEIVED waits for ESTABLISHED.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace tcp_test;
using stack::tcp_state;

namespace {
/// A net whose end has been brought into a state, and where the two ends' numbers stand.
struct situation {
    explicit situation(tcp_state wanted) { bring_to(wanted); }

    void bring_to(tcp_state wanted) {
        switch (wanted) {
        case tcp_state::closed:
            s.emplace(std::move(*p.local.socket(weld::tcp)));
            p.ours = 1234, p.theirs = 80;
            return;
        case tcp_state::listen:
            s.emplace(p.listener());
            p.ours = 1234, p.theirs = 80;
            return;
        case tcp_state::syn_sent: {
            s.emplace(std::move(*p.local.socket(weld::tcp)));
            static_cast<void>(s->try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
            const on_wire syn = p.next();
            p.ours = 80, p.theirs = syn.header.source_port, p.iss = syn.header.seq;
            una = 0, nxt = 1, peer_next = 0;
            return;
        }
        case tcp_state::syn_received:  // both have called
            bring_to(tcp_state::syn_sent);
            p.send(0, flags::syn, {.with = {.mss = 1460}});
            peer_next = 1;
            return p.forget();
        case tcp_state::established:
            s.emplace(p.connected());
            una = nxt = peer_next = 1;
            return;
        case tcp_state::fin_wait_1:
            bring_to(tcp_state::established);
            REQUIRE(s->shutdown(shutdown_type::write));
            p.settle();
            nxt = 2;
            return p.forget();
        case tcp_state::fin_wait_2:
            bring_to(tcp_state::fin_wait_1);
            p.send(1, flags::ack, {.ack = 2});
            una = 2;
            return p.forget();
        case tcp_state::closing:
            bring_to(tcp_state::fin_wait_1);
            p.send(1, flags::fin | flags::ack, {.ack = 1});
            peer_next = 2;
            return p.forget();
        case tcp_state::time_wait:
            bring_to(tcp_state::fin_wait_2);
            p.send(1, flags::fin | flags::ack, {.ack = 2});
            peer_next = 2;
            p.wait(1_s);  // answers of TIME-WAIT are not too frequent
            return p.forget();
        case tcp_state::close_wait:
            bring_to(tcp_state::established);
            p.send(1, flags::fin | flags::ack, {.ack = 1});
            peer_next = 2;
            return p.forget();
        case tcp_state::last_ack:
            bring_to(tcp_state::close_wait);
            REQUIRE(s->shutdown(shutdown_type::write));
            p.settle();
            nxt = 2;
            return p.forget();
        }
    }
    /// The state of the connection between the two; of the listener where there is none.
    std::string state() {
        const stack::four_tuple<ip4> tuple{{{10, 0, 0, 1}}, {{10, 0, 0, 2}}, p.theirs, p.ours};
        if (const auto* const found = p.tcp().connections.find(tuple)) {
            switch (found->kind) {
            case stack::connection_kind::sock: return name(static_cast<const peer<>::net_type::ops<weld::tcp>::sock*>(found)->state);
            case stack::connection_kind::request: return "syn-rcvd";
            case stack::connection_kind::time_wait: return name(static_cast<const stack::timewait_sock<stack::tcp::policies>*>(found)->substate);
            }
        }
        return s && s->native().state == tcp_state::listen ? "listen" : "closed";
    }
    static std::string name(tcp_state of) {
        static const char* const names[] = {"", "estab", "syn-sent", "syn-rcvd", "fin-w-1", "fin-w-2", "time-w", "closed", "close-w", "last-ack", "listen", "closing"};
        return names[static_cast<int>(of)];
    }
    /// What was said since, each segment by its flags.
    std::string said() {
        static const char* const letters[] = {"F", "S", "R", "P", "A", "U", "E", "C"};
        p.settle(100_ms);
        std::string all;
        while (!p.silent()) {
            const on_wire segment = p.next();
            all += all.empty() ? "" : " ";
            for (int i = 0; i < 8; ++i)
                if (static_cast<int>(segment.header.flags) >> i & 1) all += letters[i];
        }
        return all;
    }

    peer<> p;
    std::optional<peer<>::socket> s;
    std::uint32_t una = 0, nxt = 0;    // SND.UNA, SND.NXT of the net's end
    std::uint32_t peer_next = 0;       // what it expects next of us
};

struct event {
    const char* name;
    void (*happens)(situation&);
};
const event events_of_users[] = {  // sections 3.10.1 to 3.10.6
    {"OPEN active", [](situation& w) { static_cast<void>(w.s->try_connect(endpoint4{{{10, 0, 0, 2}}, 81})); }},
    {"OPEN passive", [](situation& w) { static_cast<void>(w.s->listen(1)); }},
    {"SEND", [](situation& w) { static_cast<void>(w.s->try_send(octets(3))); }},
    {"RECEIVE", [](situation& w) { std::byte b[4]; static_cast<void>(w.s->try_recv(b)); }},
    {"CLOSE half", [](situation& w) { static_cast<void>(w.s->shutdown(shutdown_type::write)); }},
    {"CLOSE", [](situation& w) { w.s.reset(); }},
    {"ABORT", [](situation& w) { static_cast<void>(w.s->set(linger::abort())); w.s.reset(); }},
    {"STATUS", [](situation& w) { static_cast<void>(w.s->get<tcp_info>()); }},
};
const event events_of_segments[] = {  // section 3.10.7
    {"SYN", [](situation& w) { w.p.send(w.peer_next, flags::syn, {.with = {.mss = 1460}}); }},
    {"SYN,ACK", [](situation& w) { w.p.send(w.peer_next, flags::syn | flags::ack, {.ack = w.nxt, .with = {.mss = 1460}}); }},
    {"RST exact", [](situation& w) { w.p.send(w.peer_next, flags::rst | (w.peer_next == 0 ? flags::ack : flags::none), {.ack = w.nxt}); }},
    {"RST in window", [](situation& w) { w.p.send(w.peer_next + 10, flags::rst); }},
    {"RST outside", [](situation& w) { w.p.send(w.peer_next - 10'000, flags::rst); }},
    {"no ACK", [](situation& w) { w.p.send(w.peer_next, flags::psh, {.payload = octets(3)}); }},
    {"ACK of nothing new", [](situation& w) { w.p.send(w.peer_next, flags::ack, {.ack = w.una}); }},
    {"ACK of all", [](situation& w) { w.p.send(w.peer_next, flags::ack, {.ack = w.nxt}); }},
    {"ACK of more", [](situation& w) { w.p.send(w.peer_next, flags::ack, {.ack = w.nxt + 1000}); }},
    {"text", [](situation& w) { w.p.send(w.peer_next, flags::ack | flags::psh, {.ack = w.nxt, .payload = octets(3)}); }},
    {"text outside", [](situation& w) { w.p.send(w.peer_next - 10'000, flags::ack | flags::psh, {.ack = w.nxt, .payload = octets(3)}); }},
    {"FIN", [](situation& w) { w.p.send(w.peer_next, flags::fin | flags::ack, {.ack = w.una}); }},
    {"FIN, ACK of all", [](situation& w) { w.p.send(w.peer_next, flags::fin | flags::ack, {.ack = w.nxt}); }},
};
const event events_of_time[] = {  // section 3.10.8
    {"retransmission timeout", [](situation& w) { w.p.wait(1500_ms); }},
    {"user timeout", [](situation& w) { w.p.wait(2000_s); }},
};
const tcp_state all_states[] = {tcp_state::closed, tcp_state::listen, tcp_state::syn_sent, tcp_state::syn_received, tcp_state::established,
                                tcp_state::fin_wait_1, tcp_state::fin_wait_2, tcp_state::close_wait, tcp_state::closing, tcp_state::last_ack, tcp_state::time_wait};
/// One row for each event, one column for each state: what follows, `=` for the same, and what is said by then.
/// S SYN, A ACK, F FIN, R RST, P PSH; *n: n times.
struct row {
    const char* event;
    const char* after[11];
};
const row expected[] = {
    //                          closed  listen  syn-sent  syn-rcvd  estab  fin-w-1  fin-w-2  close-w  closing  last-ack  time-w
    {"OPEN active",             {"= S", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
    {"OPEN passive",            {"listen", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
    {"SEND",                    {"=", "=", "=", "=", "= PA", "=", "=", "= PA", "=", "=", "="}},
    {"RECEIVE",                 {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
    {"CLOSE half",              {"=", "=", "closed", "=", "fin-w-1 FPA", "=", "=", "last-ack FPA", "=", "=", "="}},
    {"CLOSE",                   {"=", "closed", "closed", "=", "fin-w-1 FPA", "=", "=", "last-ack FPA", "=", "=", "="}},
    {"ABORT",                   {"=", "closed", "closed", "closed RA", "closed RA", "closed RA", "closed RA", "closed RA", "closed RA", "closed RA", "="}},
    {"STATUS",                  {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
    {"SYN",                     {"= RA", "syn-rcvd SA", "syn-rcvd SA", "= A", "= A", "= A", "= A", "= A", "= A", "= A", "= A"}},
    {"SYN,ACK",                 {"= R", "= R", "estab A", "= A", "= A", "= A", "= A", "= A", "= A", "= A", "= A"}},
    {"RST exact",               {"=", "=", "closed", "closed", "closed", "closed", "closed", "closed", "closed", "closed", "="}},
    {"RST in window",           {"=", "=", "=", "= A", "= A", "= A", "= A", "= A", "= A", "= A", "="}},
    {"RST outside",             {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
    {"no ACK",                  {"= RA", "=", "=", "=", "=", "=", "=", "=", "=", "=", "= A"}},
    {"ACK of nothing new",      {"= R", "= R", "= R", "= R", "=", "=", "=", "=", "=", "=", "="}},
    {"ACK of all",              {"= R", "= R", "=", "estab", "=", "fin-w-2", "=", "=", "time-w", "closed", "="}},
    {"ACK of more",             {"= R", "= R", "= R", "= R", "= A", "= A", "= A", "= A", "= A", "= A", "="}},
    {"text",                    {"= R", "= R", "=", "estab A", "= A", "fin-w-2 A", "= A", "= A", "time-w", "closed", "= A"}},
    {"text outside",            {"= R", "= R", "=", "= A", "= A", "= A", "= A", "= A", "= A", "= A", "= A"}},
    {"FIN",                     {"= R", "= R", "= R", "= R", "close-w A", "closing A", "time-w A", "= A", "= A", "= A", "= A"}},
    {"FIN, ACK of all",         {"= R", "= R", "=", "close-w A", "close-w A", "time-w A", "time-w A", "= A", "time-w", "closed", "= A"}},
    {"retransmission timeout",  {"=", "=", "= S", "= SA", "=", "= FPA*3", "=", "=", "= FPA*3", "= FPA*3", "="}},
    {"user timeout",            {"=", "=", "closed S*6", "closed SA*6", "=", "closed FPA*15", "=", "=", "closed FPA*15", "closed FPA*15", "closed"}},
};

/// What was said, repetitions counted.
std::string counted(const std::string& said) {
    std::string all, last;
    int times = 0;
    const auto put = [&] {
        if (times != 0) all += " " + last + (times > 1 ? "*" + std::to_string(times) : "");
    };
    for (std::size_t at = 0; at < said.size();) {
        const std::size_t end = std::min(said.find(' ', at), said.size());
        const std::string one = said.substr(at, end - at);
        if (one != last) put(), times = 0, last = one;
        ++times;
        at = end + 1;
    }
    put();
    return all;
}
const row& row_of(const char* event) {
    for (const row& each : expected)
        if (std::string{each.event} == event) return each;
    FAIL("no row for " << event);
    return expected[0];
}
void check(const event& e) {
    for (std::size_t i = 0; i < std::size(all_states); ++i) {
        const tcp_state before = all_states[i];
        INFO(e.name << " in " << situation::name(before));
        situation w{before};
        REQUIRE(w.state() == situation::name(before));
        e.happens(w);
        const std::string said = counted(w.said()), after = w.state() == situation::name(before) ? "=" : w.state();
        CHECK(after + said == row_of(e.name).after[i]);
    }
}
}  // namespace

TEST_CASE("3.10.1 to 3.10.6: each user call in each state", "[stack][tcp][states]") {
    for (const event& e : events_of_users) check(e);
}
TEST_CASE("3.10.7: each kind of segment in each state", "[stack][tcp][states]") {
    for (const event& e : events_of_segments) check(e);
}
TEST_CASE("3.10.8: timeouts in each state", "[stack][tcp][states]") {
    for (const event& e : events_of_time) check(e);
}
