// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/when.hpp>
#include <weld/sim/world.hpp>
