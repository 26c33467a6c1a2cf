// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Watching a net: every crossing of a layer, recorded and drawn.
#include <weld/trace/connection_watch.hpp>
#include <weld/trace/counters.hpp>
#include <weld/trace/flow_recorder.hpp>
#include <weld/trace/picture.hpp>
