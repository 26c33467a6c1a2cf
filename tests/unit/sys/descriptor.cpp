// SPDX-License-Identifier: BSL-1.0
#include <weld/sys/descriptor.hpp>

#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <type_traits>

using weld::sys::descriptor;

static_assert(!std::is_copy_constructible_v<descriptor> && std::is_nothrow_move_constructible_v<descriptor>);
static_assert(!std::is_convertible_v<int, descriptor>);

namespace {
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
int fresh() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

/// Counts what is closed, and passes it on.
struct counting {
    int* closed;
    template <weld::sys::number Number, class... Arguments>
    long call(Arguments... arguments) const noexcept {
        if (Number == weld::sys::number::close) ++*closed;
        return weld::sys::direct::call<Number>(arguments...);
    }
};
}  // namespace

TEST_CASE("a descriptor closes itself", "[descriptor]") {
    const int fd = fresh();
    {
        const descriptor owner{fd};
        CHECK(owner);
        CHECK(owner.fd() == fd);
    }
    CHECK_FALSE(is_open(fd));
}
TEST_CASE("moving leaves nothing behind", "[descriptor]") {
    descriptor first{fresh()};
    const int fd = first.fd();
    descriptor second{std::move(first)};
    CHECK_FALSE(first);
    CHECK(second.fd() == fd);
    descriptor third{fresh()};
    const int replaced = third.fd();
    third = std::move(second);
    CHECK_FALSE(is_open(replaced));
    CHECK(is_open(fd));
    auto& same = third;
    third = std::move(same);
    CHECK(is_open(fd));
    third.close();
    third.close();
    CHECK_FALSE(is_open(fd));
}
TEST_CASE("what is released stays open", "[descriptor]") {
    int fd = -1;
    {
        descriptor owner{fresh()};
        fd = owner.release();
    }
    CHECK(is_open(fd));
    ::close(fd);
}
TEST_CASE("a descriptor is closed through its own way into the kernel, once", "[descriptor]") {
    int closed = 0;
    {
        weld::sys::basic_descriptor<counting> owner{fresh(), counting{&closed}};
        auto moved = std::move(owner);
    }
    CHECK(closed == 1);
}
