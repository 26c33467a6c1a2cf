// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>

namespace weld::inline v0 {

/// What a call answers that its protocol, or its net, does not have. Whatever a program does with it compiles, so that the
/// sentence of the static_assert, which says why and what to write, is all that a compiler has to say.
struct refused {
    constexpr explicit operator bool() const noexcept { return false; }
    /// As a result that says so.
    constexpr operator result<>() const noexcept { return error(); }
    constexpr refused& operator=(errc) noexcept { return *this; }
    constexpr bool has_value() const noexcept { return false; }
    constexpr errc error() const noexcept { return errc::operation_not_supported; }
    constexpr refused& operator*() noexcept { return *this; }
    constexpr refused* operator->() noexcept { return this; }
    constexpr bool await_ready() const noexcept { return true; }
    constexpr void await_suspend(auto) const noexcept {}
    constexpr refused await_resume() const noexcept { return {}; }
    constexpr refused blocking() const noexcept { return {}; }
    template <class T>
    constexpr bool operator==(const T&) const noexcept { return false; }

    /// Calls on a socket that was refused.
    constexpr refused bind(const auto&...) noexcept { return {}; }
    constexpr refused listen(const auto&...) noexcept { return {}; }
    constexpr refused accept(const auto&...) noexcept { return {}; }
    constexpr refused connect(const auto&...) noexcept { return {}; }
    constexpr refused send(const auto&...) noexcept { return {}; }
    constexpr refused send_to(const auto&...) noexcept { return {}; }
    constexpr refused send_all(const auto&...) noexcept { return {}; }
    constexpr refused recv(const auto&...) noexcept { return {}; }
    constexpr refused recv_from(const auto&...) noexcept { return {}; }
    constexpr refused read_exactly(const auto&...) noexcept { return {}; }
    constexpr refused set(const auto&...) noexcept { return {}; }
};

namespace detail {
/// False, and a compiler has nothing to explain about it.
template <class...>
inline constexpr bool never = false;
}  // namespace detail

}  // namespace weld::inline v0
