// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What everything stands on: result, bytes, time, lists, packets. Checksums, keyed hashes and secret chance are for protocols
/// of weld's own, whose headers include them.
#include <weld/core/assert.hpp>
#include <weld/core/byte_order.hpp>
#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/list.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/packet_pool.hpp>
#include <weld/core/packet_queue.hpp>
#include <weld/core/poison.hpp>
#include <weld/core/pool.hpp>
#include <weld/core/random.hpp>
#include <weld/core/result.hpp>
#include <weld/core/run_queue.hpp>
#include <weld/core/text.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/core/value.hpp>
