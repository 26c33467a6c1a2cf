// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/claims.hpp>
#include <weld/stack/ip/network.hpp>

namespace weld::inline v0::stack {

/// Hands a packet, its IP header pulled, to those who want it: first a copy to the parts that take every protocol
/// (`rcv_result rcv_copy(net, const packet&, const ip_info<Ip>&)`, raw sockets), then to the one that claims its number.
/// In the kernel: ip_protocol_deliver_rcu.
template <class Ip, class Net>
rcv_result deliver_up(Net& net, packet_buffer& skb, const ip_info<Ip>& info) {
    rcv_result answer = rcv_result::no_protocol;
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.rcv_copy(net, *skb, info); }) answer = highest(answer, part.rcv_copy(net, *skb, info));
    });
    bool claimed = false;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (claims_ip_protocol<Part, Ip>) {
            static_assert(requires { part.rcv(net, std::move(skb), info); },
                          "stack: a part with an ip_protocol receives from both versions of IP, or names the one it knows: using over = ip4; (stack/claims.hpp)");
            if (!claimed && Part::ip_protocol == info.protocol) {
                claimed = true;
                const rcv_result taken = part.rcv(net, std::move(skb), info);
                // A raw socket's copy makes up for a protocol that is missing, not for a port that is closed.
                answer = taken == rcv_result::no_protocol ? answer : taken;
            }
        }
    });
    return answer;
}

/// Tells the part whose packet it was of an error. In the kernel: icmp_socket_deliver.
template <class Ip, class Net>
void deliver_error(Net& net, std::uint8_t protocol, const icmp_error<Ip>& error) {
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (requires { part.error_copy(net, protocol, error); }) part.error_copy(net, protocol, error);
        if constexpr (claims_ip_protocol<Part, Ip> && requires { part.error(net, error); })
            if (Part::ip_protocol == protocol) part.error(net, error);
    });
}

}  // namespace weld::inline v0::stack
