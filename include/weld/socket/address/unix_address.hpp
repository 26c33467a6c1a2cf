// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>
#include <weld/socket/address/socket_address.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// AF_UNIX's address: a path in the file system, an abstract name, which Linux forgets with its last socket, or no name
/// at all. Equal means the same bytes: two paths to one file differ. In the kernel: struct sockaddr_un.
/// Source: unix(7).
class unix_address {
public:
    static constexpr int family = 1;  // AF_UNIX
    static constexpr std::size_t sockaddr_size_max = 110;
    static constexpr std::size_t name_size_max = 107;

    /// Unnamed: of a socket that was never bound; binding to it asks Linux for an abstract name of its own choice.
    constexpr unix_address() noexcept = default;
    /// Errors: filename_too_long (over 107 bytes), invalid_argument (empty, or a zero byte inside).
    static constexpr result<unix_address> from_path(text path) noexcept {
        if (path.size() > name_size_max)                        return errc::filename_too_long;
        if (path.empty() || path.find('\0') != text::npos) return errc::invalid_argument;
        return unix_address{path, 0};
    }
    /// Any bytes are a name, zeros included, and none at all. Errors: filename_too_long (over 107 bytes).
    static constexpr result<unix_address> from_abstract(text name) noexcept {
        if (name.size() > name_size_max) return errc::filename_too_long;
        return unix_address{name, 1};
    }

    constexpr bool is_unnamed() const noexcept { return size_ == 0; }
    constexpr bool is_abstract() const noexcept { return size_ > 0 && characters_[0] == '\0'; }
    constexpr bool is_path() const noexcept { return size_ > 0 && characters_[0] != '\0'; }
    /// The path, with a zero after its end; or the abstract name, without the zero that marks it. Lives in `*this`.
    constexpr text name() const noexcept { return text{characters_, size_}.substr(is_abstract() ? 1 : 0); }

    /// Reads "/run/echo.socket" as a path and "@echo" as an abstract name. Unnamed has no text: an empty one is more
    /// often a mistake than a wish. Errors: those of from_path and from_abstract.
    static constexpr result<unix_address> parse(text characters) noexcept {
        return characters.substr(0, 1) == "@" ? from_abstract(characters.substr(1)) : from_path(characters);
    }
    /// What parse() reads; unnamed is empty. A path that begins with '@' is printed as "./@...", the same file.
    constexpr text_buffer<109> to_text() const noexcept {
        text_buffer<109> printed;
        if (is_abstract()) printed.append('@');
        if (is_path() && characters_[0] == '@') printed.append("./");
        return printed.append(name());
    }

    /// Writes the sockaddr_un as far as it is used; answers its length. Pre: `sockaddr` holds sockaddr_size_max bytes.
    constexpr std::size_t store(span<std::byte> sockaddr) const noexcept {
        const std::size_t size = 2u + size_ + (is_path() ? 1u : 0u);  // a path's zero is part of it
        WELD_ASSERT(sockaddr.size() >= size);
        sockaddr.data()[0] = std::byte{family};
        sockaddr.data()[1] = std::byte{0};
        for (std::size_t i = 2; i < size; ++i) sockaddr.data()[i] = static_cast<std::byte>(characters_[i - 2]);
        return size;
    }
    /// Reads a sockaddr_un; two bytes alone are unnamed. A path ends at its zero, or where the bytes do.
    /// Errors: invalid_argument (under 2 or over 110 bytes; not AF_UNIX, for which Linux has no other errno here),
    /// filename_too_long (108 bytes without a zero, which Linux takes and then reports as 111).
    /// Source: unix_validate_addr and unix_mkname_bsd in net/unix/af_unix.c.
    static constexpr result<unix_address> load(span<const std::byte> sockaddr) noexcept;

    friend constexpr bool operator==(const unix_address& a, const unix_address& b) noexcept { return (a <=> b) == 0; }
    /// Unnamed, then abstract names, then paths; each by its bytes.
    friend constexpr std::strong_ordering operator<=>(const unix_address& a, const unix_address& b) noexcept {
        for (std::size_t i = 0; i < a.size_ && i < b.size_; ++i)
            if (a.characters_[i] != b.characters_[i])
                return static_cast<std::uint8_t>(a.characters_[i]) <=> static_cast<std::uint8_t>(b.characters_[i]);
        return a.size_ <=> b.size_;
    }

private:
    constexpr unix_address(text name, std::size_t offset) noexcept
        : size_{static_cast<std::uint8_t>(offset + name.size())} {
        for (std::size_t i = 0; i < name.size(); ++i) characters_[offset + i] = name[i];
    }

    char characters_[108]{};  // sun_path
    std::uint8_t size_ = 0;   // without a path's zero, with an abstract name's
};

constexpr result<unix_address> unix_address::load(span<const std::byte> sockaddr) noexcept {
    if (sockaddr.size() < 2 || sockaddr.size() > sockaddr_size_max) return errc::invalid_argument;
    if (detail::sockaddr_family(sockaddr) != family)                return errc::invalid_argument;
    char path[108]{};
    const std::size_t size = sockaddr.size() - 2;
    for (std::size_t i = 0; i < size; ++i) path[i] = static_cast<char>(sockaddr.data()[2 + i]);
    const text characters{path, size};
    if (size == 0)        return unix_address{};
    if (path[0] == '\0') return from_abstract(characters.substr(1));
    return from_path(characters.substr(0, characters.find('\0')));
}

static_assert(socket_address<unix_address>);

}  // namespace weld::inline v0
