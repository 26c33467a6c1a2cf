// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/refused.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/levels.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace weld::inline v0 {

/// A property of a socket that is set and asked for by its type: `socket.set(weld::no_delay{true})`,
/// `socket.get<weld::receive_buffer>()`. Those that Linux has are in socket/options/, a header a level. One's own is a
/// struct of a few lines, anywhere:
///
///     struct max_pacing_rate {  // Source: socket(7), SO_MAX_PACING_RATE
///         static constexpr int level = weld::levels::socket, name = 47;
///         std::uint64_t value;  // bytes a second
///     };
///     socket.set(max_pacing_rate{1'000'000});
///
/// A bool, an enumeration and a number of at most four bytes are the kernel's int, anything else is its own bytes. Where
/// the kernel wants another shape, `Raw to_kernel() const` and `static Value from_kernel(Raw)` convert; where only one
/// direction exists, `read_only = true` or `write_only = true` says so; where the level alone does not tell whose it
/// is, `template <class Description> static constexpr bool legal` does. All of these are optional.
template <class Option>
concept option = requires {
    { Option::level } -> std::convertible_to<int>;
    { Option::name } -> std::convertible_to<int>;
};

namespace detail {

/// How a plain value looks to the kernel.
template <class Value>
struct kernel_shape { using type = Value; };
template <class Value>
    requires(std::is_enum_v<Value> || (std::is_integral_v<Value> && sizeof(Value) <= sizeof(int)))
struct kernel_shape<Value> { using type = int; };

/// The kernel's bytes of an option or an item of ancillary data, as an object.
template <class Option>
constexpr auto to_kernel(const Option& from) noexcept {
    if constexpr (requires { from.to_kernel(); }) return from.to_kernel();
    else return static_cast<typename kernel_shape<decltype(Option::value)>::type>(from.value);
}
template <class Option>
using kernel_bytes = decltype(detail::to_kernel(std::declval<const Option&>()));

/// What the kernel's bytes mean.
template <class Option>
constexpr auto from_kernel(const kernel_bytes<Option>& raw) noexcept {
    if constexpr (requires { Option::from_kernel(raw); }) return Option::from_kernel(raw);
    else return static_cast<decltype(Option::value)>(raw);
}
template <class Option>
using value_of = decltype(detail::from_kernel<Option>(std::declval<const kernel_bytes<Option>&>()));

template <class Option> inline constexpr bool is_read_only = false;
template <class Option> requires requires { Option::read_only; }
inline constexpr bool is_read_only<Option> = Option::read_only;
template <class Option> inline constexpr bool is_write_only = false;
template <class Option> requires requires { Option::write_only; }
inline constexpr bool is_write_only<Option> = Option::write_only;

/// What an option, or an item of ancillary data, says beside its level.
template <class Option, class Description> inline constexpr bool suits = true;
template <class Option, class Description>
    requires requires { Option::template legal<Description>; }
inline constexpr bool suits<Option, Description> = Option::template legal<Description>;

/// A description without a list understands what every socket does.
template <class Description, int Level> inline constexpr bool has_option_level = Level == levels::socket;
template <class Description, int Level>
    requires requires { Description::option_levels; }
inline constexpr bool has_option_level<Description, Level> = levels::among(Description::option_levels, Level);

/// Whole units, rounded up, so that a short time does not become none.
constexpr int rounded_up(duration time, duration unit) noexcept {
    const std::int64_t count = time.nanoseconds() / unit.nanoseconds() + (time.nanoseconds() % unit.nanoseconds() > 0 ? 1 : 0);
    return count > INT32_MAX ? INT32_MAX : static_cast<int>(count);
}

/// A name of at most fifteen characters in the kernel's sixteen bytes.
struct short_name {
    constexpr short_name() noexcept = default;
    constexpr explicit short_name(text name) noexcept {
        for (std::size_t i = 0; i < name.size() && i < 15; ++i) characters[i] = name[i];
    }
    constexpr operator text() const noexcept { return {characters}; }
    constexpr const char* c_str() const noexcept { return characters; }
    friend constexpr bool operator==(const short_name& a, text b) noexcept { return text{a} == b; }
    char characters[16]{};
};

}  // namespace detail

/// Options that sockets of a protocol have; those that can be set, and those that can be asked for.
template <class Option, auto Protocol>
concept option_of = option<Option> && detail::has_option_level<std::remove_const_t<decltype(Protocol)>, Option::level> &&
                    detail::suits<Option, std::remove_const_t<decltype(Protocol)>>;
template <class Option, auto Protocol>
concept settable_option_of = option_of<Option, Protocol> && !detail::is_read_only<Option>;
template <class Option, auto Protocol>
concept gettable_option_of = option_of<Option, Protocol> && !detail::is_write_only<Option>;

namespace detail {

/// The sentence for an option that is not one of `Protocol`'s.
template <class Option, auto Protocol>
constexpr void refuse_option() {
    static_assert(option<Option>, "socket: this is not an option; one is a struct with level, name and value (socket/option.hpp shows how to write it)");
    if constexpr (option<Option> && !option_of<Option, Protocol>)
        static_assert(never<Option>, "socket: this protocol has no such option; its description lists the levels it has (socket/protocol.hpp)");
    if constexpr (option_of<Option, Protocol>) {
        static_assert(!is_read_only<Option>, "socket: this option is only asked for, with get; the kernel alone sets it");
        static_assert(!is_write_only<Option>, "socket: this option is only set; the kernel does not tell it");
    }
}

}  // namespace detail

}  // namespace weld::inline v0
