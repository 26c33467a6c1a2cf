// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/options/tcp.hpp>
#include <weld/stack/ip/ip_option_names.hpp>
#include <weld/stack/socket_options.hpp>
#include <weld/stack/tcp/tcp_info.hpp>
#include <weld/stack/tcp/timers.hpp>

namespace weld::inline v0::stack {

/// TCP_KEEPIDLE, TCP_KEEPINTVL: whole seconds, 1 to 32767.
inline result<> set_seconds(duration& to, int seconds) noexcept {
    if (seconds < 1 || seconds > 32767) return errc::invalid_argument;
    to = duration::seconds(seconds);
    return {};
}
/// TCP_KEEPCNT, TCP_SYNCNT: 1 to 127.
inline result<> set_count(std::uint8_t& to, int count) noexcept {
    if (count < 1 || count > 127) return errc::invalid_argument;
    to = static_cast<std::uint8_t>(count);
    return {};
}

/// TCP_DEFER_ACCEPT's seconds as SYN-ACKs that are sent again meanwhile, and back. In the kernel: secs_to_retrans,
/// retrans_to_secs.
constexpr std::uint8_t tcp_seconds_to_retries(int seconds) noexcept {
    std::uint8_t retries = 0;
    for (int period = 1, waited = 0; waited < seconds && retries < 127; ++retries) {
        waited += period;
        period = period * 2 < 120 ? period * 2 : 120;
    }
    return retries;
}
constexpr int tcp_retries_to_seconds(int retries) noexcept {
    int waited = 0;
    for (int period = 1; retries-- > 0;) {
        waited += period;
        period = period * 2 < 120 ? period * 2 : 120;
    }
    return waited;
}

/// TCP_CONGESTION: the policy is the type's, and may be named. Errors: no_such_file_or_directory (another one).
template <class Policies>
result<> tcp_set_congestion(const tcp_sock<Policies>&, const_bytes value) noexcept {
    const weld::detail::short_name asked{text{as_text(value)}};
    return text{asked.c_str()} == text{Policies::congestion::name} ? result<>{} : errc::no_such_file_or_directory;
}

/// setsockopt(2) of level SOL_TCP. Errors: invalid_argument, no_protocol_option (unknown, or not here).
/// Source: tcp(7); do_tcp_setsockopt, net/ipv4/tcp.c.
template <class Net, class Policies>
result<> tcp_set_option(Net& net, tcp_sock<Policies>& sk, int name, const_bytes value) noexcept {
    if (name == weld::congestion_control::name) return tcp_set_congestion(sk, value);
    const auto number = detail::read_int(value);
    if (!number) return number.error();
    const int n = *number;
    tcp_settings& settings = sk.settings;
    switch (name) {
    case no_delay::name:
        settings.no_delay = n != 0;
        if (n != 0 && sk.has_unsent()) tcp_push(net, sk);
        return {};
    case tcp_cork::name:
        settings.cork = n != 0;
        if (n == 0 && sk.has_unsent()) tcp_push(net, sk);
        return {};
    case max_segment::name:
        if (n != 0 && (n < 88 || n > 32767)) return errc::invalid_argument;
        settings.mss = static_cast<std::uint16_t>(n);
        return {};
    case keep_idle::name: {
        const result<> done = set_seconds(settings.keepalive_time, n);
        if (done) tcp_set_keepalive(net, sk);
        return done;
    }
    case keep_interval::name: return set_seconds(settings.keepalive_interval, n);
    case keep_count::name:    return set_count(settings.keepalive_probes, n);
    case syn_count::name:     return set_count(settings.syn_retries, n);
    case fin_wait_timeout::name:
        settings.fin_timeout = n < 0 ? duration::seconds(-1) : duration::seconds(std::min(n, 120));
        return {};
    case defer_accept::name:  settings.defer_accept = tcp_seconds_to_retries(n); return {};
    case window_clamp::name:
        if (n < 0 || (n == 0 && sk.state != tcp_state::closed)) return errc::invalid_argument;
        settings.window_clamp = n == 0 ? 0 : std::max<std::uint32_t>(static_cast<std::uint32_t>(n), 1152);
        return {};
    case quick_ack::name:
        if (n != 0) sk.acknowledgement.hurry(16);
        if (n != 0 && sk.ack_pending) tcp_send_ack(net, sk);
        return {};
    case user_timeout::name:
        if (n < 0) return errc::invalid_argument;
        settings.user_timeout = duration::milliseconds(n);
        return {};
    case not_sent_low_water::name:
        settings.notsent_low_water = static_cast<std::uint32_t>(n);
        sk.write_space(net.runnable());
        return {};
    default: return errc::no_protocol_option;
    }
}

/// getsockopt(2) of level SOL_TCP. Errors: no_protocol_option. Source: do_tcp_getsockopt.
template <class Net, class Policies>
result<std::size_t> tcp_get_option(Net& net, tcp_sock<Policies>& sk, int name, mutable_bytes to) noexcept {
    const tcp_settings& settings = sk.settings;
    const tcp_limits& limits = tcp_of(net, sk).limits;
    const auto seconds = [&](duration own, duration usual) { return detail::write_int(to, static_cast<int>((own != duration{} ? own : usual).milliseconds() / 1000)); };
    switch (name) {
    case no_delay::name:           return detail::write_int(to, settings.no_delay);
    case tcp_cork::name:           return detail::write_int(to, settings.cork);
    case max_segment::name:        return detail::write_int(to, sk.state == tcp_state::closed && settings.mss != 0 ? settings.mss : sk.mss);
    case keep_idle::name:          return seconds(settings.keepalive_time, limits.keepalive_time);
    case keep_interval::name:      return seconds(settings.keepalive_interval, limits.keepalive_interval);
    case keep_count::name:         return detail::write_int(to, settings.keepalive_probes != 0 ? settings.keepalive_probes : limits.keepalive_probes);
    case syn_count::name:          return detail::write_int(to, settings.syn_retries != 0 ? settings.syn_retries : limits.syn_retries);
    case fin_wait_timeout::name:   return seconds(settings.fin_timeout, limits.fin_timeout);
    case defer_accept::name:       return detail::write_int(to, tcp_retries_to_seconds(settings.defer_accept));
    case window_clamp::name:       return detail::write_int(to, static_cast<int>(settings.window_clamp));
    case quick_ack::name:          return detail::write_int(to, !sk.acknowledgement.interactive());
    case user_timeout::name:       return detail::write_int(to, static_cast<int>(settings.user_timeout.milliseconds()));
    case not_sent_low_water::name: return detail::write_int(to, static_cast<int>(settings.notsent_low_water));
    case tcp_info::name: {
        const auto info = tcp_get_info(net, sk);
        return copy(to, object_bytes(info));
    }
    case weld::congestion_control::name: {
        const weld::detail::short_name own{text{Policies::congestion::name}};
        return copy(to, object_bytes(own));
    }
    default: return errc::no_protocol_option;
    }
}

/// setsockopt(2) of level SOL_IP or SOL_IPV6, of what a stream has use for. Errors: invalid_argument, no_protocol_option,
/// operation_not_supported (IPV6_V6ONLY off). Source: ip(7), ipv6(7); do_ip_setsockopt, do_ipv6_setsockopt.
template <class Policies>
result<> tcp_set_ip_option(tcp_sock<Policies>& sk, int name, const_bytes value) noexcept {
    using ip = typename Policies::ip;
    using names = ip_option_names<ip>;
    const auto number = detail::read_int(value);
    if (!number) return number.error();
    const int n = *number;
    if constexpr (has_scopes<ip>) {
        if (name == v6_only::name) return set_v6_only(sk.port.bound(), n);
        if (name == names::traffic_class && (n < -1 || n > 255)) return errc::invalid_argument;
    }
    switch (name) {
    case names::traffic_class: sk.tos = static_cast<std::uint8_t>((has_scopes<ip> && n == -1 ? 0 : n) & ~3); return {};  // the two bits of ECN are TCP's
    case names::hops:
        if (n != -1 && (n < names::hops_min || n > 255)) return errc::invalid_argument;
        sk.ttl = n == -1 ? 64 : static_cast<std::uint8_t>(n);
        sk.hops_chosen = n != -1;
        return {};
    case names::mtu_discover:
        if (n < 0 || n > 5) return errc::invalid_argument;
        sk.discovery = static_cast<path_mtu_discovery>(n);
        sk.dont_fragment = n >= (has_scopes<ip> ? 0 : 1) && n <= 3;  // nobody cuts what is IPv6's on its way: reports are always heard
        return {};
    default: return errc::no_protocol_option;
    }
}

/// getsockopt(2) of level SOL_IP or SOL_IPV6. Errors: no_protocol_option, not_connected (the path's MTU).
template <class Policies>
result<std::size_t> tcp_get_ip_option(const tcp_sock<Policies>& sk, int name, mutable_bytes to) noexcept {
    using names = ip_option_names<typename Policies::ip>;
    if constexpr (has_scopes<typename Policies::ip>)
        if (name == v6_only::name) return detail::write_int(to, 1);
    switch (name) {
    case names::traffic_class: return detail::write_int(to, sk.tos);
    case names::hops:          return detail::write_int(to, sk.ttl);
    case names::mtu_discover:  return detail::write_int(to, static_cast<int>(sk.discovery));
    case names::mtu:
        if (!is_synchronized(sk.state)) return errc::not_connected;
        return detail::write_int(to, static_cast<int>(std::min<std::size_t>(sk.way.mtu, sk.path_mtu)));
    default: return errc::no_protocol_option;
    }
}

/// What follows from a changed option of level SOL_SOCKET.
template <class Net, class Policies>
void tcp_option_changed(Net& net, tcp_sock<Policies>& sk, int name) noexcept {
    sk.port.reuse_address = sk.options.reuse_address;
    sk.port.reuse_port = sk.options.reuse_port;
    sk.port.interface = sk.options.bound_interface;
    const bool sends = name == send_buffer::name || name == send_buffer_force::name;
    sk.fixed_send_buffer |= sends;
    sk.fixed_receive_buffer |= name == receive_buffer::name || name == receive_buffer_force::name;
    if (sends) sk.write_space(net.runnable());
    if (name == keep_alive::name) tcp_set_keepalive(net, sk);
}

}  // namespace weld::inline v0::stack
