// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/core/pool.hpp>
#include <weld/core/secret_random.hpp>
#include <weld/core/result.hpp>
#include <weld/core/siphash.hpp>
#include <weld/stack/hash_table.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// Where ports come from that nobody asked for. In the kernel: net.ipv4.ip_local_port_range, whose default this is.
struct port_range {
    std::uint16_t first = 32768;
    std::uint16_t last = 60999;
};

template <class Address>
struct port_bucket;

/// One sock's hold on a local port; it lies in the sock. Several may hold one port: under other addresses, by
/// SO_REUSEADDR or SO_REUSEPORT, and a listener's connections beside it. The flags are the sock's options as they
/// are now, so setting an option changes them here too. In the kernel: a sock in its struct inet_bind_bucket.
template <class Address>
struct port_binding : list_node {
    Address address{};            // any(): every local address
    std::uint32_t interface = 0;  // SO_BINDTODEVICE; 0: any
    bool reuse_address = false;
    bool reuse_port = false;
    bool listening = false;
    port_bucket<Address>* bucket = nullptr;

    bool bound() const noexcept { return bucket != nullptr; }
    std::uint16_t port() const noexcept { return bucket != nullptr ? bucket->port : 0; }
};

/// All who hold one port. In the kernel: struct inet_bind_bucket.
template <class Address>
struct port_bucket : hash_node {
    std::uint16_t port = 0;
    bool asked_for = false;       // a holder came by bind: connect takes no such port for itself (the kernel's fastreuse)
    std::uint32_t holders = 0;
    list<port_binding<Address>> owners;
    port_bucket* next_free = nullptr;
};

/// True when two bindings of one port would both take some packet: same or unspecified address and interface.
template <class Address>
constexpr bool overlap(const port_binding<Address>& a, const port_binding<Address>& b) noexcept {
    return (a.interface == 0 || b.interface == 0 || a.interface == b.interface) &&
           (a.address.is_any() || b.address.is_any() || a.address == b.address);
}

/// Who keeps whom from a port of TCP: SO_REUSEADDR shares it unless the holder listens, SO_REUSEPORT among all who
/// have it. `relaxed`: somebody asked for this port; a port nobody asked for should not be shared at all.
/// Source: inet_csk_bind_conflict, net/ipv4/inet_connection_sock.c.
struct tcp_port_rules {
    template <class Address>
    static bool conflict(const port_binding<Address>& fresh, const port_binding<Address>& held, bool relaxed) noexcept {
        if (!overlap(fresh, held)) return false;
        if (relaxed && fresh.reuse_address && held.reuse_address && !held.listening) return false;
        return !(relaxed && fresh.reuse_port && held.reuse_port);
    }
};

/// The same of UDP: either option shares, where both have it. Source: udp_lib_lport_inuse, net/ipv4/udp.c.
struct udp_port_rules {
    template <class Address>
    static bool conflict(const port_binding<Address>& fresh, const port_binding<Address>& held, bool) noexcept {
        if (fresh.reuse_address && held.reuse_address) return false;
        return overlap(fresh, held) && !(fresh.reuse_port && held.reuse_port);
    }
};

/// The local ports of one transport. In the kernel: inet_hashinfo.bhash, udp_table.
template <class Address, class Rules>
class port_table {
public:
    using binding = port_binding<Address>;
    using bucket = port_bucket<Address>;

    /// Takes its secrets, once, from the net's chance.
    void start(secret_generator& chance, port_range range = {}) noexcept {
        key_ = siphash_key::from(chance);
        range_ = range;
        for (std::uint32_t& step : steps_) step = static_cast<std::uint32_t>(chance.next());
    }

    /// Gives `who` this port under who.address. Errors: address_in_use, not_enough_memory. Pre: !who.bound().
    result<> bind(binding& who, std::uint16_t port) noexcept {
        bucket* const at = find(port);
        if (at != nullptr && conflicts(who, *at, true)) return errc::address_in_use;
        return hold(who, at, port, true);
    }
    /// Gives it some port: where bind(2) was asked for port 0, or nothing was bound at the first send. It starts
    /// anywhere and prefers odd ports, so that even ones are left to connect. Errors: address_in_use (none is left).
    result<> bind_any(binding& who, secret_generator& chance) noexcept {
        return search(static_cast<std::uint32_t>(chance.below(count())) | 1u, [&](std::uint16_t, bucket* at) {
            return at == nullptr || !conflicts(who, *at, false);
        }, who, true, errc::address_in_use);
    }
    /// Gives it a port to connect from; another connection's will do when `is_unique(port)`: no connection has these
    /// addresses and ports. Successive calls for one peer take successive ports, and one peer learns nothing of the
    /// ports used with another. Errors: address_not_available. Source: RFC 6056 section 3.3.4, __inet_hash_connect.
    template <class IsUnique>
    result<> bind_to_connect(binding& who, const Address& local, const Address& remote, std::uint16_t remote_port, IsUnique&& is_unique) noexcept {
        const std::uint64_t offset = siphash24(key_, word(local), word(remote), std::uint64_t{remote_port});
        std::uint32_t& step = steps_[offset >> 32 & (steps_.size() - 1)];
        const auto start = static_cast<std::uint32_t>((step + (offset & 0xffffffff)) % count()) & ~1u;
        const result<> found = search(start, [&](std::uint16_t port, bucket* at) {
            return at == nullptr || (!at->asked_for && is_unique(port));
        }, who, false, errc::address_not_available);
        if (found) step += 2;
        return found;
    }
    /// A connection beside the listener that it came from, with an address of its own. Errors: not_enough_memory.
    /// In the kernel: __inet_inherit_port.
    result<> inherit(binding& child, const binding& parent) noexcept {
        child.reuse_address = parent.reuse_address;
        child.reuse_port = parent.reuse_port;
        child.interface = parent.interface;
        return hold(child, parent.bucket, parent.port(), true);
    }
    /// Hands a hold on, from a sock to the timewait_sock that follows it.
    void pass_on(binding& from, binding& to) noexcept {
        WELD_ASSERT(from.bound() && !to.bound());
        to.address = from.address;
        to.interface = from.interface;
        to.reuse_address = from.reuse_address;
        to.reuse_port = from.reuse_port;
        to.bucket = from.bucket;
        to.bucket->owners.push_back(to);
        from.unlink();
        from.bucket = nullptr;
        from.listening = false;
    }
    /// Whether the others would still let `who` have its port, now that it wants to listen there.
    bool conflicts(const binding& who) const noexcept { return conflicts(who, *who.bucket, true); }
    /// Gives the port back; nothing happens where there is none.
    void release(binding& who) noexcept {
        if (!who.bound()) return;
        bucket& at = *std::exchange(who.bucket, nullptr);
        who.unlink();
        who.listening = false;
        if (--at.holders != 0) return;
        buckets_.remove(at);
        pool_.release(at);
    }
    /// Those who hold a port, in the order in which they came: `for (binding& b : *owners)`; null where nobody does.
    list<binding>* owners(std::uint16_t port) const noexcept {
        bucket* const at = find(port);
        return at != nullptr ? &at->owners : nullptr;
    }

private:
    std::uint32_t count() const noexcept { return std::uint32_t{range_.last} - range_.first + 1u; }
    bucket* find(std::uint16_t port) const noexcept {
        return buckets_.find(port, [](const bucket&) { return true; });
    }
    static bool conflicts(const binding& who, bucket& at, bool relaxed) noexcept {
        for (binding& held : at.owners)
            if (&held != &who && Rules::conflict(who, held, relaxed)) return true;
        return false;
    }
    result<> hold(binding& who, bucket* at, std::uint16_t port, bool asked_for) noexcept {
        WELD_ASSERT(!who.bound());
        if (at == nullptr) {
            at = pool_.acquire();
            if (at == nullptr) return errc::not_enough_memory;
            at->port = port;
            at->asked_for = false;
            at->holders = 0;
            buckets_.insert(*at, port);
        }
        at->asked_for |= asked_for;
        ++at->holders;
        at->owners.push_back(who);
        who.bucket = at;
        return {};
    }
    /// Every second port from `start` on, then those between.
    template <class Usable>
    result<> search(std::uint32_t start, Usable&& usable, binding& who, bool asked_for, errc none_left) noexcept {
        for (std::uint32_t parity = 0; parity < 2; ++parity, start ^= 1u)
            for (std::uint32_t i = 0; i < count(); i += 2) {
                const auto port = static_cast<std::uint16_t>(range_.first + (start + i) % count());
                bucket* const at = find(port);
                if (usable(port, at)) return hold(who, at, port, asked_for);
            }
        return none_left;
    }
    static std::uint64_t word(const Address& address) noexcept {
        std::uint64_t word = 0, all = 0;
        for (std::size_t i = 0; i < sizeof(Address); i += sizeof word) {
            __builtin_memcpy(&word, address.bytes + i, sizeof(Address) < sizeof word ? sizeof(Address) : sizeof word);
            all = all * 0x9e3779b97f4a7c15 + word;
        }
        return all;
    }

    siphash_key key_{};
    port_range range_{};
    std::array<std::uint32_t, 256> steps_{};
    hash_table<bucket> buckets_;
    pool<bucket> pool_;
};

}  // namespace weld::inline v0::stack
