// SPDX-License-Identifier: BSL-1.0
// The one place that knows which Catch2 there is: version 2.13 (Debian 12, Ubuntu 22.04) or 3.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#    include <catch2/catch_approx.hpp>
#    include <catch2/catch_template_test_macros.hpp>
#    include <catch2/catch_test_macros.hpp>
#    include <catch2/generators/catch_generators_all.hpp>
#else
#    include <catch2/catch.hpp>
#endif

// Catch2's macros use __COUNTER__, which clang 20 and newer call an extension, where they are expanded.
#ifdef __clang__
#    if __has_warning("-Wc2y-extensions")
#        pragma clang diagnostic ignored "-Wc2y-extensions"
#    endif
#endif

// Catch2 has SKIP from 3.3 on. Elsewhere it prints its reason and leaves the case: call it from the case itself.
#ifndef SKIP
#    define SKIP(...)                                                                                              \
        do {                                                                                                       \
            WARN("SKIPPED: " << __VA_ARGS__);                                                                      \
            return;                                                                                                \
        } while (false)
#endif
