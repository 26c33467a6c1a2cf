// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/virtual_clock.hpp>
