// SPDX-License-Identifier: BSL-1.0
#include <weld/sys/direct.hpp>

#include <weld/sys/descriptor_calls.hpp>
#include <weld/sys/event_calls.hpp>
#include <weld/sys/file_calls.hpp>
#include <weld/sys/libc.hpp>
#include <weld/sys/signal_calls.hpp>
#include <weld/sys/socket_calls.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <span>

namespace sys = weld::sys;
using weld::errc;

static_assert(sys::entry_policy<sys::direct> && sys::entry_policy<sys::libc>);
static_assert(!sys::entry_policy<int>);
static_assert(std::is_empty_v<sys::direct>);
static_assert(int{SIG_BLOCK} == static_cast<int>(sys::mask_change::block) && int{SIG_UNBLOCK} == static_cast<int>(sys::mask_change::unblock) &&
              int{SIG_SETMASK} == static_cast<int>(sys::mask_change::set));

TEMPLATE_TEST_CASE("every way into the kernel answers alike", "[sys]", sys::direct, sys::libc) {
    TestType kernel;
    errno = 0;

    CHECK(kernel.template call<sys::number::getpid>() == ::getpid());
    CHECK(sys::close(kernel, -1).error() == errc::bad_file_descriptor);

    SECTION("sockets") {
        int pair[2];
        REQUIRE(sys::socketpair(kernel, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
        std::array<std::byte, 8> buffer{};
        CHECK(sys::recv(kernel, pair[0], buffer, 0) == errc::resource_unavailable_try_again);
        CHECK(sys::send(kernel, pair[1], std::as_bytes(std::span{"hello", 5}), MSG_NOSIGNAL) == 5u);
        CHECK(sys::poll(kernel, pair[0], POLLIN, weld::duration::seconds(1)) == POLLIN);
        CHECK(sys::recv(kernel, pair[0], buffer, 0) == 5u);
        CHECK(sys::poll(kernel, pair[0], POLLIN, weld::duration::milliseconds(1)) == 0);
        CHECK(sys::shutdown(kernel, pair[0], SHUT_RDWR));
        CHECK(sys::send(kernel, pair[1], std::as_bytes(std::span{"x", 1}), MSG_NOSIGNAL) == errc::broken_pipe);
        CHECK(sys::close(kernel, pair[0]));
        CHECK(sys::close(kernel, pair[1]));
        CHECK(sys::socket(kernel, 12345, SOCK_STREAM, 0) == errc::address_family_not_supported);
    }
    SECTION("eventfd") {
        const auto fd = sys::eventfd(kernel);
        REQUIRE(fd);
        CHECK(sys::eventfd_take(kernel, *fd) == errc::resource_unavailable_try_again);
        CHECK(sys::eventfd_add(kernel, *fd, 3));
        CHECK(sys::eventfd_take(kernel, *fd) == 3u);
        CHECK(sys::close(kernel, *fd));
    }
    SECTION("files") {
        CHECK(sys::openat(kernel, AT_FDCWD, "/nowhere/at/all", O_RDONLY) == errc::no_such_file_or_directory);
        const auto fd = sys::openat(kernel, AT_FDCWD, "/proc/self/exe", O_RDONLY);
        REQUIRE(fd);
        const auto about = sys::fstat(kernel, *fd);
        REQUIRE(about);
        CHECK(about->st_size > 4);
        std::array<std::byte, 3> magic{};
        CHECK(sys::pread(kernel, *fd, magic, 1) == 3u);
        CHECK(std::memcmp(magic.data(), "ELF", 3) == 0);
        const auto page = sys::mmap(kernel, 4096, PROT_READ, MAP_PRIVATE, *fd, 0);
        REQUIRE(page);
        CHECK((*page)[1] == std::byte{'E'});
        CHECK(sys::munmap(kernel, *page, 4096));
        CHECK(sys::mmap(kernel, 0, PROT_READ, MAP_PRIVATE, *fd, 0) == errc::invalid_argument);
        int pair[2];
        REQUIRE(sys::socketpair(kernel, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        std::int64_t offset = 1;
        CHECK(sys::sendfile(kernel, pair[0], *fd, offset, 3) == 3u);
        CHECK(offset == 4);
        CHECK(sys::read(kernel, pair[1], magic) == 3u);
        CHECK(std::memcmp(magic.data(), "ELF", 3) == 0);
        const auto copy = sys::dup(kernel, *fd);
        REQUIRE(copy);
        CHECK(sys::fcntl(kernel, *copy, F_GETFD) == 0);
        for (const int open : {pair[0], pair[1], *copy, *fd}) CHECK(sys::close(kernel, open));
    }
    SECTION("signals") {
        const weld::signal_set some{SIGUSR1, SIGRTMAX};
        const auto before = sys::sigprocmask(kernel, sys::mask_change::block, some);
        REQUIRE(before);
        CHECK((*before & some).empty());
        ::sigset_t now;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
        CHECK(::sigismember(&now, SIGUSR1) == 1);
        CHECK(::sigismember(&now, SIGRTMAX) == 1);
        CHECK(::sigismember(&now, SIGUSR2) == ::sigismember(&now, SIGHUP));
        const auto during = sys::sigprocmask(kernel, sys::mask_change::unblock, {SIGUSR1});
        CHECK(during == (*before | some));
        CHECK(sys::sigprocmask(kernel, sys::mask_change::set, *before) == (*before | weld::signal_set{SIGRTMAX}));
        weld::signal_set asked;
        CHECK(kernel.template call<sys::number::rt_sigprocmask>(SIG_BLOCK, nullptr, &asked, sizeof asked) == 0);
        CHECK(asked == *before);
        CHECK(kernel.template call<sys::number::rt_sigprocmask>(SIG_SETMASK, &asked, nullptr, sizeof asked) == 0);
        CHECK(kernel.template call<sys::number::rt_sigprocmask>(17, &asked, nullptr, sizeof asked) == -EINVAL);
    }
    if constexpr (std::is_same_v<TestType, sys::direct>) CHECK(errno == 0);
}

TEST_CASE("the calls ask nothing of a policy but call", "[sys]") {
    support::no_kernel none;
    CHECK(sys::eventfd(none) == errc::function_not_supported);
    CHECK(sys::close(none, 0).error() == errc::function_not_supported);
    CHECK(sys::mmap(none, 1, 0, 0, 0, 0) == errc::function_not_supported);
}
