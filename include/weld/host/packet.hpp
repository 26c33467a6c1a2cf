// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/family.hpp>
#include <weld/socket/protocol/packet.hpp>

namespace weld::inline v0::host {

/// Packet sockets: the EtherType travels in network order.
struct packet_ops : message_ops {
    template <class Net, class Description>
    static result<sock*> create(Net& net, Description description, int ethertype) {
        return message_ops::create(net, description, __builtin_bswap16(static_cast<std::uint16_t>(ethertype)));
    }
};

/// AF_PACKET, served by the host's kernel: `net.socket(weld::packet_raw, weld::every_ethertype)`, then bind it to an
/// interface. Opening one takes CAP_NET_RAW: operation_not_permitted. In the kernel: packet_ops.
struct packet : family {
    using protosw = protosw_table<entry<packet_raw, packet_ops>, entry<packet_cooked, packet_ops>>;
};

}  // namespace weld::inline v0::host
