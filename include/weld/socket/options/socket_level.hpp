// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/option.hpp>

/// What every socket has: SOL_SOCKET. Source: socket(7). SO_RCVTIMEO and SO_SNDTIMEO are missing because they mean
/// nothing to a socket that never blocks: every operation takes a deadline instead.
namespace weld::inline v0 {

/// Binds a port that connections in TIME_WAIT still hold; a group's port, for several receivers of multicast.
struct reuse_address {
    static constexpr int level = levels::socket, name = 2;  // SO_REUSEADDR
    bool value = true;
};
/// Several sockets of one user on one port; the kernel deals connections and datagrams out among them.
struct reuse_port {
    static constexpr int level = levels::socket, name = 15;  // SO_REUSEPORT
    bool value = true;
};
/// SOCK_STREAM and so on.
struct socket_type {
    static constexpr int level = levels::socket, name = 3;  // SO_TYPE
    static constexpr bool read_only = true;
    int value;
};
/// The error that waits in the socket; asking takes it away: `if (*socket.get<socket_error>() == errc::timed_out)`.
struct socket_error {
    static constexpr int level = levels::socket, name = 4;  // SO_ERROR
    static constexpr bool read_only = true;
    errc value;
    static constexpr result<> from_kernel(int error) noexcept { return static_cast<errc>(error); }
};
/// Packets pass by the routing table: hosts on a direct link only.
struct dont_route {
    static constexpr int level = levels::socket, name = 5;  // SO_DONTROUTE
    bool value = true;
};
/// Lets datagrams go to a broadcast address; permission_denied without it.
struct broadcast {
    static constexpr int level = levels::socket, name = 6;  // SO_BROADCAST
    bool value = true;
};
/// Bytes that may wait to be sent. The kernel doubles what is set, and answers the doubled number.
struct send_buffer {
    static constexpr int level = levels::socket, name = 7;  // SO_SNDBUF
    int value;
};
/// Bytes that may wait to be read. The kernel doubles what is set, and answers the doubled number.
struct receive_buffer {
    static constexpr int level = levels::socket, name = 8;  // SO_RCVBUF
    int value;
};
/// The same past net.core.wmem_max and rmem_max. Errors: operation_not_permitted (CAP_NET_ADMIN).
struct send_buffer_force {
    static constexpr int level = levels::socket, name = 32;  // SO_SNDBUFFORCE
    static constexpr bool write_only = true;
    int value;
};
struct receive_buffer_force {
    static constexpr int level = levels::socket, name = 33;  // SO_RCVBUFFORCE
    static constexpr bool write_only = true;
    int value;
};
/// Probes a connection that is silent, and ends it when nobody answers: keep_idle, keep_interval, keep_count.
struct keep_alive {
    static constexpr int level = levels::socket, name = 9;  // SO_KEEPALIVE
    bool value = true;
};
/// TCP's urgent byte stays among the others.
struct out_of_band_inline {
    static constexpr int level = levels::socket, name = 10;  // SO_OOBINLINE
    bool value = true;
};
/// The class of the packets, 0 to 6; more needs CAP_NET_ADMIN.
struct priority {
    static constexpr int level = levels::socket, name = 12;  // SO_PRIORITY
    int value;
};

/// What close does with bytes that were not yet sent: `linger::off()` sends them in the background, `linger::abort()`
/// throws them away and resets the connection, `linger::wait(5_s)` keeps close waiting so long at the most.
struct linger {
    static constexpr int level = levels::socket, name = 13;  // SO_LINGER
    /// close goes on in the background.
    static constexpr linger off() noexcept { return {}; }
    /// close resets the connection.
    static constexpr linger abort() noexcept { return {true, {}}; }
    static constexpr linger wait(duration longest) noexcept { return {true, longest}; }
    /// Whether it is abort().
    constexpr bool is_abort() const noexcept { return on && time == duration{}; }

    bool on = false;
    duration time{};

    struct raw { int on, seconds; };  // struct linger
    constexpr raw to_kernel() const noexcept { return {on ? 1 : 0, detail::rounded_up(time, duration::seconds(1))}; }
    static constexpr linger from_kernel(const raw& r) noexcept { return {r.on != 0, duration::seconds(r.seconds)}; }
    friend constexpr bool operator==(const linger&, const linger&) noexcept = default;
};

/// A local process, as the kernel vouches for it. In the kernel: struct ucred.
struct process_credentials {
    std::int32_t pid;
    std::uint32_t uid, gid;
    friend constexpr bool operator==(const process_credentials&, const process_credentials&) noexcept = default;
};
/// Unix sockets: every message tells who sent it; see control item `credentials`. Source: unix(7).
struct pass_credentials {
    static constexpr int level = levels::socket, name = 16;  // SO_PASSCRED
    template <class Description> static constexpr bool legal = Description::family == 1;
    bool value = true;
};
/// Unix sockets: who connected, or called listen or socketpair. Source: unix(7).
struct peer_credentials {
    static constexpr int level = levels::socket, name = 17;  // SO_PEERCRED
    static constexpr bool read_only = true;
    template <class Description> static constexpr bool legal = Description::family == 1;
    process_credentials value;
};
/// Where message_flags::peek looks; it moves on with what is peeked. -1: off.
struct peek_offset {
    static constexpr int level = levels::socket, name = 42;  // SO_PEEK_OFF
    int value;
};
/// A stream is readable only from so many bytes on.
struct receive_low_water {
    static constexpr int level = levels::socket, name = 18;  // SO_RCVLOWAT
    int value;
};
/// Sends and receives through one interface only, by its name; "" is every one again.
struct bind_to_device {
    static constexpr int level = levels::socket, name = 25;  // SO_BINDTODEVICE
    detail::short_name value;
    constexpr explicit bind_to_device(text interface_name) noexcept : value{interface_name} {}
};
/// The same by its index; 0 is every one again.
struct bind_to_interface {
    static constexpr int level = levels::socket, name = 62;  // SO_BINDTOIFINDEX
    std::uint32_t value;
};
/// True for a socket that listens.
struct accepting {
    static constexpr int level = levels::socket, name = 30;  // SO_ACCEPTCONN
    static constexpr bool read_only = true;
    bool value;
};
/// Each message tells when it arrived; see control item `timestamp`.
struct receive_timestamp {
    static constexpr int level = levels::socket, name = 35;  // SO_TIMESTAMPNS
    bool value = true;
};
/// Marks packets for the routing rules and filters. Errors: operation_not_permitted (CAP_NET_ADMIN or CAP_NET_RAW).
struct mark {
    static constexpr int level = levels::socket, name = 36;  // SO_MARK
    std::uint32_t value;
};
/// IPPROTO_TCP and so on.
struct socket_protocol {
    static constexpr int level = levels::socket, name = 38;  // SO_PROTOCOL
    static constexpr bool read_only = true;
    int value;
};
/// AF_INET and so on.
struct socket_family {
    static constexpr int level = levels::socket, name = 39;  // SO_DOMAIN
    static constexpr bool read_only = true;
    int value;
};
/// Each message tells how many were dropped before it because the buffer was full; see control item `drops`.
struct receive_drops {
    static constexpr int level = levels::socket, name = 40;  // SO_RXQ_OVFL
    bool value = true;
};
/// How long a receive may ask the device itself before it waits for it.
struct busy_poll {
    static constexpr int level = levels::socket, name = 46;  // SO_BUSY_POLL
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::microseconds(1)); }
    static constexpr duration from_kernel(int microseconds) noexcept { return duration::microseconds(microseconds); }
};
/// The most bytes a second that TCP, or the fq scheduler, sends.
struct max_pacing_rate {
    static constexpr int level = levels::socket, name = 47;  // SO_MAX_PACING_RATE
    std::uint64_t value;
};
/// The processor that took in the last packet; set on listeners of one reuse_port group, it chooses among them.
struct incoming_cpu {
    static constexpr int level = levels::socket, name = 49;  // SO_INCOMING_CPU
    int value;
};
/// A number that no other socket has until the machine restarts.
struct cookie {
    static constexpr int level = levels::socket, name = 57;  // SO_COOKIE
    static constexpr bool read_only = true;
    std::uint64_t value;
};
/// Allows message_flags::zero_copy.
struct zero_copy {
    static constexpr int level = levels::socket, name = 60;  // SO_ZEROCOPY
    bool value = true;
};

/// One instruction of a socket filter. In the kernel: struct sock_filter.
struct filter_instruction {
    std::uint16_t code;
    std::uint8_t jump_true, jump_false;
    std::uint32_t k;
};
/// Drops what a classic BPF program answers 0 to, before it is queued. The program is copied.
struct attach_filter {
    static constexpr int level = levels::socket, name = 26;  // SO_ATTACH_FILTER
    static constexpr bool write_only = true;
    span<const filter_instruction> program;

    struct raw { std::uint16_t count; const filter_instruction* first; };  // struct sock_fprog
    constexpr raw to_kernel() const noexcept { return {static_cast<std::uint16_t>(program.size()), program.data()}; }
};

}  // namespace weld::inline v0
