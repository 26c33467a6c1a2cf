// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/std/address.hpp>
#include <weld/std/dump.hpp>
#include <weld/std/error_code.hpp>
