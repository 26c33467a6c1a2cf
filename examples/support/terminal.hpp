// SPDX-License-Identifier: BSL-1.0
// How the tour prints: with colours, rules and signs of life on a terminal, and plain elsewhere.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace examples::terminal {

inline const bool is_there = ::isatty(STDOUT_FILENO) == 1;
inline const bool has_colours = is_there && std::getenv("NO_COLOR") == nullptr;

inline std::size_t columns() {
    ::winsize size{};
    if (!is_there || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return 150;
    return size.ws_col;
}
inline std::string coloured(const char* code, const std::string& words) {
    return has_colours ? std::string{"\033["} + code + 'm' + words + "\033[0m" : words;
}
inline std::string bold(const std::string& words) { return coloured("1", words); }
inline std::string dim(const std::string& words) { return coloured("2", words); }
inline std::string good(const std::string& words) { return coloured("32", words); }
inline std::string bad(const std::string& words) { return coloured("1;31", words); }

/// A heading, with a rule below it where there is a terminal.
inline void heading(const std::string& words) {
    std::string rule;
    if (is_there)
        for (std::size_t i = 0; i < columns() && i < 110; ++i) rule += "\u2500";
    std::printf("\n%s\n%s", coloured("1;36", words).c_str(), is_there ? (dim(rule) + '\n').c_str() : "");
    std::fflush(stdout);
}

/// Says what is going on, until `done` takes it away again; on a terminal alone.
inline void working(const std::string& words) {
    if (!is_there) return;
    std::printf("%s", dim(words).c_str());
    std::fflush(stdout);
}
inline void done() {
    if (is_there) std::printf("\r\033[K");
}

/// Runs a command of the shell and gives each line that it prints to `each`. Where nothing comes for two seconds a terminal
/// shows how long it has been. True when it ended with 0.
template <class Each>
bool run(const std::string& command, Each&& each) {
    std::fflush(stdout);
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return false;
    std::string line;
    const auto put = [&] {
        done();
        if (!line.empty()) each(line);
        line.clear();
    };
    for (int seconds = 0;;) {
        ::pollfd readable{::fileno(pipe), POLLIN, 0};
        if (::poll(&readable, 1, 1000) == 0) {
            if (++seconds >= 2) done(), working("  " + std::to_string(seconds) + " s ...");
            continue;
        }
        char part[4096];
        const auto got = ::read(readable.fd, part, sizeof part);
        if (got <= 0) break;
        for (const char c : std::string{part, static_cast<std::size_t>(got)})
            if (c != '\n') line += c;
            else put();
        std::fflush(stdout);
    }
    put();
    return ::pclose(pipe) == 0;
}

}  // namespace examples::terminal
