// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/pool.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/control/packet.hpp>
#include <weld/socket/control/socket_level.hpp>
#include <weld/socket/protocol/packet.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/socket/sock_diag.hpp>
#include <weld/stack/datagram_ops.hpp>
#include <weld/stack/interface.hpp>

#include <memory>

namespace weld::inline v0::stack {

/// In the kernel: struct packet_sock.
struct packet_sock : datagram_sock, list_node {
    packet_sock* next_free = nullptr;
    std::uint16_t ether_type = 0;     // 3: every one, and what we send, too (ETH_P_ALL); 0: nothing yet
    std::uint32_t interface = 0;      // 0: every one
    bool cooked = false;              // without the link header
    bool ignore_outgoing = false;
    bool receive_auxdata = false;
    std::uint32_t seen = 0, dropped_seen = 0;  // since packet_statistics was last asked
};

/// Packet sockets are made for an EtherType, which the call names.
template <class Proto, bool Cooked>
struct packet_ops : datagram_ops<Proto> {
    template <class Net, class Description>
    static auto create(Net& net, Description, int ether_type) { return packet_ops::proto(net).create(net, Cooked, ether_type); }
};

/// AF_PACKET in the own stack: frames as they come and go, on all interfaces or one. `sniff` runs on it.
/// In the kernel: net/packet/af_packet.c. Source: packet(7).
class packet_family {
public:
    using role = role::protocol;
    using net_context = context;
    using sock = packet_sock;
    using endpoint = packet_address;
    struct message_control {};
    using protosw = protosw_table<entry<weld::packet_raw, packet_ops<packet_family, false>>, entry<weld::packet_cooked, packet_ops<packet_family, true>>>;
    static constexpr std::uint16_t every_type = 3;

    template <class Net>
    result<> start(Net&) {
        static_assert(has_interface<Net>, "stack: packet sockets have nothing to listen to; list an interface, as weld::stack::interface{\"eth0\", ...}, in the net");
        return {};
    }
    template <class Net>
    result<sock*> create(Net&, bool cooked, int ether_type) {
        sock* const fresh = pool_.acquire();
        if (fresh == nullptr) return errc::not_enough_memory;
        std::destroy_at(fresh);
        std::construct_at(fresh);
        fresh->cooked = cooked;
        fresh->ether_type = static_cast<std::uint16_t>(ether_type < 0 ? 0 : ether_type);
        open_.push_back(*fresh);
        return fresh;
    }
    template <class Net>
    void close(Net&, sock& sk) {
        sk.drop_all();
        sk.unlink();
        pool_.release(sk);
    }
    /// Errors: no_such_device.
    template <class Net>
    result<> bind(Net& net, sock& sk, const packet_address& to) {
        if (to.interface_index() != 0 && !with_interface(net, to.interface_index(), [](auto&) {})) return errc::no_such_device;
        if (to.protocol() != 0) sk.ether_type = to.protocol();
        sk.interface = to.interface_index();
        return {};
    }
    /// A cooked frame gets its header from the address; a raw one has its own. Errors: no_such_device_or_address (which
    /// interface?), message_size, network_down, no_buffer_space.
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered data, const packet_address* to, const message_control&, message_flags);
    template <class Net>
    result<packet_address> local_address(Net& net, sock& sk) {
        packet_address address{sk.ether_type, sk.interface};
        with_interface(net, sk.interface, [&](auto& io) {
            const auto station = io.link().address();
            address = {sk.ether_type, sk.interface, span{station.bytes}, packet_type::host, io.link().hardware_type};
        });
        return address;
    }
    template <class Net>
    events poll(Net&, sock& sk) const noexcept { return sk.poll(); }
    /// Its sockets, for a table. In the kernel: packet_diag_dump.
    template <class Net, class Put>
    void dump(Net&, Put&& put) {
        for (sock& sk : open_) {
            const auto local = packet_address{sk.ether_type, sk.interface}.to_text();
            put(sock_diag{sk.cooked ? "packet_cooked" : "packet_raw", diag::state_name(diag::unconnected), sk.receive_memory, 0, local, "*"});
        }
    }
    packet_address sender(packet& skb) const noexcept { return skb.control<message>().from; }
    template <class Item>
    static result<> attach(message_control&, const Item&) noexcept { return errc::invalid_argument; }
    template <class Item, class Net, class Put>
    static void tell(Net&, sock& sk, packet& skb, Put&& put) noexcept;
    static std::size_t items_with(const sock& sk, packet&) noexcept { return std::size_t{sk.receive_auxdata} + sk.receive_timestamp; }
    template <class Net>
    result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value);
    template <class Net>
    result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value);

    /// A frame that came, or that goes, whose mac_header() and network_header() are set.
    template <class Net>
    void see(Net& net, packet& frame, const frame_info& info);
    template <class Net>
    void write_space(Net& net, std::uint32_t) {
        for (sock& sk : open_)
            if (std::exchange(sk.blocked, false)) sk.wake(events::writable, net.runnable());
    }
    template <class Net>
    void interface_down(Net& net, std::uint32_t interface) {
        for (sock& sk : open_)
            if (sk.interface == interface) sk.report(errc::network_down, net.runnable());
    }
    template <class Net>
    void stop(Net&) noexcept {
        for (sock& sk : open_) sk.drop_all();
    }
    std::size_t socks_in_use() const noexcept { return pool_.in_use(); }

private:
    struct message {
        packet_address from;
        std::uint32_t size;
        std::uint32_t network_offset;
        bool checksum_not_ready;
    };
    list<sock> open_;
    pool<sock> pool_;
};

/// Source: tpacket_rcv and packet_rcv; dev_queue_xmit_nit for what goes out.
template <class Net>
void packet_family::see(Net& net, packet& frame, const frame_info& info) {
    for (sock& sk : open_) {
        const bool outgoing = info.type == packet_type::outgoing;
        if (sk.ether_type != every_type && (outgoing || sk.ether_type != info.ether_type)) continue;
        if ((sk.interface != 0 && sk.interface != info.interface) || (outgoing && sk.ignore_outgoing)) continue;
        ++sk.seen;
        packet_buffer copy = frame.has_fragments() ? gro::gather(frame) : frame.clone();
        if (!copy) continue;
        const std::size_t whole = copy->mac_header().size(), payload = copy->network_header().size(), wanted = sk.cooked ? payload : whole;
        if (wanted > copy->size()) copy->push(wanted - copy->size());
        else copy->pull(copy->size() - wanted);
        std::uint16_t hardware = 0;
        with_interface(net, info.interface, [&](auto& io) { hardware = io.link().hardware_type; });
        copy->control<message>() = {{info.ether_type, info.interface, span{info.source.bytes}, info.type, hardware},
                                    static_cast<std::uint32_t>(wanted), static_cast<std::uint32_t>(wanted - payload),
                                    copy->checksum == checksum_state::partial};
        if (!sk.deliver(std::move(copy), net.runnable())) ++sk.dropped_seen;
    }
}

/// Source: packet_snd.
template <class Net>
result<std::size_t> packet_family::send(Net& net, sock& sk, gathered data, const packet_address* to, const message_control&, message_flags) {
    if (sk.error != errc{}) return sk.take_error();
    const std::size_t size = size_of(data);
    const std::uint32_t index = to != nullptr ? to->interface_index() : sk.interface;
    result<std::size_t> answer = errc::no_such_device_or_address;
    with_interface(net, index, [&](auto& io) {
        using link = typename std::remove_cvref_t<decltype(io)>::link_type;
        const std::size_t header = sk.cooked ? 0 : link::header_size;
        if (!io.is_up()) return void(answer = errc::network_down);
        if (size > io.mtu() + header) return void(answer = errc::message_size);
        if (size < header) return void(answer = errc::invalid_argument);
        if (!io.has_room()) {
            sk.blocked = true;
            return void(answer = errc::resource_unavailable_try_again);
        }
        packet_buffer frame = packet_buffer::allocate(net.packets(), io.headroom() + size, io.headroom());
        if (!frame) return void(answer = errc::no_buffer_space);
        collect(frame->put(size), data);
        const std::uint16_t type = to != nullptr && to->protocol() != 0 ? to->protocol() : sk.ether_type;
        frame->protocol = type;
        frame->reset_mac_header();
        frame->reset_network_header();
        const mac_address station = to != nullptr ? to->mac().value_or(mac_address{}) : mac_address{};
        const result<> sent = sk.cooked ? io.send_frame(net, std::move(frame), station, type) : io.queue_raw(net, std::move(frame));
        if (sent) answer = size;
        else answer = sent.error();
    });
    return answer;
}

template <class Item, class Net, class Put>
void packet_family::tell(Net&, sock& sk, packet& skb, Put&& put) noexcept {
    const auto& about = skb.control<message>();
    if constexpr (std::is_same_v<Item, packet_auxdata>) {
        if (!sk.receive_auxdata) return;
        const std::uint32_t status = 1u | (about.checksum_not_ready ? 8u : 0u);  // TP_STATUS_USER, TP_STATUS_CSUMNOTREADY
        put(typename packet_auxdata::info{status, about.size, static_cast<std::uint32_t>(skb.size()), 0, static_cast<std::uint16_t>(about.network_offset), 0, 0});
    } else if constexpr (std::is_same_v<Item, timestamp>) {
        if (sk.receive_timestamp) put(skb.timestamp.since_start());
    }
}

template <class Net>
result<> packet_family::set_option(Net&, sock& sk, int level, int name, const_bytes value) {
    if (level != levels::packet) return errc::no_protocol_option;
    int number = 0;
    if (value.size() < sizeof number) return errc::invalid_argument;
    __builtin_memcpy(&number, value.data(), sizeof number);
    switch (name) {
        case packet_join::name:
        case packet_leave::name: return {};  // the device gives us all that it has
        case packet_receive_auxdata::name: sk.receive_auxdata = number != 0; return {};
        case packet_ignore_outgoing::name: sk.ignore_outgoing = number != 0; return {};
        default: return errc::no_protocol_option;
    }
}
template <class Net>
result<std::size_t> packet_family::get_option(Net&, sock& sk, int level, int name, mutable_bytes value) {
    if (level != levels::packet || name != packet_statistics::name) return errc::no_protocol_option;
    const packet_statistics::counts counts{std::exchange(sk.seen, 0), std::exchange(sk.dropped_seen, 0)};
    return copy(value, object_bytes(counts));
}

}  // namespace weld::inline v0::stack
