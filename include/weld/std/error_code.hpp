// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What errors owe the standard library: `std::error_code code = weld::errc::timed_out`, comparison with std::errc, and
/// the way back. A header of its own, because <system_error> is heavy.

#include <weld/core/errc.hpp>

#include <system_error>

namespace weld::inline v0 {

/// The same number in the system's category, so that it equals std::errc's constant of the same name.
inline std::error_code make_error_code(errc error) noexcept { return {static_cast<int>(error), std::system_category()}; }

/// Back from a code of the system's or the generic category; io_error for any other that tells of an error.
inline errc from_error_code(const std::error_code& code) noexcept {
    if (!code) return errc::success;
    if (code.category() == std::system_category() || code.category() == std::generic_category()) return static_cast<errc>(code.value());
    const std::error_condition condition = code.default_error_condition();
    return condition.category() == std::generic_category() ? static_cast<errc>(condition.value()) : errc::io_error;
}

}  // namespace weld::inline v0

template <>
struct std::is_error_code_enum<weld::errc> : std::true_type {};
