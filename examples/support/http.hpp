// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <time.h>

/// What an HTTP/1.1 server reads: requests, paths, ranges, conditions. Pure functions over text that may be anything;
/// none of them trusts its input, and tests/fuzz/http_request.cpp lets them meet the worst. Source: RFC 9110, RFC 9112.
namespace examples::http {

/// The longest head of a request that is read, and the most fields in it.
inline constexpr std::size_t head_max = 16 * 1024, fields_max = 100;

/// A request's head. The views lie in the bytes that were parsed.
struct request {
    std::string_view method, target, host;
    std::string_view range, if_range, if_none_match, if_modified_since;
    std::uint64_t content_length = 0;
    bool has_length = false;
    bool chunked = false;     // a body without a length; this server reads none
    bool http10 = false;      // the older protocol, whose connections end after one answer unless both wish otherwise
    bool keep_alive = false;  // may another request follow?
    bool has_body() const { return chunked || content_length != 0; }
};

/// What the bytes that have come so far are.
struct parsed {
    int status;            // 0: more bytes are needed; 200: a whole head; anything else: the error to answer
    std::size_t size = 0;  // the head's, with the empty line that ends it
    http::request request{};
};
parsed parse(std::string_view bytes);

namespace detail {
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_token(char c) {  // RFC 9110 section 5.6.2
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || (c != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos);
}
constexpr bool all_token(std::string_view s) {
    for (const char c : s)
        if (!is_token(c)) return false;
    return !s.empty();
}
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}
constexpr std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
}
/// Takes what stands before the next `separator`.
constexpr std::string_view next_part(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return part;
}
/// Digits alone. A number past 2^63 stays there: larger than any file is large enough.
constexpr bool parse_number(std::string_view s, std::uint64_t& number) {
    constexpr std::uint64_t most = std::uint64_t{1} << 63;
    number = 0;
    for (const char c : s) {
        if (!is_digit(c)) return false;
        number = number >= most / 10 ? most : number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return !s.empty();
}
constexpr int hex_digit(char c) {
    return is_digit(c) ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/// METHOD SP TARGET SP VERSION. Answers a status, 200 for a good one. Source: RFC 9112 section 3.
inline int parse_request_line(std::string_view line, request& into) {
    into.method = next_part(line, ' ');
    into.target = next_part(line, ' ');
    const std::string_view version = line;
    if (!all_token(into.method) || into.target.empty()) return 400;
    for (const char c : into.target)
        if (c <= ' ' || c >= 0x7f) return 400;
    if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || version[6] != '.' || !is_digit(version[5]) || !is_digit(version[7])) return 400;
    if (version[5] != '1') return 505;
    into.http10 = version[7] == '0';
    into.keep_alive = !into.http10;
    return 200;
}

/// NAME ":" VALUE. Source: RFC 9112 section 5.
inline int parse_field(std::string_view line, request& into) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return 400;
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!all_token(name)) return 400;  // no space before the colon, no folded lines
    for (const char c : value)
        if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f) return 400;

    const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
    if (is("host")) {
        if (into.host.data() != nullptr) return 400;  // which of them was meant?
        into.host = value;
    } else if (is("content-length")) {
        std::uint64_t length = 0;
        if (!parse_number(value, length) || (into.has_length && into.content_length != length)) return 400;
        into.content_length = length;
        into.has_length = true;
    } else if (is("transfer-encoding")) {
        into.chunked = true;
    } else if (is("connection")) {
        for (std::string_view rest = value; !rest.empty();) {
            const std::string_view word = trimmed(next_part(rest, ','));
            if (equal_ignoring_case(word, "close")) into.keep_alive = false;
            if (equal_ignoring_case(word, "keep-alive")) into.keep_alive = true;
        }
    } else if (is("range")) into.range = value;
    else if (is("if-range")) into.if_range = value;
    else if (is("if-none-match")) into.if_none_match = value;
    else if (is("if-modified-since")) into.if_modified_since = value;
    return 200;
}
}  // namespace detail

inline parsed parse(std::string_view bytes) {
    request found;
    std::size_t at = 0, fields = 0;
    bool first = true;
    for (;;) {
        const std::size_t end = bytes.find('\n', at);
        if (end == std::string_view::npos || end >= head_max) {
            if (bytes.size() >= head_max) return {first ? 414 : 431};
            // Garbage is told from the start of a request at once: no line is waited for.
            if (first && at < bytes.size() && bytes[at] != '\r' && !detail::is_token(bytes[at])) return {400};
            return {0};
        }
        std::string_view line = bytes.substr(at, end - at);
        at = end + 1;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (first && line.empty() && at <= 8) continue;  // some clients end a body with an empty line too many
        if (line.empty()) break;
        const int status = first ? detail::parse_request_line(line, found) : detail::parse_field(line, found);
        if (status != 200) return {status};
        if (!first && ++fields > fields_max) return {431};
        first = false;
    }
    if (first) return {400};
    if (found.host.data() == nullptr && !found.http10) return {400};  // RFC 9112 section 3.2
    if (found.chunked && found.has_length) return {400};              // the two could not agree on where the next one begins
    return {200, at, found};
}

/// The file that a target asks for, relative to the root: "/a%20b/?q" is "a b/", "/" is "". Answers a status: 200, 400
/// (not a path; an escape that is none; a zero byte) or 403 (it climbs: no browser sends that).
inline int decode_path(std::string_view target, std::string& path) {
    path.clear();
    for (const std::string_view scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
        if (!detail::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;  // as a proxy is asked
        const std::size_t slash = target.find_first_of("/?#", scheme.size());
        target = slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
    }
    target = target.substr(0, target.find_first_of("?#"));
    if (target.empty() || target[0] != '/') return 400;
    for (std::size_t i = 1; i < target.size(); ++i) {
        char c = target[i];
        if (c == '%') {
            if (target.size() - i < 3) return 400;
            const int high = detail::hex_digit(target[i + 1]), low = detail::hex_digit(target[i + 2]);
            if (high < 0 || low < 0 || high + low == 0) return 400;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        path += c;
    }
    for (std::string_view rest = path; !rest.empty();)
        if (detail::next_part(rest, '/') == "..") return 403;
    path.erase(0, path.find_first_not_of('/'));  // "//etc" stays below the root as well
    return 200;
}

/// The part of `size` bytes that a Range field asks for. Several ranges, other units and nonsense ask for all of it.
struct byte_range {
    enum { whole, part, unsatisfiable } kind = whole;
    std::uint64_t first = 0, size = 0;
};
inline byte_range parse_range(std::string_view field, std::uint64_t size) {
    const byte_range whole{byte_range::whole, 0, size};
    if (!detail::equal_ignoring_case(field.substr(0, 6), "bytes=")) return whole;
    std::string_view last_text = detail::trimmed(field.substr(6));
    if (last_text.find('-') == std::string_view::npos || last_text.find(',') != std::string_view::npos) return whole;
    const std::string_view first_text = detail::next_part(last_text, '-');
    std::uint64_t first = 0, last = 0;
    if (first_text.empty()) {  // the last so many bytes
        if (!detail::parse_number(last_text, last)) return whole;
        if (last == 0) return {byte_range::unsatisfiable};
        if (size == 0) return whole;
        first = last < size ? size - last : 0;
        return {byte_range::part, first, size - first};
    }
    if (!detail::parse_number(first_text, first)) return whole;
    if (last_text.empty()) last = UINT64_MAX;
    else if (!detail::parse_number(last_text, last) || last < first) return whole;
    if (first >= size) return {byte_range::unsatisfiable};
    if (last >= size) last = size - 1;
    return {byte_range::part, first, last - first + 1};
}

/// Reads the three forms of a date; INT64_MIN where it is none. Source: RFC 9110 section 5.6.7.
inline std::int64_t parse_date(std::string_view field) {
    const std::string zero_ended{field.substr(0, 64)};
    for (const char* const form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        ::tm calendar{};
        const char* const end = ::strptime(zero_ended.c_str(), form, &calendar);
        if (end != nullptr && *end == '\0') return ::timegm(&calendar);
    }
    return INT64_MIN;
}

/// True where an If-None-Match field names this entity. `etag` has its quotes. Source: RFC 9110 section 13.1.2.
inline bool matches(std::string_view field, std::string_view etag) {
    if (field == "*") return true;
    while (!field.empty()) {
        std::string_view one = detail::trimmed(detail::next_part(field, ','));  // our own tags hold no comma
        if (one.substr(0, 2) == "W/") one.remove_prefix(2);
        if (one == etag) return true;
    }
    return false;
}

}  // namespace examples::http
