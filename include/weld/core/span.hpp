// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>

#include <cstddef>
#include <type_traits>

namespace weld::inline v0 {

/// Objects in a row that belong to somebody else: what span is, and converts from it and to it, from arrays,
/// std::vector and whatever has data() and size(). It is weld's own because <span> and the iterators behind it are
/// two thirds of what a program that includes weld would compile. Lives no longer than what it views.
template <class T>
class span {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    /// As of std::span.
    using pointer = T*;
    using iterator = T*;

    constexpr span() noexcept = default;
    constexpr span(T* first, std::size_t size) noexcept : data_{first}, size_{size} {}
    template <class Last>
        requires std::is_pointer_v<Last>
    constexpr span(T* first, Last last) noexcept : data_{first}, size_{static_cast<std::size_t>(last - first)} {}
    template <std::size_t Size>
    constexpr span(T (&array)[Size]) noexcept : data_{array}, size_{Size} {}
    /// All of a range that lies in one piece: std::span, std::vector, std::array, std::string.
    template <class Range>
        requires requires(Range& range) {
            requires std::is_convertible_v<std::remove_pointer_t<decltype(range.data())> (*)[], T (*)[]>;
            static_cast<std::size_t>(range.size());
        }
    constexpr span(Range&& range) noexcept : data_{range.data()}, size_{range.size()} {}

    constexpr T* data() const noexcept { return data_; }
    /// How many objects.
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr std::size_t size_bytes() const noexcept { return size_ * sizeof(T); }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T* begin() const noexcept { return data_; }
    constexpr T* end() const noexcept { return data_ + size_; }
    constexpr T& operator[](std::size_t index) const noexcept {
        WELD_ASSERT(index < size_);
        return data_[index];
    }
    constexpr T& front() const noexcept { return (*this)[0]; }
    constexpr T& back() const noexcept { return (*this)[size_ - 1]; }

    /// Parts of it. Pre: they lie within; a `count` left out means all the rest.
    constexpr span first(std::size_t count) const noexcept {
        WELD_ASSERT(count <= size_);
        return {data_, count};
    }
    constexpr span last(std::size_t count) const noexcept {
        WELD_ASSERT(count <= size_);
        return {data_ + (size_ - count), count};
    }
    constexpr span subspan(std::size_t offset, std::size_t count = rest) const noexcept {
        WELD_ASSERT(offset <= size_ && (count == rest || count <= size_ - offset));
        return {data_ + offset, count == rest ? size_ - offset : count};
    }

private:
    static constexpr std::size_t rest = static_cast<std::size_t>(-1);
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

template <class T, std::size_t Size>
span(T (&)[Size]) -> span<T>;
template <class Range>
span(Range&& range) -> span<std::remove_pointer_t<decltype(range.data())>>;

}  // namespace weld::inline v0
