// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace weld::inline v0 {

/// Characters that belong to somebody else: what std::string_view is, and converts from it, from std::string and
/// from literals, without the twelve thousand lines of <string_view>. Lives no longer than what it views.
class text {
public:
    constexpr text() noexcept = default;
    constexpr text(const char* first, std::size_t size) noexcept : data_{first}, size_{size} {}
    constexpr text(const char* zero_terminated) noexcept : data_{zero_terminated}, size_{length(zero_terminated)} {}
    template <class String>
        requires requires(const String& s) { static_cast<const char*>(s.data()); static_cast<std::size_t>(s.size()); }
    constexpr text(const String& s) noexcept : data_{s.data()}, size_{s.size()} {}

    constexpr const char* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const char* begin() const noexcept { return data_; }
    constexpr const char* end() const noexcept { return data_ + size_; }
    constexpr char operator[](std::size_t i) const noexcept { return data_[i]; }
    /// The characters from `first` on, `count` at the most; empty where `first` is past the end.
    constexpr text substr(std::size_t first, std::size_t count = npos) const noexcept {
        if (first > size_) first = size_;
        return {data_ + first, count < size_ - first ? count : size_ - first};
    }
    /// Where `c` stands first, or `npos`.
    constexpr std::size_t find(char c) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (data_[i] == c) return i;
        return npos;
    }
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    friend constexpr bool operator==(text a, text b) noexcept {
        if (a.size_ != b.size_) return false;
        for (std::size_t i = 0; i < a.size_; ++i)
            if (a.data_[i] != b.data_[i]) return false;
        return true;
    }

private:
    static constexpr std::size_t length(const char* s) noexcept {
        std::size_t n = 0;
        while (s[n] != '\0') ++n;
        return n;
    }
    const char* data_ = "";
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0
