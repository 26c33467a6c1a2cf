// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace weld::inline v0::detail {

/// Whether vectors of thirty-two bytes may be used: the target says so, or this processor does when the program starts.
#if defined(__AVX2__)
inline constexpr bool has_avx2 = true;
#else
inline const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;  // false before main's statics: then portable
#endif

}  // namespace weld::inline v0::detail
