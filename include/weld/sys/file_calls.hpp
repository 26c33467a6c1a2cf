// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor_calls.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace weld::inline v0::sys {

/// openat(2), closed on exec. A relative `path` begins at the directory `at`, or at the working directory for AT_FDCWD.
/// `mode` are the permissions of a file that is made (O_CREAT).
template <entry_policy Sys>
result<int> openat(Sys sys, int at, const char* path, int flags, unsigned mode = 0) noexcept {
    return detail::restarting<number::openat, int>(sys, at, path, flags | O_CLOEXEC, mode);
}
/// fstat(2).
template <entry_policy Sys>
result<struct ::stat> fstat(Sys sys, int fd) noexcept {
    struct ::stat about{};
    const auto done = answer(sys.template call<number::fstat>(fd, &about));
    if (!done) return done.error();
    return about;
}
/// pread(2): reads at an offset, and leaves the file's own where it is.
template <entry_policy Sys>
result<std::size_t> pread(Sys sys, int fd, span<std::byte> buffer, std::int64_t offset) noexcept {
    return detail::restarting<number::pread64, std::size_t>(sys, fd, buffer.data(), buffer.size(), offset);
}
/// sendfile(2): from a file to a socket inside the kernel, `size` bytes at the most. `offset` moves on by what was sent.
template <entry_policy Sys>
result<std::size_t> sendfile(Sys sys, int socket, int file, std::int64_t& offset, std::size_t size) noexcept {
    return detail::restarting<number::sendfile, std::size_t>(sys, socket, file, &offset, size);
}
/// fcntl(2) with a number for its argument: F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, ...
template <entry_policy Sys>
result<int> fcntl(Sys sys, int fd, int command, int argument = 0) noexcept {
    return detail::restarting<number::fcntl, int>(sys, fd, command, argument);
}
/// dup(2).
template <entry_policy Sys>
result<int> dup(Sys sys, int fd) noexcept {
    return answer<int>(sys.template call<number::dup>(fd));
}
/// mmap(2), where the kernel likes to have it.
template <entry_policy Sys>
result<std::byte*> mmap(Sys sys, std::size_t size, int protection, int flags, int fd, std::int64_t offset) noexcept {
    const long raw = sys.template call<number::mmap>(nullptr, size, protection, flags, fd, offset);
    if (raw < 0 && raw >= -4095) return static_cast<errc>(-raw);
    return reinterpret_cast<std::byte*>(raw);
}
/// munmap(2).
template <entry_policy Sys>
result<> munmap(Sys sys, void* from, std::size_t size) noexcept {
    return answer(sys.template call<number::munmap>(from, size));
}

}  // namespace weld::inline v0::sys
