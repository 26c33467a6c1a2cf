#include <weld/socket/address/digits.hpp>

#include "support/catch.hpp"

#include <string>

using weld::errc;
using weld::detail::parse_decimal;
using weld::detail::parse_hex;

static_assert(parse_decimal("0", 255) == 0u && parse_decimal("255", 255) == 255u);
static_assert(parse_decimal("4294967295", 0xffffffff) == 4294967295u);
static_assert(parse_decimal("4294967296", 0xffffffff) == errc::invalid_argument);
static_assert(parse_decimal("9999999999", 0xffffffff) == errc::invalid_argument);
static_assert(parse_decimal("18446744073709551616", 0xffffffff) == errc::invalid_argument);
static_assert(parse_decimal("256", 255) == errc::invalid_argument);
static_assert(parse_decimal("", 255) == errc::invalid_argument);
static_assert(parse_decimal("00", 255) == errc::invalid_argument && parse_decimal("01", 255) == errc::invalid_argument);
static_assert(parse_decimal("+1", 255) == errc::invalid_argument && parse_decimal("-1", 255) == errc::invalid_argument);
static_assert(parse_decimal(" 1", 255) == errc::invalid_argument && parse_decimal("1 ", 255) == errc::invalid_argument);

static_assert(parse_hex("0", 1, 4) == 0u && parse_hex("fFfF", 1, 4) == 0xffffu && parse_hex("0001", 1, 4) == 1u);
static_assert(parse_hex("", 1, 4) == errc::invalid_argument && parse_hex("00000", 1, 4) == errc::invalid_argument);
static_assert(parse_hex("g", 1, 4) == errc::invalid_argument && parse_hex("0x1", 1, 4) == errc::invalid_argument);
static_assert(parse_hex("a", 2, 2) == errc::invalid_argument && parse_hex("ab", 2, 2) == 0xabu);

TEST_CASE("no byte but a digit is a digit", "[address]") {
    const std::string decimal = "0123456789", hex = "0123456789abcdefABCDEF";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CHECK(parse_decimal({&c, 1}, 9).has_value() == (decimal.find(c) != std::string::npos));
        CHECK(parse_hex({&c, 1}, 1, 1).has_value() == (hex.find(c) != std::string::npos));
    }
}
