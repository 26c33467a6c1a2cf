// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <type_traits>

namespace weld::inline v0 {

/// Types whose objects are values. They ask what std::copyable and std::regular ask but for common references, which are
/// most of what those cost the compiler: six times as much, for each type.
template <class T>
concept copyable = std::is_copy_constructible_v<T> && std::is_copy_assignable_v<T> && std::is_move_constructible_v<T> &&
    std::is_move_assignable_v<T> && std::is_nothrow_destructible_v<T>;
template <class T>
concept regular = copyable<T> && std::is_default_constructible_v<T> && requires(const T& value) {
    { value == value } -> std::same_as<bool>;
};

}  // namespace weld::inline v0
