// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/pool.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/stack/connection_table.hpp>
#include <weld/stack/context.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/stream_ops.hpp>
#include <weld/stack/tcp/acknowledgement/delayed_ack.hpp>
#include <weld/stack/tcp/close.hpp>
#include <weld/stack/tcp/queue_requests.hpp>
#include <weld/stack/tcp/congestion/cubic.hpp>
#include <weld/stack/tcp/icmp.hpp>
#include <weld/stack/tcp/recovery/sack.hpp>
#include <weld/stack/tcp/socket_options.hpp>
#include <weld/stack/tcp/syn_cookies.hpp>
#include <weld/stack/tcp/tcp_counters.hpp>

#include <memory>

namespace weld::inline v0::stack {

/// TCP as a part of a net: what its connections share. Its functions are in the headers beside this one, a step of
/// RFC 9293 in each. In the kernel: struct proto tcp_prot, tcp_hashinfo, and the net.ipv4.tcp_* settings.
template <class Policies>
class tcp_part {
public:
    using role = role::protocol;
    using net_context = stack::context;
    using policies = Policies;
    using ip = typename Policies::ip;
    using over = ip;
    using endpoint = typename ip::endpoint;
    using sock = tcp_sock<Policies>;
    using protosw = protosw_table<entry<ip::tcp, stream_ops<tcp_part>>>;
    static constexpr std::uint8_t ip_protocol = wire::ip_protocol::tcp;
    static constexpr bool takes_fragments = true;

    explicit tcp_part(tcp_limits chosen = {}) noexcept : limits{chosen} {}

    // --- socket calls: common_ops and stream_ops ask for these
    result<sock*> create(auto& net) noexcept;
    void close(auto& net, sock& sk) noexcept { tcp_close(net, sk); }
    /// A close that is waited for: it begins, is it over, is it still going on. In the kernel: sk_stream_wait_close.
    bool begin_close(auto& net, sock& sk) noexcept { return tcp_begin_close(net, sk); }
    static bool is_closing(const sock& sk) noexcept { return is(sk.state, tcp_state::fin_wait_1, tcp_state::closing, tcp_state::last_ack); }
    result<> bind(auto& net, sock& sk, const endpoint& local) noexcept { return tcp_bind(net, sk, local); }
    result<> connect(auto& net, sock& sk, const endpoint& to) noexcept { return tcp_connect_or_tell(net, sk, to); }
    result<> listen(auto& net, sock& sk, int backlog) noexcept { return tcp_listen(net, sk, backlog); }
    result<sock*> accept(auto& net, sock& sk) noexcept { return tcp_accept(net, sk); }
    result<> shutdown(auto& net, sock& sk, shutdown_type how) noexcept { return tcp_shutdown(net, sk, how); }
    result<endpoint> local_address(auto&, sock& sk) noexcept { return endpoint_at<ip>(sk.tuple.local, sk.tuple.local_port, sk.port.interface); }
    result<endpoint> peer_address(auto& net, sock& sk) noexcept;
    events poll(auto& net, const sock& sk) const noexcept;
    result<> set_option(auto& net, sock& sk, int level, int name, const_bytes value) noexcept;
    result<std::size_t> get_option(auto& net, sock& sk, int level, int name, mutable_bytes to) noexcept;
    void option_changed(auto& net, sock& sk, int name) noexcept { tcp_option_changed(net, sk, name); }
    result<send_params> send_space(auto& net, sock& sk) noexcept;
    void push(auto& net, sock& sk, bool more) noexcept {
        tcp_push(net, sk, more);
        tcp_count_memory(net, sk);
    }
    void data_taken(auto& net, sock& sk, std::size_t count) noexcept;
    /// The next octet is urgent: MSG_OOB.
    void mark_urgent(auto&, sock& sk) noexcept;
    /// What a read is told that finds nothing.
    static errc nothing_to_read(const sock& sk) noexcept {
        return is(sk.state, tcp_state::closed, tcp_state::listen) ? errc::not_connected : errc::resource_unavailable_try_again;
    }

    // --- the net calls these
    result<> start(auto& net) noexcept;
    void stop(auto& net) noexcept;
    rcv_result rcv(auto& net, packet_buffer&& skb, const ip_info<ip>& from) noexcept;
    void error(auto& net, const icmp_error<ip>& what) noexcept { tcp_icmp_error(*this, net, what); }

    /// An interface that was full has room again.
    void write_space(auto& net, std::uint32_t interface) noexcept;
    /// Its device is gone: connections by that way end with network_down.
    void interface_down(auto& net, std::uint32_t interface) noexcept;
    /// Its carrier is lost: those that are established wait for it as for a peer that does not answer, and tell of
    /// network_down if they give up.
    void carrier_down(auto& net, std::uint32_t interface) noexcept;

    /// Its connections and listeners, for a table, half-open ones and those in TIME-WAIT too. In the kernel: tcp_diag_dump.
    void dump(auto& net, auto&& put) noexcept;

    // --- for the headers beside this one
    /// Makes socks, and frees one; null where a limit is reached.
    sock* make_sock(auto& net) noexcept;
    request_sock<Policies>* make_request(auto& net) noexcept;
    timewait_sock<Policies>* make_timewait(auto& net) noexcept;
    void free_sock(sock& sk) noexcept;
    /// Frees a sock that nobody holds and that has ended: the last thing that a segment, a timer or a call does with it.
    void reap(auto&, sock& sk) noexcept { if (sk.orphan && sk.state == tcp_state::closed) free_sock(sk); }
    sock* find_listener(const four_tuple<ip>& tuple, std::uint32_t interface) const noexcept;
    bool may_challenge(auto& net) noexcept;
    /// Above those of an earlier connection between the same ends, and nobody else's business. Source: RFC 6528.
    seq32 initial_sequence_number(const four_tuple<ip>& tuple, time_point now) const noexcept {
        return seq32{static_cast<std::uint32_t>(tuple.hash(isn_key_)) + static_cast<std::uint32_t>(now.since_start().microseconds() / 4)};
    }
    /// One for each pair of hosts, so that their clocks run on from one connection to the next. Source: RFC 7323 section 5.4.
    std::uint32_t timestamp_offset(four_tuple<ip> tuple) const noexcept {
        tuple.local_port = tuple.remote_port = 0;
        return static_cast<std::uint32_t>(tuple.hash(clock_key_));
    }

    /// FIONREAD (SIOCINQ), SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK. In the kernel: tcp_ioctl.
    /// Errors: invalid_argument (a listener), inappropriate_io_control_operation.
    result<int> ioctl(const sock& sk, unsigned long request) const noexcept { return tcp_ioctl(sk, request); }
    /// Orphans included; request_socks and timewait_socks are none.
    std::size_t socks_in_use() const noexcept { return socks_.in_use(); }

    tcp_limits limits;
    tcp_counters counters;
    std::size_t memory = 0;            // what all socks hold: tcp_memory_allocated
    std::size_t orphans = 0;
    std::uint64_t next_serial = 0;
    connection_table<ip> connections;
    port_table<typename ip::address, tcp_port_rules> ports;
    hash_table<listener<Policies>> listeners;
    pool<listener<Policies>> listener_pool;
    pool<request_sock<Policies>> requests;
    pool<timewait_sock<Policies>> timewaits;
    list<blocked_tcp_sock> blocked;    // until write_space
    stack::syn_cookies syn_cookies;

private:
    void deliver(auto& net, packet_buffer skb, const four_tuple<ip>& tuple, std::uint32_t interface, segment& seg) noexcept;
    static bool is_intact(const packet& skb, const ip_info<ip>& from) noexcept;

    pool<sock> socks_;
    list<open_tcp_sock> open_;
    list<timewait_sock<Policies>> all_timewaits_;
    siphash_key isn_key_{}, clock_key_{}, listener_key_{};
    time_point challenges_since_{};
    std::uint32_t challenges_left_ = 0;
};

/// TCP over a version of IP, of chosen policies.
template <class Ip = ip4, congestion_control Congestion = cubic, loss_recovery Recovery = sack_recovery,
          acknowledgement Acknowledgement = delayed_ack, tcp_options Options = tcp_options{}>
using basic_tcp = tcp_part<tcp_policies<Ip, Congestion, Recovery, Acknowledgement, Options>>;

/// The usual choice: weld::tcp, over IPv4.
using tcp = basic_tcp<>;
/// The same over IPv6, a part of its own: it serves weld::tcp6, and a net that does not list it has nothing of it.
using tcp6 = basic_tcp<ip6>;

}  // namespace weld::inline v0::stack

#include <weld/stack/tcp/tcp_part.hpp>
#include <weld/stack/tcp/dump.hpp>
