// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace examples {

/// An open file, closed at its end.
class file {
public:
    file() noexcept = default;
    explicit file(int fd) noexcept : fd_{fd} {}
    file(file&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    file& operator=(file&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~file() {
        if (fd_ >= 0) ::close(fd_);
    }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int fd() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

// A FIFO without a writer must not stop the program, nor a terminal become its own.
inline constexpr int open_flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

/// For kernels without openat2: goes down a directory at a time, and follows no link at all.
inline file open_without_links(int root, std::string_view path) {
    file at{::fcntl(root, F_DUPFD_CLOEXEC, 0)};
    while (at && !path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string name{path.substr(0, slash)};
        const bool last = slash == std::string_view::npos;
        path = last ? std::string_view{} : path.substr(slash + 1);
        if (name == "..") return errno = EXDEV, file{};
        if (!name.empty()) at = file{::openat(at.fd(), name.c_str(), open_flags | O_NOFOLLOW | (last ? 0 : O_DIRECTORY))};
    }
    return at;
}

/// Opens `path`, which is relative, for reading; never anything outside of the directory `root`, whatever "..", links
/// or other processes' renames there are. Empty is the directory itself. On failure errno tells why; EXDEV: the way
/// leads out. Source: openat2(2), RESOLVE_BENEATH.
inline file open_beneath(int root, const std::string& path) {
    ::open_how how{};
    how.flags = open_flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const char* const name = path.empty() ? "." : path.c_str();
    for (int tries = 0; tries < 8; ++tries) {  // EAGAIN: a rename came in between
        const long fd = ::syscall(SYS_openat2, root, name, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOSYS)) return file{static_cast<int>(fd)};
        if (errno == ENOSYS) return open_without_links(root, path);
    }
    return file{};
}

}  // namespace examples
