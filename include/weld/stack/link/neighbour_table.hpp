// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/core/pool.hpp>
#include <weld/core/siphash.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/stack/hash_table.hpp>
#include <weld/stack/part_timer.hpp>

namespace weld::inline v0::stack {

/// How neighbours are asked for, and forgotten. In the kernel: net.ipv4.neigh.*.
struct neighbour_options {
    std::size_t entries_max = 1024;      ///< addresses known or asked for; then the oldest go
    std::size_t pending_max = 101;       ///< packets that wait for one address; then the oldest go (unres_qlen)
    std::size_t pending_total_max = 2048;  ///< packets that wait, for all addresses; then no more are taken
    std::uint8_t solicitations_max = 3;  ///< how often to ask before giving up
    duration retransmit_time = duration::seconds(1);
    duration reachable_time = duration::seconds(30);  ///< how long an answer is believed; half to three halves of it
    duration delay_first_probe = duration::seconds(5);
    duration stale_time = duration::seconds(60);      ///< how long an entry is kept that nobody uses
};

/// What is known of a neighbour. In the kernel: NUD_INCOMPLETE and so on. Source: RFC 4861 section 7.3.2.
enum class neighbour_state : std::uint8_t { incomplete, reachable, stale, delay, probe };

/// The link addresses of the stations next to us, and the packets that wait for them: for ARP, and for NDP.
/// In the kernel: struct neigh_table. Source: RFC 4861 section 7.3, RFC 1122 section 2.3.2.
/// `Io` is the interface; its link() offers
///     void solicit(net, io, address, const mac_address* known)   asks, everybody or the station that had the address
///     result<> transmit(net, io, packet_buffer, mac_address)
///     void unreachable(net, io, packet_buffer)                   nobody answered
/// and, where routers are neighbours like others, router_silent(net, io, address) and router_no_more(net, io, address)
template <class Address>
class neighbour_table {
public:
    explicit neighbour_table(neighbour_options options = {}) noexcept : options_{options} {}

    template <class Net>
    void start(Net& net) noexcept { key_ = siphash_key::from(net.random()); }
    void stop() noexcept {
        while (!by_age_.empty()) remove(static_cast<entry&>(by_age_.front()));
    }

    /// Sends to the station that has this address, now or when it has answered.
    template <class Net, class Io>
    result<> output(Net& net, Io& io, packet_buffer skb, const Address& to) {
        entry* known = find(to);
        if (known == nullptr || known->state == neighbour_state::incomplete) [[unlikely]] return hold(net, io, std::move(skb), to, known);
        if (known->state == neighbour_state::stale) [[unlikely]] enter(net, *known, neighbour_state::delay, options_.delay_first_probe);
        return io.link().transmit(net, io, std::move(skb), known->station);
    }
    /// A station has said that it has this address. `answer`: to a question of ours. `learn`: it wants something of us, so
    /// we shall need it. An entry is never overwritten by what nobody asked for: its station is asked whether it is gone.
    template <class Net, class Io>
    void heard(Net& net, Io& io, const Address& address, const mac_address& station, bool answer, bool learn);
    /// A neighbour advertisement: its target's station, where it tells that, and its flags. Only an answer to a question
    /// of ours, `solicited`, makes a neighbour reachable. Source: RFC 4861 section 7.2.5 and appendix C.
    template <class Net, class Io>
    void advertised(Net& net, Io& io, const Address& address, const mac_address* station, bool solicited, bool override_known, bool is_router);
    /// The sender of a solicitation, or of a router's message, has told its station. Source: RFC 4861 section 7.2.3.
    template <class Net, class Io>
    void told(Net& net, Io& io, const Address& address, const mac_address& station, bool is_router);
    /// How long an answer is believed, and how long to wait for one, as a router says; zero leaves it as it is.
    void set_times(duration reachable, duration retransmit) noexcept {
        if (reachable != duration{}) options_.reachable_time = reachable;
        if (retransmit != duration{}) options_.retransmit_time = retransmit;
    }
    /// A transport has made progress with the help of this neighbour. In the kernel: dst_confirm.
    template <class Net>
    void confirm(Net& net, const Address& address) noexcept {
        entry* known = find(address);
        if (known != nullptr && known->state != neighbour_state::incomplete) confirm(net, *known);
    }

    /// One neighbour, and what waits for its address. In the kernel: struct neighbour.
    struct neighbour {
        mac_address station;
        neighbour_state state;
        bool is_router = false;
    };
    /// Errors: no_such_device_or_address.
    result<neighbour> lookup(const Address& address) noexcept {
        entry* at = find(address);
        if (at == nullptr) return errc::no_such_device_or_address;
        return neighbour{at->station, at->state, at->is_router};
    }
    std::size_t size() const noexcept { return entries_.in_use(); }
    const neighbour_options& options() const noexcept { return options_; }

private:
    struct aged : list_node {};
    struct entry : aged, part_timer, hash_node {
        entry* next_free = nullptr;
        Address address{};
        mac_address station{};
        neighbour_state state{};
        std::uint8_t solicitations = 0;
        bool is_router = false;
        time_point confirmed{};
        packet_queue pending;
    };

    std::uint32_t hash(const Address& address) const noexcept { return static_cast<std::uint32_t>(siphash13(key_, object_bytes(address))); }
    entry* find(const Address& address) noexcept {
        if (last_ != nullptr && last_->address == address) [[likely]] return last_;
        entry* const found = by_address_.find(hash(address), [&](const entry& at) { return at.address == address; });
        return found != nullptr ? last_ = found : nullptr;
    }
    template <class Net, class Io>
    entry* add(Net& net, Io& io, const Address& address);
    template <class Net, class Io>
    result<> hold(Net& net, Io& io, packet_buffer skb, const Address& to, entry* known);
    template <class Net>
    void enter(Net& net, entry& known, neighbour_state state, duration until) noexcept {
        known.state = state;
        known.solicitations = 0;
        net.timers().arm(known, net.now() + until);
    }
    template <class Net>
    void confirm(Net& net, entry& known) noexcept {
        known.confirmed = net.now();
        if (known.state == neighbour_state::reachable) return;  // its timer looks at `confirmed`
        const auto base = options_.reachable_time.nanoseconds();
        enter(net, known, neighbour_state::reachable, duration::nanoseconds(base / 2 + static_cast<std::int64_t>(net.random().below(static_cast<std::uint64_t>(base)))));
    }
    template <class Net, class Io>
    void release(Net& net, Io& io, entry& known, const mac_address& station, bool confirmed);
    template <class Net, class Io>
    void resolved(Net& net, Io& io, entry& known, const mac_address& station);
    template <class Net, class Io>
    void solicit(Net& net, Io& io, entry& known);
    template <class Net, class Io>
    void expired(Net& net, Io& io, entry& known);
    packet_queue take_pending(entry& of) noexcept {
        pending_ -= of.pending.size();
        return std::move(of.pending);
    }
    void evict() noexcept;
    void remove(entry& gone) noexcept;

    neighbour_options options_;
    siphash_key key_{};
    entry* last_ = nullptr;
    std::size_t pending_ = 0;
    hash_table<entry> by_address_;
    list<aged> by_age_;  // first those that were not heard of for longest
    pool<entry, 16> entries_;
};

template <class Address>
template <class Net, class Io>
auto neighbour_table<Address>::add(Net& net, Io& io, const Address& address) -> entry* {
    if (entries_.in_use() >= options_.entries_max) evict();
    entry* const fresh = entries_.acquire();
    if (fresh == nullptr) return nullptr;
    fresh->address = address;
    fresh->is_router = false;
    fresh->bind(net, io, [](auto& in, auto& of, part_timer& self) {
        auto& at = static_cast<entry&>(self);
        of.link().neighbours(at.address).expired(in, of, at);
    });
    by_address_.insert(*fresh, hash(address));
    by_age_.push_back(*fresh);
    return fresh;
}

template <class Address>
template <class Net, class Io>
result<> neighbour_table<Address>::hold(Net& net, Io& io, packet_buffer skb, const Address& to, entry* known) {
    if (!io.is_up()) return errc::network_down;
    if (pending_ >= options_.pending_total_max) return errc::no_buffer_space;
    const bool asked = known != nullptr;
    if (!asked) known = add(net, io, to);
    if (known == nullptr) return errc::no_buffer_space;
    if (known->pending.size() >= options_.pending_max) known->pending.pop_front().reset();
    else ++pending_;
    known->pending.push_back(std::move(skb));
    if (asked) return {};
    enter(net, *known, neighbour_state::incomplete, options_.retransmit_time);
    solicit(net, io, *known);
    return {};
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::heard(Net& net, Io& io, const Address& address, const mac_address& station, bool answer, bool learn) {
    entry* known = find(address);
    if (known == nullptr) {
        if (!learn || entries_.in_use() >= options_.entries_max / 2) return;  // a flood of strangers takes half at the most
        known = add(net, io, address);
        if (known == nullptr) return;
        known->station = station;
        enter(net, *known, neighbour_state::stale, options_.stale_time);
    } else if (known->state == neighbour_state::incomplete) {
        resolved(net, io, *known, station);
    } else if (known->station == station) {
        if (answer) confirm(net, *known);
    } else if (known->state != neighbour_state::probe) {
        enter(net, *known, neighbour_state::probe, options_.retransmit_time);
        solicit(net, io, *known);
    }
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::advertised(Net& net, Io& io, const Address& address, const mac_address* station, bool solicited, bool override_known, bool is_router) {
    entry* known = find(address);
    if (known == nullptr) return;
    if (known->state == neighbour_state::incomplete) {
        if (station == nullptr) return;
        known->is_router = is_router;
        return release(net, io, *known, *station, solicited);
    }
    const bool moved = station != nullptr && known->station != *station;
    if (moved && !override_known) {
        if (known->state == neighbour_state::reachable) enter(net, *known, neighbour_state::stale, options_.stale_time);
        return;
    }
    if (moved) known->station = *station;
    if (solicited) confirm(net, *known);
    else if (moved) enter(net, *known, neighbour_state::stale, options_.stale_time);
    [[maybe_unused]] const bool no_more = known->is_router && !is_router;
    known->is_router = is_router;
    if constexpr (requires { io.link().router_no_more(net, io, address); })
        if (no_more) io.link().router_no_more(net, io, address);
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::told(Net& net, Io& io, const Address& address, const mac_address& station, bool is_router) {
    entry* known = find(address);
    if (known == nullptr) {
        if (entries_.in_use() >= options_.entries_max / 2) return;  // a flood of strangers takes half at the most
        known = add(net, io, address);
        if (known == nullptr) return;
        known->station = station;
        enter(net, *known, neighbour_state::stale, options_.stale_time);
    } else if (known->state == neighbour_state::incomplete) {
        release(net, io, *known, station, false);
    } else if (known->station != station) {
        known->station = station;
        enter(net, *known, neighbour_state::stale, options_.stale_time);
    }
    known->is_router |= is_router;
}

/// The station is known, and what waits for it goes. Who has not confirmed that it hears us is asked soon.
template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::release(Net& net, Io& io, entry& known, const mac_address& station, bool confirmed) {
    if (confirmed) return resolved(net, io, known, station);
    known.station = station;
    packet_queue waiting = take_pending(known);
    if (waiting.empty()) enter(net, known, neighbour_state::stale, options_.stale_time);
    else enter(net, known, neighbour_state::delay, options_.delay_first_probe);
    while (!waiting.empty()) static_cast<void>(io.link().transmit(net, io, waiting.pop_front(), station));
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::resolved(Net& net, Io& io, entry& known, const mac_address& station) {
    known.station = station;
    confirm(net, known);
    static_cast<aged&>(known).unlink();
    by_age_.push_back(known);
    packet_queue waiting = take_pending(known);
    while (!waiting.empty()) static_cast<void>(io.link().transmit(net, io, waiting.pop_front(), station));
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::solicit(Net& net, Io& io, entry& known) {
    ++known.solicitations;
    io.link().solicit(net, io, known.address, known.state == neighbour_state::incomplete ? nullptr : &known.station);
}

template <class Address>
template <class Net, class Io>
void neighbour_table<Address>::expired(Net& net, Io& io, entry& known) {
    switch (known.state) {
        case neighbour_state::reachable:
            if (const time_point until = known.confirmed + options_.reachable_time; until > net.now()) return net.timers().arm(known, until);
            return enter(net, known, neighbour_state::stale, options_.stale_time);
        case neighbour_state::stale: return remove(known);
        case neighbour_state::delay: enter(net, known, neighbour_state::probe, options_.retransmit_time); return solicit(net, io, known);
        case neighbour_state::incomplete:
        case neighbour_state::probe: break;
    }
    if (known.solicitations < options_.solicitations_max) {
        net.timers().arm(known, net.now() + options_.retransmit_time);
        return solicit(net, io, known);
    }
    packet_queue waiting = take_pending(known);
    [[maybe_unused]] const Address gone = known.address;
    [[maybe_unused]] const bool was_router = known.is_router;
    remove(known);
    while (!waiting.empty()) io.link().unreachable(net, io, waiting.pop_front());
    if constexpr (requires { io.link().router_silent(net, io, gone); })
        if (was_router) io.link().router_silent(net, io, gone);
}

/// Makes room: the oldest goes, but of the sixteen oldest rather one that is not known to be there.
template <class Address>
void neighbour_table<Address>::evict() noexcept {
    int looked_at = 0;
    for (aged& at : by_age_) {
        if (static_cast<entry&>(at).state != neighbour_state::reachable) return remove(static_cast<entry&>(at));
        if (++looked_at == 16) break;
    }
    remove(static_cast<entry&>(by_age_.front()));
}

template <class Address>
void neighbour_table<Address>::remove(entry& gone) noexcept {
    by_address_.remove(gone);
    if (last_ == &gone) last_ = nullptr;
    gone.cancel();
    take_pending(gone).clear();
    static_cast<aged&>(gone).unlink();
    entries_.release(gone);
}

}  // namespace weld::inline v0::stack
