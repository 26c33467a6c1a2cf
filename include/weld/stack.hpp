// SPDX-License-Identifier: BSL-1.0
#pragma once

/// weld's own protocols, as parts of a net over a device of <weld/device.hpp>:
///
///     namespace own = weld::stack;
///     weld::net mine{own::interface{"tap0", own::ethernet{std::move(*tap)}, "10.0.0.2/24", "2001:db8::2/64"},
///                    own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{},
///                    own::ipv6{}, own::icmp6{}, own::tcp6{}, own::udp6{}};
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/icmp/icmp6.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/ip/ipv6.hpp>
#include <weld/stack/packet/packet_family.hpp>
#include <weld/stack/raw/raw.hpp>
#include <weld/stack/tcp/acknowledgement/every_segment.hpp>
#include <weld/stack/tcp/congestion/none.hpp>
#include <weld/stack/tcp/congestion/reno.hpp>
#include <weld/stack/tcp/recovery/newreno.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>
