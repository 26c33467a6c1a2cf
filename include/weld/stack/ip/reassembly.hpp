// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/pool.hpp>
#include <weld/stack/hash_table.hpp>
#include <weld/stack/ip/fragment_format.hpp>
#include <weld/stack/ip/holes.hpp>
#include <weld/stack/part_timer.hpp>

namespace weld::inline v0::stack {

/// What reassembly may take. In the kernel: net.ipv4.ipfrag_*.
struct reassembly_options {
    duration timeout = duration::seconds(30);          ///< for all of a datagram's fragments (net.ipv4.ipfrag_time)
    std::size_t memory_max = std::size_t{4} << 20;     ///< in incomplete datagrams (net.ipv4.ipfrag_high_thresh)
    std::size_t datagrams_max = 256;                   ///< incomplete ones; then the oldest go
    std::size_t per_source_max = 32;                   ///< of these from one source; then its oldest go
    std::size_t holes_max = 64;                        ///< in one datagram
};

/// In the kernel: IpReasmReqds and so on.
struct reassembly_counters {
    std::uint64_t required = 0, ok = 0, failed = 0, timed_out = 0, overlapped = 0, evicted = 0;
};

/// Puts datagrams together from fragments that come in any order, within limits of time, memory and number. A datagram
/// whose fragments overlap is dropped; a fragment that comes twice is not. In the kernel: net/ipv4/ip_fragment.c.
/// What differs between the versions is in fragment_format<Ip>.
/// Source: RFC 815 (holes.hpp), RFC 791 section 3.2, RFC 1122 section 3.3.2, RFC 8200 section 4.5, RFC 5722.
template <class Ip>
class reassembly {
public:
    explicit reassembly(reassembly_options options = {}) noexcept : options_{options} {}

    /// `owner.reassembly_timeout(net, packet)` gets a datagram of which the first fragment was there.
    template <class Net, class Owner>
    void start(Net& net, Owner& owner) noexcept {
        key_ = siphash_key::from(net.random());
        timer_.bind(net, owner, [](auto& in, auto& of) { of.reassembler().expire(in, of); });
    }
    void stop() noexcept {
        timer_.cancel();
        while (!by_age_.empty()) drop(oldest());
    }
    /// A fragment, from its IP header on. Answers the datagram when this was all that lacked, else an empty handle.
    template <class Net>
    packet_buffer add(Net& net, packet_buffer fragment) { return add(net, *fragment, fragment_format<Ip>::parse(fragment->bytes())); }
    /// The same for one that is taken apart already.
    template <class Net>
    packet_buffer add(Net& net, const packet& fragment, const ip_fragment<Ip>& part);
    template <class Net, class Owner>
    void expire(Net& net, Owner& owner);

    std::size_t size() const noexcept { return pool_.in_use(); }
    std::size_t memory() const noexcept { return memory_; }
    const reassembly_counters& stats() const noexcept { return stats_; }

private:
    struct aged : list_node {};
    /// A datagram in the making. In the kernel: struct ipq.
    struct datagram : aged, hash_node {
        datagram* next_free = nullptr;
        typename Ip::address source{}, destination{};
        std::uint32_t identification = 0;
        std::uint8_t protocol = 0;
        std::uint8_t ecn_seen = 0;   // a bit for each of the four codepoints
        std::size_t header_size = 0; // of the first fragment; 0: not there yet
        std::uint32_t sum = 0;       // of all bytes so far: every fragment begins at an even place
        time_point deadline{};
        packet_buffer body;          // begins with room for a header, and is marked as full only in the end
        holes missing;
    };
    static constexpr std::size_t header_room = 128;
    static constexpr std::size_t first_capacity = 16 * 1024;  // what most datagrams fit into

    static std::uint32_t hash(siphash_key key, const ip_fragment<Ip>& part) noexcept {
        return static_cast<std::uint32_t>(hash_of_pair(key, part.source, part.destination, std::uint64_t{part.identification} << 8 | part.protocol));
    }
    datagram& oldest() noexcept { return static_cast<datagram&>(by_age_.front()); }
    template <class Net>
    datagram* find_or_make(Net& net, const ip_fragment<Ip>& part);
    bool make_room(packet_pool& pool, datagram& of, std::size_t end) noexcept;
    void limit_source(const typename Ip::address& source) noexcept;
    packet_buffer complete(datagram& whole) noexcept;
    void forget(datagram& gone) noexcept {
        by_key_.remove(gone);
        static_cast<aged&>(gone).unlink();
        pool_.release(gone);
    }
    void drop(datagram& gone) noexcept {
        memory_ -= gone.body->truesize();
        gone.body.reset();
        forget(gone);
    }

    reassembly_options options_;
    siphash_key key_{};
    hash_table<datagram> by_key_;
    list<aged> by_age_;
    pool<datagram, 16> pool_;
    std::size_t memory_ = 0;
    part_timer timer_;
    reassembly_counters stats_{};
};

template <class Ip>
template <class Net>
packet_buffer reassembly<Ip>::add(Net& net, const packet& fragment, const ip_fragment<Ip>& part) {
    const const_bytes data = part.data;
    const std::size_t first = part.offset, end = first + data.size();
    ++stats_.required;
    if (data.empty() || (part.more_fragments && data.size() % 8 != 0) || part.header_size > header_room || !fragment_format<Ip>::fits(part.header_size, end)) {
        ++stats_.failed;
        return {};
    }
    datagram* const whole = find_or_make(net, part);
    if (whole == nullptr || !make_room(net.packets(), *whole, end)) {
        ++stats_.failed;
        if (whole != nullptr) drop(*whole);
        return {};
    }
    switch (whole->missing.fill(whole->body->data(), first, end, part.more_fragments)) {
        case holes::outcome::duplicate: return {};
        case holes::outcome::overlap: ++stats_.overlapped; ++stats_.failed; drop(*whole); return {};
        case holes::outcome::filled: break;
    }
    if (whole->missing.count() > options_.holes_max) return ++stats_.failed, drop(*whole), packet_buffer{};
    whole->sum = checksum::add(whole->sum, checksum::copy_and_sum({whole->body->data() + first, data.size()}, data));
    whole->ecn_seen |= static_cast<std::uint8_t>(1 << part.ecn);
    if (first == 0) {
        whole->header_size = part.header_size;
        copy({whole->body->data() - part.header_size, part.header_size}, const_bytes{fragment.bytes()}.first(part.header_size));
        whole->body->type = fragment.type;
        whole->body->interface = fragment.interface;
    }
    return whole->missing.none() ? complete(*whole) : packet_buffer{};
}

/// The datagram that a fragment belongs to; null where there is no room for another.
template <class Ip>
template <class Net>
auto reassembly<Ip>::find_or_make(Net& net, const ip_fragment<Ip>& part) -> datagram* {
    const std::uint32_t place = hash(key_, part);
    datagram* found = by_key_.find(place, [&](const datagram& at) {
        return at.identification == part.identification && at.protocol == part.protocol && at.source == part.source && at.destination == part.destination;
    });
    if (found != nullptr) return found;
    limit_source(part.source);
    while (!by_age_.empty() && (pool_.in_use() >= options_.datagrams_max || memory_ + first_capacity > options_.memory_max)) {
        ++stats_.evicted;
        drop(oldest());
    }
    found = pool_.acquire();
    if (found == nullptr) return nullptr;
    found->body = packet_buffer::allocate(net.packets(), header_room + first_capacity - 2 * header_room, header_room);
    if (!found->body) return pool_.release(*found), nullptr;
    memory_ += found->body->truesize();
    found->source = part.source, found->destination = part.destination;
    found->identification = part.identification, found->protocol = part.protocol;
    found->ecn_seen = 0, found->header_size = 0, found->sum = 0;
    found->deadline = net.now() + options_.timeout;
    found->missing.begin(found->body->data());
    by_key_.insert(*found, place);
    if (by_age_.empty()) net.timers().arm(timer_, found->deadline);
    by_age_.push_back(*found);
    return found;
}

/// A source that has too many loses its oldest.
template <class Ip>
void reassembly<Ip>::limit_source(const typename Ip::address& source) noexcept {
    std::size_t count = 0;
    datagram* first = nullptr;
    for (aged& at : by_age_) {
        auto& each = static_cast<datagram&>(at);
        if (each.source != source) continue;
        if (first == nullptr) first = &each;
        ++count;
    }
    if (count < options_.per_source_max || first == nullptr) return;
    ++stats_.evicted;
    drop(*first);
}

/// Sees to it that bytes up to `end`, and a hole behind them, lie in the body.
template <class Ip>
bool reassembly<Ip>::make_room(packet_pool& pool, datagram& of, std::size_t end) noexcept {
    if (end + holes::descriptor_size <= of.body->tailroom()) return true;
    packet_buffer larger = packet_buffer::allocate(pool, packet_pool::capacity_max, header_room);
    if (!larger || memory_ + larger->truesize() > options_.memory_max + of.body->truesize()) return false;
    const std::size_t headers = of.header_size;
    const std::size_t used = of.missing.extent();
    copy({larger->data() - headers, headers + used}, {of.body->data() - headers, headers + used});
    larger->type = of.body->type;
    larger->interface = of.body->interface;
    memory_ += larger->truesize();
    memory_ -= of.body->truesize();
    of.body = std::move(larger);
    return true;
}

/// One header before all of the data. Congestion met by a fragment is congestion met by all: RFC 3168 section 5.3.
template <class Ip>
packet_buffer reassembly<Ip>::complete(datagram& whole) noexcept {
    constexpr std::uint8_t not_capable = 1, experienced = 8;
    packet_buffer done = std::move(whole.body);
    memory_ -= done->truesize();
    const std::size_t size = whole.missing.end(), header_size = whole.header_size;
    const std::uint32_t sum = whole.sum;
    const std::uint8_t ecn = whole.ecn_seen;
    forget(whole);
    if (!fragment_format<Ip>::fits(header_size, size) || (ecn & (not_capable | experienced)) == (not_capable | experienced)) return ++stats_.failed, packet_buffer{};
    done->put(size);
    done->reset_transport_header();
    const mutable_bytes header = done->push(header_size).first(header_size);
    done->reset_network_header();
    fragment_format<Ip>::make_whole(header, size, (ecn & experienced) != 0);
    done->checksum = checksum_state::complete;
    done->csum = sum;
    ++stats_.ok;
    return done;
}

/// Source: RFC 1122 section 3.3.2; RFC 792, Time Exceeded, code 1.
template <class Ip>
template <class Net, class Owner>
void reassembly<Ip>::expire(Net& net, Owner& owner) {
    while (!by_age_.empty() && oldest().deadline <= net.now()) {
        datagram& late = oldest();
        ++stats_.timed_out, ++stats_.failed;
        memory_ -= late.body->truesize();
        packet_buffer body = std::move(late.body);
        const std::size_t header_size = late.header_size, there = late.missing.first_hole();
        forget(late);
        if (header_size == 0) continue;
        body->put(there);
        body->push(header_size);
        body->reset_network_header();
        owner.reassembly_timeout(net, *body);
    }
    if (!by_age_.empty()) net.timers().arm(timer_, oldest().deadline);
}

}  // namespace weld::inline v0::stack
