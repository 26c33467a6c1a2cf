// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

/// Stands where a value would be if there were one: what an awaitable of `void` contributes.
struct unit {
    friend constexpr bool operator==(unit, unit) noexcept = default;
};

namespace detail {
template <class T>
using value_or_unit = std::conditional_t<std::is_void_v<T>, unit, std::remove_cvref_t<T>>;

template <std::size_t Count>
consteval std::size_t largest(const std::size_t (&sizes)[Count]) {
    std::size_t most = 0;
    for (const std::size_t size : sizes) most = size > most ? size : most;
    return most;
}
template <std::size_t Index, class T>
struct value_at {
    [[no_unique_address]] T value;
};
template <std::size_t Index, class T>
constexpr T& value_number(value_at<Index, T>& at) noexcept { return at.value; }
template <std::size_t Index, class T>
constexpr const T& value_number(const value_at<Index, T>& at) noexcept { return at.value; }

template <class Indices, class... Ts>
struct value_list;
template <std::size_t... Index, class... Ts>
struct value_list<std::index_sequence<Index...>, Ts...> : value_at<Index, Ts>... {
    constexpr explicit value_list(Ts&&... values) : value_at<Index, Ts>{std::move(values)}... {}
};
}  // namespace detail

/// What several branches ended with, in their order: `auto [first, second] = co_await when_all(...)`, or `get<0>()`.
/// It is std::tuple without its header.
template <class... Ts>
class values : detail::value_list<std::index_sequence_for<Ts...>, Ts...> {
    using list = detail::value_list<std::index_sequence_for<Ts...>, Ts...>;

public:
    constexpr explicit values(Ts... all) : list{std::move(all)...} {}
    template <std::size_t Index>
    constexpr auto& get() & noexcept { return detail::value_number<Index>(static_cast<list&>(*this)); }
    template <std::size_t Index>
    constexpr const auto& get() const& noexcept { return detail::value_number<Index>(static_cast<const list&>(*this)); }
    template <std::size_t Index>
    constexpr auto&& get() && noexcept { return std::move(detail::value_number<Index>(static_cast<list&>(*this))); }
};

/// What the first of several branches ended with, and which it was: `index()`, then `get<Index>()`.
/// It is std::variant without its header, and without assignment.
template <class... Ts>
class first_of {
    template <std::size_t Index>
    using at = decltype(detail::value_number<Index>(std::declval<detail::value_list<std::index_sequence_for<Ts...>, Ts...>&>()));

public:
    /// Holds what `make()` answers, for the branch of this number.
    template <std::size_t Index, class Make>
    constexpr first_of(std::integral_constant<std::size_t, Index>, Make&& make) : index_{Index} {
        ::new (static_cast<void*>(storage_)) std::remove_reference_t<at<Index>>(make());
    }
    constexpr first_of(first_of&& other) noexcept((std::is_nothrow_move_constructible_v<Ts> && ...)) : index_{other.index_} {
        with_present([&]<std::size_t Index>(std::integral_constant<std::size_t, Index>) {
            ::new (static_cast<void*>(storage_)) std::remove_reference_t<at<Index>>(std::move(other.template get<Index>()));
        });
    }
    first_of& operator=(first_of&&) = delete;
    ~first_of() {
        with_present([this]<std::size_t Index>(std::integral_constant<std::size_t, Index>) {
            using type = std::remove_reference_t<at<Index>>;
            this->template get<Index>().~type();
        });
    }

    /// Which branch was first.
    constexpr std::size_t index() const noexcept { return index_; }
    /// Pre: index() == Index.
    template <std::size_t Index>
    std::remove_reference_t<at<Index>>& get() noexcept {
        WELD_ASSERT(index_ == Index);
        return *std::launder(reinterpret_cast<std::remove_reference_t<at<Index>>*>(storage_));
    }
    template <std::size_t Index>
    const std::remove_reference_t<at<Index>>& get() const noexcept {
        return const_cast<first_of&>(*this).template get<Index>();
    }

private:
    template <class Visitor>
    void with_present(Visitor visitor) {
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            static_cast<void>(((index_ == Index ? (visitor(std::integral_constant<std::size_t, Index>{}), true) : false) || ...));
        }(std::index_sequence_for<Ts...>{});
    }
    std::size_t index_;
    alignas(Ts...) std::byte storage_[detail::largest({sizeof(Ts)...})];
};

}  // namespace weld::inline v0

template <class... Ts>
struct std::tuple_size<weld::values<Ts...>> : std::integral_constant<std::size_t, sizeof...(Ts)> {};
/// For structured bindings.
template <std::size_t Index, class... Ts>
struct std::tuple_element<Index, weld::values<Ts...>> {
    using type = std::remove_reference_t<decltype(std::declval<weld::values<Ts...>&>().template get<Index>())>;
};
