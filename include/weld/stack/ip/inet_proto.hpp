// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/pool.hpp>
#include <weld/socket/sock_diag.hpp>
#include <weld/stack/context.hpp>
#include <weld/stack/datagram_ops.hpp>
#include <weld/stack/ip/inet_control.hpp>
#include <weld/stack/ip/inet_sock.hpp>
#include <weld/stack/ip/set_ip_option.hpp>

#include <memory>

namespace weld::inline v0::stack {

/// What UDP, ping and raw IP have in common: their socks, and the calls in which they do not differ. `Sock` derives
/// from inet_sock. In the kernel: net/ipv4/af_inet.c, datagram.c.
template <class Ip, class Sock>
class inet_proto {
public:
    using sock = Sock;
    using endpoint = typename Ip::endpoint;
    using message_control = inet_control<Ip>;

    /// Errors: not_enough_memory.
    template <class Net>
    result<sock*> create(Net&) {
        sock* const fresh = pool_.acquire();
        if (fresh == nullptr) return errc::not_enough_memory;
        std::destroy_at(fresh);
        std::construct_at(fresh);
        open_.push_back(*fresh);
        return fresh;
    }
    template <class Net>
    void close(Net& net, sock& sk) {
        sk.ip.leave_all(net);
        ports_.release(sk);
        sk.drop_all();
        static_cast<open_sock&>(sk).unlink();
        pool_.release(sk);
    }
    /// Errors: those of the route, permission_denied (a broadcast without broadcast{true}).
    template <class Net>
    result<> connect(Net& net, sock& sk, const endpoint& to) { return connect_to<Ip>(net, sk, to); }
    /// Errors: not_connected.
    template <class Net>
    result<> shutdown(Net& net, sock& sk, shutdown_type how) {
        if (!sk.connected) return errc::not_connected;
        if (how != shutdown_type::write) sk.receive_shut = true;
        if (how != shutdown_type::read) sk.send_shut = true;
        sk.wake(events::readable | events::writable | events::read_hangup, net.runnable());
        return {};
    }
    template <class Net>
    result<endpoint> local_address(Net&, sock& sk) { return sk.local(); }
    /// Errors: not_connected.
    template <class Net>
    result<endpoint> peer_address(Net&, sock& sk) {
        if (!sk.connected) return errc::not_connected;
        return endpoint_at<Ip>(sk.peer, sk.peer_port, sk.options.bound_interface);
    }
    template <class Net>
    events poll(Net&, sock& sk) const noexcept { return sk.poll(); }
    endpoint sender(packet& skb) const noexcept {
        const auto& message = skb.template control<inet_message<Ip>>();
        return endpoint_at<Ip>(message.from, message.from_port, message.interface);
    }
    template <class Item>
    static result<> attach(message_control& control, const Item& item) noexcept { return attach_item<Ip>(control, item); }
    template <class Item, class Net, class Put>
    static void tell(Net&, sock& sk, packet& skb, Put&& put) noexcept { tell_item<Item, Ip>(sk, skb, put); }
    static std::size_t items_with(const sock& sk, packet& skb) noexcept { return stack::items_with<Ip>(sk, skb); }
    /// A port that is held is held as the options say now.
    template <class Net>
    void option_changed(Net&, sock& sk, int) noexcept {
        sk.reuse_address = sk.options.reuse_address;
        sk.reuse_port = sk.options.reuse_port;
        sk.interface = sk.options.bound_interface;
        sk.way.generation = 0;
    }
    template <class Net>
    result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
        if (level == ip_option_names<Ip>::level) return set_ip_option<Ip>(net, sk, name, value);
        return errc::no_protocol_option;
    }
    template <class Net>
    result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
        if (level == ip_option_names<Ip>::level) return get_ip_option<Ip>(net, sk, name, value);
        return errc::no_protocol_option;
    }

    /// An interface that was full has room again.
    template <class Net>
    void write_space(Net& net, std::uint32_t) {
        for (open_sock& at : open_) {
            auto& sk = static_cast<sock&>(at);
            if (std::exchange(sk.blocked, false)) sk.wake(events::writable, net.runnable());
        }
    }
    /// Its device is gone: those that are bound to it, or talk by it, are told.
    template <class Net>
    void interface_down(Net& net, std::uint32_t interface) {
        for (open_sock& at : open_) {
            auto& sk = static_cast<sock&>(at);
            const bool concerned = sk.options.bound_interface == interface || (sk.connected && sk.way.interface == interface);
            sk.blocked = false;
            if (concerned) sk.report(errc::network_down, net.runnable());
        }
    }
    template <class Net>
    void stop(Net&) noexcept {
        for (open_sock& at : open_) static_cast<sock&>(at).drop_all();
    }
    /// FIONREAD is the next message's size; SIOCOUTQ nothing, since a message leaves at once. In the kernel: udp_ioctl.
    /// Errors: inappropriate_io_control_operation.
    result<int> ioctl(const sock& sk, unsigned long request) const noexcept {
        constexpr unsigned long input = 0x541b, output = 0x5411;
        if (request == output) return 0;
        if (request != input) return errc::inappropriate_io_control_operation;
        const packet* const next = sk.receive_queue.front();
        return next == nullptr ? 0 : static_cast<int>(next->size());
    }
    std::size_t socks_in_use() const noexcept { return pool_.in_use(); }
    /// Its sockets, for a table. In the kernel: udp_diag_dump.
    template <class Net, class Put>
    void dump(Net&, Put&& put) {
        for (open_sock& at : open_) {
            const auto& sk = static_cast<sock&>(at);
            const auto local = diag::endpoint_name(sk.local()), peer = diag::endpoint_name(endpoint_at<Ip>(sk.peer, sk.peer_port, sk.options.bound_interface));
            put(sock_diag{{}, diag::state_name(sk.connected ? diag::established : diag::unconnected), sk.receive_memory, 0, local, peer});
        }
    }

protected:
    /// A received message, its data() what the application gets, to one sock.
    template <class Net>
    static bool deliver(Net& net, sock& sk, packet_buffer skb, const ip_info<Ip>& info, std::uint16_t from_port) {
        skb->template control<inet_message<Ip>>() = {.from = info.source, .to = info.destination, .interface = info.interface,
                                                     .from_port = from_port, .ttl = info.ttl, .tos = info.tos};
        return sk.deliver(std::move(skb), net.runnable());
    }

    port_table<typename Ip::address, udp_port_rules> ports_;
    list<open_sock> open_;
    pool<sock> pool_;
};

}  // namespace weld::inline v0::stack
