// SPDX-License-Identifier: BSL-1.0
// weld's TCP/IP over memory: segments of an MTU of 1500, each with its own headers and checksums.
#include "support/bulk_over_memory.hpp"

int main(int count, char** words) { return bulk::over_memory(count, words, {}); }
