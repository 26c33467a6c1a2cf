// SPDX-License-Identifier: BSL-1.0
#include <weld/std/error_code.hpp>

#include "support/catch.hpp"

#include <future>

static_assert(std::is_convertible_v<weld::errc, std::error_code>);

TEST_CASE("an error converts to std::error_code and back", "[errc]") {
    const std::error_code code = weld::errc::connection_refused;
    CHECK(code == std::errc::connection_refused);
    CHECK(code.message() == std::generic_category().message(ECONNREFUSED));
    CHECK(weld::from_error_code(code) == weld::errc::connection_refused);
    CHECK(weld::from_error_code(std::make_error_code(std::errc::timed_out)) == weld::errc::timed_out);
    CHECK(weld::from_error_code(std::error_code{}) == weld::errc::success);
    CHECK_FALSE(std::error_code{weld::errc{}});
    CHECK(weld::from_error_code(std::make_error_code(std::future_errc::no_state)) == weld::errc::io_error);
}
