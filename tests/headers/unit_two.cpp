// SPDX-License-Identifier: BSL-1.0
#include <weld/weld.hpp>

int other_unit();
int other_unit() { return 0; }
