// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/option.hpp>

/// What UDP sockets have, over IPv4 and over IPv6. Source: udp(7), linux/udp.h.
namespace weld::inline v0 {

/// Collects what is sent into one datagram until it is taken off.
struct udp_cork {
    static constexpr int level = levels::udp, name = 1;  // UDP_CORK
    bool value = true;
};
/// One send becomes datagrams of this size, the last one shorter; 0 is off. The control item `segment_size` does so
/// for one call. In the kernel: generic segmentation offload.
struct udp_segment {
    static constexpr int level = levels::udp, name = 103;  // UDP_SEGMENT
    int value;
};
/// One receive may give several datagrams of one sender at once; see control item `merged_size`.
/// In the kernel: generic receive offload.
struct udp_merge {
    static constexpr int level = levels::udp, name = 104;  // UDP_GRO
    bool value = true;
};

}  // namespace weld::inline v0
