// SPDX-License-Identifier: BSL-1.0
#include <weld/weld.hpp>

int other_unit();

int main() { return other_unit(); }
