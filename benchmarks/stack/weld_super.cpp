// SPDX-License-Identifier: BSL-1.0
// weld's TCP/IP over memory, which takes super-segments as a tap or a network card does; it sums up nothing.
#include "support/bulk_over_memory.hpp"

int main(int count, char** words) { return bulk::over_memory(count, words, {.checksum = true, .gso_size_max = 65536}); }
