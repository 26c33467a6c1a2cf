// SPDX-License-Identifier: BSL-1.0
#include <weld/core/signal_set.hpp>

#include <cstring>

#include <signal.h>

#include "support/catch.hpp"

namespace {
using weld::signal_set;

static_assert(signal_set{SIGINT, SIGTERM}.contains(SIGTERM) && !signal_set{SIGINT}.contains(SIGTERM));
static_assert(signal_set{}.empty() && !signal_set{64}.empty());
static_assert(signal_set{SIGTERM, SIGINT}.first() == SIGINT && signal_set{64}.first() == 64);
static_assert((signal_set{1, 2} | signal_set{2, 3}) == signal_set{1, 2, 3});
static_assert((signal_set{1, 2} & signal_set{2, 3}) == signal_set{2});
static_assert((signal_set{1, 2} - signal_set{2, 3}) == signal_set{1});
static_assert(signal_set::from_bits(signal_set{1, 64}.bits()) == signal_set{1, 64});
static_assert(sizeof(signal_set) == 8);  // what rt_sigprocmask is told of a set's size
}  // namespace

TEST_CASE("a set has its bits where the C library's begins with them", "[signals]") {
    for (int number = 1; number <= 64; ++number) {
        if (number == 32 || number == 33) continue;  // the library's own
        CAPTURE(number);
        ::sigset_t library;
        ::sigemptyset(&library);
        REQUIRE(::sigaddset(&library, number) == 0);
        const signal_set ours{number};
        CHECK(std::memcmp(&library, &ours, sizeof ours) == 0);
    }
}
