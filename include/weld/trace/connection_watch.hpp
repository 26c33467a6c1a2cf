// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/crossing.hpp>
#include <weld/socket/sock_diag.hpp>
#include <weld/trace/words.hpp>

#include <string>
#include <utility>
#include <vector>

namespace weld::inline v0::trace {

/// Looks at the connections of a net after each crossing that its recorder sees, and notes which have another state and
/// which of their timers were set or stopped: stations of layer::state and layer::timer. Those that a net's parts tell by
/// `dump`, as net.dump() prints them. In the kernel: the tracepoints sock:inet_sock_set_state and timer:timer_start.
///
///     weld::trace::connection_watch watch{net};
///     net.trace().start();
///
/// Pre: it ends before the net, and the headers with the parts' `dump` are included (weld/std/dump.hpp).
template <class Net>
class connection_watch {
public:
    explicit connection_watch(Net& net) : net_{net} {
        net.trace().watch_with(+[](void* self) { static_cast<connection_watch*>(self)->look(); }, this);
    }
    connection_watch(const connection_watch&) = delete;
    connection_watch& operator=(const connection_watch&) = delete;
    ~connection_watch() { net_.trace().watch_with(nullptr, nullptr); }

    /// Compares the sockets with those of the last time.
    void look() {
        for (seen& each : seen_) each.there = false;
        net_.for_each_part([&](auto& part) {
            if constexpr (requires { part.dump(net_, [](const sock_diag&) {}); })
                part.dump(net_, [&](const sock_diag& row) { compare(row); });
        });
        for (seen& each : seen_)
            if (!each.there && each.state != gone) {
                stop_all(each);
                note(each, layer::state, gone);
                each.state = gone;
            }
    }

private:
    static constexpr const char* gone = "CLOSED";
    struct timer_seen {
        std::string name;
        bool there;
    };
    struct seen {
        std::string name;
        text state;
        std::vector<timer_seen> timers;
        bool there;
    };
    void compare(const sock_diag& row) {
        if (row.state == text{"UNCONN"}) return;  // no connection yet, or not any more
        const std::string name = word(row.local) + (row.state == text{"LISTEN"} ? "" : " > " + word(row.peer));
        std::size_t at = 0;
        while (at < seen_.size() && seen_[at].name != name) ++at;
        if (at == seen_.size()) seen_.push_back({name, {}, {}, true});
        seen& now = seen_[at];
        now.there = true;
        if (now.state != row.state) {
            note(now, layer::state, row.state.data());
            now.state = row.state;
        }
        for (timer_seen& each : now.timers) each.there = false;
        for (const sock_diag_timer& each : row.timers)
            if (!each.name.empty()) set(now, each);
        for (std::size_t i = 0; i < now.timers.size();)
            if (now.timers[i].there) ++i;
            else stop(now, i);
    }
    void set(seen& of, const sock_diag_timer& timer) {
        for (timer_seen& each : of.timers)
            if (text{each.name} == timer.name) return static_cast<void>(each.there = true);
        of.timers.push_back({word(timer.name), true});
        note(of, layer::timer, word(timer.name) + " in " + std::to_string((timer.due - net_.now()).microseconds() / 1000) + " ms");
    }
    void stop(seen& of, std::size_t at) {
        note(of, layer::timer, of.timers[at].name + " over");
        of.timers.erase(of.timers.begin() + static_cast<std::ptrdiff_t>(at));
    }
    void stop_all(seen& of) {
        while (!of.timers.empty()) stop(of, 0);
    }
    void note(const seen& of, layer at, std::string what) {
        net_.trace().note(net_.now(), at, at == layer::state ? "state" : "timer", at == layer::state ? "inet_sock_set_state" : "sk_reset_timer, sk_stop_timer", of.name, std::move(what));
    }

    Net& net_;
    std::vector<seen> seen_;
};

}  // namespace weld::inline v0::trace
