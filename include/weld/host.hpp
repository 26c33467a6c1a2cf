// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The families that the host's kernel serves: inet, unix, packet.
#include <weld/host/adopt.hpp>
#include <weld/host/all.hpp>
#include <weld/host/control.hpp>
#include <weld/host/family.hpp>
#include <weld/host/inet.hpp>
#include <weld/host/interface.hpp>
#include <weld/host/ops.hpp>
#include <weld/host/packet.hpp>
#include <weld/host/unix.hpp>
