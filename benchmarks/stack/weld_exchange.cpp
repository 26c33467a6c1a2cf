// SPDX-License-Identifier: BSL-1.0
// Short conversations over weld's TCP/IP in memory, with headers and checksums at both ends. Time is this program's: a
// millisecond passes with every connection, so that counts repeat, and TIME_WAIT ends as often as it begins.
#include "support/exchange.hpp"

#include <weld/device/memory.hpp>
#include <weld/socket/listen.hpp>
#include <weld/stack.hpp>

#include <cstdlib>
#include <vector>

namespace {

namespace own = weld::stack;

class clock {
public:
    using role = weld::role::event_source;
    clock() = default;
    clock(clock&& other) noexcept : now_{other.now_} {}
    weld::time_point now() noexcept { return now_; }
    weld::run_queue& runnable() noexcept { return runnable_; }
    weld::timer_wheel& timers() noexcept { return timers_; }
    void wait(weld::time_point until) noexcept {
        if (until == weld::time_point::never()) std::abort();  // nothing would ever happen
        if (until > now_) now_ = until;
    }
    void pass(weld::duration time) noexcept {
        now_ = now_ + time;
        timers_.expire(now_, runnable_);
    }

private:
    weld::time_point now_{weld::duration::seconds(1)};
    weld::run_queue runnable_;
    weld::timer_wheel timers_{now_};
};

class stack {
    using device = decltype(std::declval<weld::device::memory_link<>&>().left());
    using net = decltype(weld::net{own::interface{"eth0", own::ethernet{std::declval<device>()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{},
                                   weld::shared{std::declval<clock&>()}, weld::seed{1}});
    using socket = weld::socket<net, weld::tcp>;
    struct pair {
        socket client, server;
    };

public:
    bool open() {
        time_.pass(weld::duration::milliseconds(1));
        auto client = near_.socket(weld::tcp);
        if (!client || client->try_connect(address_).error() != weld::errc::operation_in_progress) return false;
        settle();
        if (!client->try_connect(address_)) return false;
        auto server = listener_.try_accept();
        if (!server) return false;
        pairs_.push_back({std::move(*client), std::move(*server)});
        return true;
    }
    bool round_trip() {
        pair& at = pairs_.back();
        return cross(at.client, at.server) && cross(at.server, at.client);
    }
    bool close() {
        {
            const socket client = std::move(pairs_.back().client);
        }
        settle();
        std::byte none[1];
        if (pairs_.back().server.try_recv(none) != 0u) return false;
        pairs_.pop_back();
        settle();
        return true;
    }

private:
    bool cross(socket& from, socket& to) {
        std::byte message[exchange::message_size]{}, got[2 * exchange::message_size];
        if (from.try_send(message) != sizeof message) return false;
        settle();
        return to.try_recv(got) == sizeof message;
    }
    void settle() {
        while (!time_.runnable().empty()) time_.runnable().run(256);
    }

    clock time_;
    weld::device::memory_link<> wire_{{}};
    net near_{own::interface{"eth0", own::ethernet{wire_.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{time_}, weld::seed{1}};
    net far_{own::interface{"eth0", own::ethernet{wire_.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{time_}, weld::seed{2}};
    weld::endpoint4 address_{weld::address4{{10, 0, 0, 2}}, 7};
    socket listener_ = *weld::listen(far_, weld::tcp, address_);
    std::vector<pair> pairs_;
};

}  // namespace

int main(int count, char** words) {
    stack both;
    return exchange::run(both, count, words);
}
