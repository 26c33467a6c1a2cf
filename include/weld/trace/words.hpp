// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/message.hpp>

#include <cstdio>
#include <string>
#include <type_traits>

/// Arguments and answers as people read them.
namespace weld::inline v0::trace {

/// A value as a picture prints it.
inline std::string word(text characters) { return {characters.data(), characters.size()}; }
inline std::string word(const char* characters) { return characters; }
inline std::string word(const std::string& characters) { return characters; }
inline std::string word(errc error) { return word(message(error)); }
inline std::string word(shutdown_type how) { return how == shutdown_type::read ? "read" : how == shutdown_type::write ? "write" : "both"; }

/// Numbers, addresses, and what else has a text.
template <class Value>
std::string word(const Value& value) {
    if constexpr (std::is_same_v<Value, bool>) return value ? "true" : "false";
    else if constexpr (std::is_integral_v<Value>) return std::to_string(value);
    else if constexpr (requires { generic_address{value}; }) {
        const generic_address any{value};
        return any.bytes().empty() ? "no address" : any.bytes().size() == 2 ? "no name" : word(text{any.to_text()});
    } else if constexpr (requires { value.size(); value.data(); }) return std::to_string(value.size()) + " bytes";
    else return "...";
}
/// The value, or the error.
template <class Value>
std::string word(const result<Value>& answer) {
    if (!answer) return word(answer.error());
    if constexpr (std::is_integral_v<Value>) return std::to_string(*answer);
    else if constexpr (requires { generic_address{*answer}; }) return word(*answer);
    else return "done";
}
inline std::string word(const result<>& answer) { return answer ? "done" : word(answer.error()); }

}  // namespace weld::inline v0::trace
