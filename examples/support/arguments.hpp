// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/text.hpp>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace examples {

/// A program's command line: `--name VALUE`, `--name=VALUE`, `--flag` and plain words, in any order. Each question
/// takes its answer out: ask for the options first, then for the words by what they are called, as in value("HOST").
/// A mistake ends the program with one clear line, the usage and status 2; `--help` tells what the program is.
class arguments {
public:
    /// `usage` begins with the program's name; `about` is what --help says below it.
    arguments(int count, char** words, const char* usage, const char* about)
        : words_{words + (count > 0), words + count}, usage_{usage} {
        for (const char* word : words_) {
            if (std::strcmp(word, "--help") != 0) continue;
            std::printf("usage: %s [--net NET]\n\n%s\n", usage, about);
            std::exit(0);
        }
        net_ = value("--net", "host");
    }
    /// Which net was asked for; choose_net.hpp knows what that means.
    const char* net() const { return net_; }

    /// The value of an option, or the next plain word; or `otherwise`. Without an `otherwise` it is required.
    const char* value(const char* name, const char* otherwise = nullptr) {
        if (name[0] != '-') return word(name, otherwise);
        const std::size_t length = std::strlen(name);
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if (std::strncmp(words_[i], name, length) != 0) continue;
            if (words_[i][length] == '=') return take(i) + length + 1;
            if (words_[i][length] != '\0') continue;
            if (i + 1 == words_.size()) fail("%s needs a value", name);
            take(i);
            return take(i);
        }
        if (otherwise == nullptr) fail("%s is missing", name);
        return otherwise;
    }
    /// A whole number within limits, or `otherwise`.
    std::int64_t number(const char* name, std::int64_t least, std::int64_t most, const char* otherwise = nullptr) {
        const char* const word = value(name, otherwise);
        char* end = nullptr;
        const long long read = std::strtoll(word, &end, 10);
        if (*word == '\0' || *end != '\0' || read < least || read > most)
            fail("%s %s: a number from %lld to %lld is wanted", name, word, static_cast<long long>(least), static_cast<long long>(most));
        return read;
    }
    std::uint16_t port(const char* name, const char* otherwise = nullptr) {
        return static_cast<std::uint16_t>(number(name, 0, 65535, otherwise));
    }
    /// A length of time in seconds, as 0.2 or 10, or `otherwise`.
    weld::duration seconds(const char* name, const char* otherwise = nullptr) {
        const char* const word = value(name, otherwise);
        char* end = nullptr;
        const double read = std::strtod(word, &end);
        if (*word == '\0' || *end != '\0' || !(read >= 0 && read <= 1e9)) fail("%s %s: seconds are wanted, as 0.2 or 10", name, word);
        return weld::duration::nanoseconds(static_cast<std::int64_t>(read * 1e9));
    }
    /// Whether an option is there; it stays.
    bool has(const char* name) const {
        const std::size_t length = std::strlen(name);
        for (const char* const word : words_)
            if (std::strncmp(word, name, length) == 0 && (word[length] == '\0' || word[length] == '=')) return true;
        return false;
    }
    /// True where the word is there.
    bool flag(const char* name) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            if (std::strcmp(words_[i], name) == 0) return take(i) != nullptr;
        return false;
    }
    /// Nothing may be left over.
    void end() {
        if (!words_.empty()) fail("%s: not expected here", word("", nullptr));
    }

    /// What is on the command line is wrong.
    [[noreturn, gnu::format(printf, 2, 3)]] void fail(const char* format, ...) const {
        std::va_list values;
        va_start(values, format);
        print(format, values);
        va_end(values);
        std::fprintf(stderr, "usage: %s [--net NET]   (--help tells more)\n", usage_);
        std::exit(2);
    }
    /// It is well formed, and the world does not have what it names.
    [[noreturn, gnu::format(printf, 2, 3)]] void stop(const char* format, ...) const {
        std::va_list values;
        va_start(values, format);
        print(format, values);
        va_end(values);
        std::exit(2);
    }

private:
    [[gnu::format(printf, 2, 0)]] void print(const char* format, std::va_list values) const {
        std::fprintf(stderr, "%.*s: ", static_cast<int>(std::strcspn(usage_, " ")), usage_);
        std::vfprintf(stderr, format, values);
        std::fputc('\n', stderr);
    }
    const char* word(const char* name, const char* otherwise) {
        if (!words_.empty() && words_[0][0] == '-' && words_[0][1] != '\0') fail("%s: there is no such option", words_[0]);
        if (!words_.empty()) return take(0);
        if (otherwise == nullptr) fail("%s is missing", name);
        return otherwise;
    }
    const char* take(std::size_t i) {
        const char* const word = words_[i];
        words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i));
        return word;
    }
    std::vector<const char*> words_;
    const char* usage_;
    const char* net_;
};

}  // namespace examples
