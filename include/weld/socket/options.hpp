// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Every option that weld names; one's own stands beside them (socket/option.hpp).
#include <weld/socket/options/ip.hpp>
#include <weld/socket/options/ipv6.hpp>
#include <weld/socket/options/packet.hpp>
#include <weld/socket/options/socket_level.hpp>
#include <weld/socket/options/tcp.hpp>
#include <weld/socket/options/udp.hpp>
