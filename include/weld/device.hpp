// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/faults.hpp>
#include <weld/device/loopback.hpp>
#include <weld/device/memory.hpp>
#include <weld/device/packet_ring.hpp>
#include <weld/device/pcap.hpp>
#include <weld/device/pcap_reader.hpp>
#include <weld/device/raw_ip.hpp>
#include <weld/device/tap.hpp>
#include <weld/device/trace.hpp>
