// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/value.hpp>
#include <weld/sys/number.hpp>

#include <concepts>

namespace weld::inline v0::role {
struct system_calls;  // socket/role.hpp: what every policy here is in a net
}

namespace weld::inline v0::sys {

/// How a call enters the kernel: `call<Number>(arguments...)` answers a value or a negative errno, as the
/// instruction does. Models: `direct`, `libc`, `faulty`.
/// The compiler cannot check that copies are equal: a policy with state refers to it.
template <class Policy>
concept entry_policy = copyable<Policy> && requires(Policy policy, int fd) {
    { policy.template call<number::close>(fd) } noexcept -> std::same_as<long>;
};

/// What a system call answered, as a value: the kernel's negative errno becomes an error.
template <class T = void>
[[gnu::always_inline]] constexpr result<T> answer(long raw) noexcept {
    if (raw < 0) [[unlikely]] return static_cast<errc>(-raw);
    if constexpr (std::is_void_v<T>) return {};
    else return static_cast<T>(raw);
}

}  // namespace weld::inline v0::sys
