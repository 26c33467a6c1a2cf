// SPDX-License-Identifier: BSL-1.0
#include <weld/io/signals.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/awaitable.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <signal.h>
#include <unistd.h>

using namespace weld::literals;

namespace {
bool blocked(int number) {
    ::sigset_t now;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    return ::sigismember(&now, number) == 1;
}
}  // namespace

static_assert(weld::cancellable<decltype(std::declval<weld::signals<support::host_net>&>().next())>);

TEST_CASE("a signal is something to wait for, and blocked meanwhile", "[signals]") {
    support::host_net net{weld::host::inet{}};
    {
        auto signals = weld::open_signals(net, {SIGUSR1, SIGUSR2});
        REQUIRE(signals);
        CHECK(blocked(SIGUSR1));
        CHECK(signals->try_next() == weld::errc::resource_unavailable_try_again);
        ::raise(SIGUSR2);
        const auto got = weld::block_on(net, signals->next());
        REQUIRE(got);
        CHECK(got->number == SIGUSR2);
        CHECK(got->sender == ::getpid());
        CHECK(weld::block_on(net, signals->next(5_ms)) == weld::errc::timed_out);
        ::raise(SIGUSR1);  // nobody asks for it: it must not end the program below
    }
    CHECK_FALSE(blocked(SIGUSR1));
}

TEST_CASE("signals that were blocked before stay so", "[signals]") {
    support::host_net net{weld::host::inet{}};
    ::sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &one, nullptr);
    {
        const auto signals = weld::open_signals(net, {SIGUSR1, SIGUSR2});
        REQUIRE(signals);
    }
    CHECK(blocked(SIGUSR1));
    CHECK_FALSE(blocked(SIGUSR2));
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

TEST_CASE("stop_on_signal ends run, and the tasks with the net", "[signals]") {
    bool destroyed = false;
    {
        support::host_net net{weld::host::inet{}};
        struct mark {
            bool& at;
            ~mark() { at = true; }
        };
        net.spawn([](auto& of, bool& to) -> weld::task<> {
            const mark end{to};
            co_await weld::sleep(of, 1_h);
        }(net, destroyed));
        net.spawn(weld::stop_on_signal(net, {SIGINT, SIGTERM}));
        net.spawn([](auto& of) -> weld::task<> {
            co_await weld::sleep(of, 2_ms);
            ::raise(SIGTERM);
        }(net));
        net.run();
        CHECK_FALSE(destroyed);
    }
    CHECK(destroyed);
    CHECK_FALSE(blocked(SIGTERM));
}
