// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/protocol/inet.hpp>
#include <weld/socket/protocol/packet.hpp>
#include <weld/socket/protocol/unix.hpp>
#include <weld/socket/sock_diag.hpp>
#include <weld/sys/queue_calls.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace weld::inline v0::host {

/// What the kernel tells of one of its sockets: to be printed, in the words of ss(8).
/// Source: socket(7), tcp(7), sock_diag(7).
template <sys::entry_policy Sys>
class socket_report {
public:
    socket_report(Sys sys, int fd) noexcept : sys_{sys}, fd_{fd} {
        if (!ask(SO_DOMAIN, family_) || !ask(SO_TYPE, type_) || !ask(SO_PROTOCOL, protocol_)) return;
        is_socket_ = true;
        int accepts = 0;
        const bool connected = name<false>(peer_);
        if (ask(SO_ACCEPTCONN, accepts) && accepts != 0) state_ = diag::listening;
        else if (connected) state_ = diag::established;
        if (!name<true>(local_)) local_.append('*');
        if (!connected) unknown_peer();
        if (is_tcp()) look_at_tcp();
        else if (family_ == AF_UNIX) count_bytes();
        else count_memory();
    }
    /// Whether the descriptor is a socket.
    bool is_socket() const noexcept { return is_socket_; }

    /// Its line; the texts live as long as this.
    sock_diag row() const noexcept {
        return {protocol_name(), diag::state_name(state_), receive_queue_, send_queue_, text{local_}, text{peer_}, {}};
    }

private:
    using printed = text_buffer<110>;

    bool ask(int name, int& value) const noexcept {
        return sys::getsockopt(sys_, fd_, SOL_SOCKET, name, {reinterpret_cast<std::byte*>(&value), sizeof value}).has_value();
    }
    bool is_tcp() const noexcept { return type_ == SOCK_STREAM && protocol_ == IPPROTO_TCP; }

    template <bool Local>
    bool name(printed& to) const noexcept {
        std::byte stored[128];
        const auto got = Local ? sys::getsockname(sys_, fd_, stored) : sys::getpeername(sys_, fd_, stored);
        if (!got) return false;
        const span<const std::byte> address{stored, *got < sizeof stored ? *got : sizeof stored};
        if (family_ == AF_INET)  return print_endpoint<endpoint4>(address, to);
        if (family_ == AF_INET6) return print_endpoint<endpoint6>(address, to);
        if (family_ == AF_UNIX)  return print<unix_address>(address, to);
        if (family_ == AF_PACKET) return print<packet_address>(address, to);
        return false;
    }
    template <class Address>
    static bool print_endpoint(span<const std::byte> raw, printed& to) noexcept {
        const auto address = Address::load(raw);
        if (address) to.append(text{diag::endpoint_name(*address)});
        return address.has_value();
    }
    template <class Address>
    static bool print(span<const std::byte> raw, printed& to) noexcept {
        const auto address = Address::load(raw);
        if (!address) return false;
        const auto name = address->to_text();
        name.empty() ? to.append('*') : to.append(text{name});
        return true;
    }
    void unknown_peer() noexcept { peer_.append(family_ == AF_INET ? "0.0.0.0:*" : family_ == AF_INET6 ? "[::]:*" : "*"); }

    void look_at_tcp() noexcept {
        ::tcp_info info{};
        if (!sys::getsockopt(sys_, fd_, IPPROTO_TCP, TCP_INFO, {reinterpret_cast<std::byte*>(&info), sizeof info})) return;
        state_ = info.tcpi_state;
        if (state_ != diag::listening) return count_bytes();
        receive_queue_ = info.tcpi_unacked;  // a listener's fields tell its accept queue, and what limits it
        send_queue_ = info.tcpi_sacked;
    }
    void count_bytes() noexcept {
        receive_queue_ = sys::queued(sys_, fd_, sys::socket_queue::input).value_or(0);
        send_queue_ = sys::queued(sys_, fd_, sys::socket_queue::output).value_or(0);
    }
    /// Datagrams count by the memory they take. Source: SO_MEMINFO, linux/sock_diag.h.
    void count_memory() noexcept {
        constexpr int so_meminfo = 55, read = 0, written = 2;
        std::uint32_t memory[9]{};
        if (!sys::getsockopt(sys_, fd_, SOL_SOCKET, so_meminfo, {reinterpret_cast<std::byte*>(&memory), sizeof memory})) return;
        receive_queue_ = memory[read];
        send_queue_ = memory[written];
    }

    text protocol_name() const noexcept {
        if (family_ == AF_UNIX) return type_ == SOCK_STREAM ? "unix_stream" : type_ == SOCK_DGRAM ? "unix_datagram" : "unix_seqpacket";
        if (family_ == AF_PACKET) return type_ == SOCK_RAW ? "packet_raw" : "packet_cooked";
        const bool six = family_ == AF_INET6;
        if (!six && family_ != AF_INET) return "?";
        if (type_ == SOCK_RAW) return six ? "raw6" : "raw";
        if (is_tcp()) return six ? "tcp6" : "tcp";
        if (protocol_ == IPPROTO_UDP) return six ? "udp6" : "udp";
        return protocol_ == IPPROTO_ICMP ? "ping" : protocol_ == IPPROTO_ICMPV6 ? "ping6" : "?";
    }

    Sys sys_;
    int fd_;
    bool is_socket_ = false;
    unsigned state_ = diag::unconnected;
    int family_ = 0, type_ = 0, protocol_ = 0;
    std::size_t receive_queue_ = 0, send_queue_ = 0;
    printed local_{}, peer_{};
};

}  // namespace weld::inline v0::host
