// SPDX-License-Identifier: BSL-1.0
// The least coroutines can cost without a library: one for every connection, resumed from the loop by its handle, nothing
// to cancel, no timer, no result; one buffer, the inline system call instruction.  Usage: minimal_coroutine PORT
#include "support/echo.hpp"

#include <weld/sys/direct.hpp>
#include <weld/sys/epoll_calls.hpp>

#include <coroutine>

namespace {

namespace sys = weld::sys;
constexpr sys::direct kernel;
std::byte buffer[benchmark::buffer_size];

/// A coroutine that nobody waits for.
struct detached {
    struct promise_type {
        detached get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::abort(); }
    };
};

/// In the frame of its coroutine; epoll's event points at it.
struct connection {
    std::coroutine_handle<> waiter{};
    int fd;
    unsigned events = 0;  // of the last report

    /// The next report, of whatever kind: who waits looks again.
    auto event() noexcept {
        struct awaiter {
            connection& at;
            bool await_ready() noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) noexcept { at.waiter = handle; }
            void await_resume() noexcept {}
        };
        return awaiter{*this};
    }
    bool may_have_more(std::size_t got) const noexcept {
        return got == sizeof buffer || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    }
};

detached serve(int epoll, int fd) {
    connection at{.fd = fd};
    epoll_event interest{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {}};
    interest.data.ptr = &at;
    bool open = sys::epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fd, interest).has_value();
    while (open) {
        co_await at.event();
        for (;;) {
            const auto got = sys::recv(kernel, fd, buffer, 0);
            if (!got && weld::try_again(got.error())) break;
            if (!got || *got == 0) {
                open = false;
                break;
            }
            const auto sent = sys::send(kernel, fd, {buffer, *got}, MSG_NOSIGNAL);
            if (sent != *got) [[unlikely]] {
                const std::size_t size = *got - sent.value_or(0);
                auto* const rest = static_cast<std::byte*>(std::malloc(size));  // the buffer is others' meanwhile
                std::memcpy(rest, buffer + (*got - size), size);
                for (std::size_t done = 0; open && done < size;) {
                    co_await at.event();
                    const auto more = sys::send(kernel, fd, {rest + done, size - done}, MSG_NOSIGNAL);
                    done += more.value_or(0);
                    open = more || weld::try_again(more.error());
                }
                std::free(rest);
                if (!open) break;
                continue;
            }
            if (!at.may_have_more(*got)) break;
        }
    }
    static_cast<void>(sys::close(kernel, fd));
}

}  // namespace

int main(int, char** arguments) {
    const int listener = benchmark::listening_socket(arguments[1]);
    const int epoll = *sys::epoll_create(kernel);
    epoll_event interest{EPOLLIN, {}};
    static_cast<void>(sys::epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, listener, interest));
    for (;;) {
        epoll_event events[64];
        const auto count = sys::epoll_wait(kernel, epoll, events, weld::duration::infinite());
        for (int i = 0; i < count.value_or(0); ++i) {
            if (auto* const at = static_cast<connection*>(events[i].data.ptr)) {
                at->events = events[i].events;
                at->waiter.resume();
            } else if (const auto fd = sys::accept(kernel, listener, SOCK_NONBLOCK)) {
                serve(epoll, *fd);
            }
        }
    }
}
