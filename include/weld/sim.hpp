// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/explore.hpp>
#include <weld/sim/faults.hpp>
#include <weld/sim/pattern.hpp>
#include <weld/sim/when.hpp>
#include <weld/sim/world.hpp>
