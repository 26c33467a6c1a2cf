// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>

#include <new>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

/// A value, or why there is none. It reads as std::expected<T, errc> does: `if (r)`, `*r`, `r->`, `r.error()`;
/// `r == 0` compares the value and is false for an error. What the world can do to a caller comes back as this.
/// A trivially copyable T of at most eight bytes travels in two registers.
/// Pre: `*r` and `r->` only where `r` holds a value.
template <class T = void>
class [[nodiscard]] result;

/// The answer of a call that has nothing to give but success.
template <>
class [[nodiscard]] result<void> {
public:
    constexpr result() noexcept = default;
    constexpr result(errc error) noexcept : error_{error} {}

    constexpr bool has_value() const noexcept { return error_ == errc{}; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    /// Why it failed; `errc{}` when it did not.
    constexpr errc error() const noexcept { return error_; }

    friend constexpr bool operator==(result, result) noexcept = default;

private:
    errc error_{};
};

/// Of a T that may be copied as bytes: so is the result.
template <class T>
    requires(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>)
class [[nodiscard]] result<T> {
public:
    using value_type = T;

    constexpr result(T value) noexcept : value_{value} {}
    /// The value is made of its members where it lies, as std::expected does.
    template <class... Members>
    constexpr explicit result(std::in_place_t, const Members&... members) noexcept : value_{members...} {}
    constexpr result(errc error) noexcept : value_{}, error_{static_cast<stored>(error)} { WELD_ASSERT(error != errc{}); }

    constexpr bool has_value() const noexcept { return error_ == stored{}; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    constexpr const T& operator*() const noexcept { WELD_ASSERT(has_value()); return value_; }
    constexpr T& operator*() noexcept { WELD_ASSERT(has_value()); return value_; }
    constexpr const T* operator->() const noexcept { WELD_ASSERT(has_value()); return &value_; }
    constexpr T* operator->() noexcept { WELD_ASSERT(has_value()); return &value_; }
    /// Why there is no value; `errc{}` when there is one.
    constexpr errc error() const noexcept { return static_cast<errc>(error_); }
    constexpr T value_or(T otherwise) const noexcept { return has_value() ? value_ : otherwise; }

    friend constexpr bool operator==(const result& r, const T& value) noexcept { return r && r.value_ == value; }
    friend constexpr bool operator==(const result& r, errc error) noexcept { return r.error() == error; }

private:
    // As wide as a register beside a value that fills one: an answer in two registers is then built without masks.
    using stored = std::conditional_t<sizeof(T) == sizeof(long), long, errc>;
    T value_;
    stored error_{};
};

/// Of any other T, a socket for one: it moves.
template <class T>
    requires(!std::is_trivially_copyable_v<T> || !std::is_default_constructible_v<T>)
class [[nodiscard]] result<T> {
public:
    using value_type = T;

    constexpr result(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : value_{std::move(value)} {}
    constexpr result(errc error) noexcept : error_{error} { WELD_ASSERT(error != errc{}); }
    constexpr result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : error_{other.error_} {
        if (other) ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
    }
    constexpr result(const result& other) requires std::is_copy_constructible_v<T> : error_{other.error_} {
        if (other) ::new (static_cast<void*>(&value_)) T(other.value_);
    }
    constexpr result& operator=(result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        if (has_value()) value_.~T();
        error_ = other.error_;
        if (other) ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
        return *this;
    }
    constexpr result& operator=(errc error) noexcept {
        WELD_ASSERT(error != errc{});
        if (has_value()) value_.~T();
        error_ = error;
        return *this;
    }
    constexpr ~result() {
        if (has_value()) value_.~T();
    }

    constexpr bool has_value() const noexcept { return error_ == errc{}; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    constexpr const T& operator*() const& noexcept { WELD_ASSERT(has_value()); return value_; }
    constexpr T& operator*() & noexcept { WELD_ASSERT(has_value()); return value_; }
    constexpr T&& operator*() && noexcept { WELD_ASSERT(has_value()); return std::move(value_); }
    constexpr const T* operator->() const noexcept { WELD_ASSERT(has_value()); return &value_; }
    constexpr T* operator->() noexcept { WELD_ASSERT(has_value()); return &value_; }
    /// Why there is no value; `errc{}` when there is one.
    constexpr errc error() const noexcept { return error_; }

    friend constexpr bool operator==(const result& r, errc error) noexcept { return r.error_ == error; }

private:
    union {
        T value_;
    };
    errc error_{};
};

static_assert(sizeof(result<unsigned long>) == 16 && std::is_trivially_copyable_v<result<unsigned long>>);

}  // namespace weld::inline v0
