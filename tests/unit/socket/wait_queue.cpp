// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/wait_queue.hpp>

#include "support/catch.hpp"

#include <vector>

using weld::events;

namespace {
struct waiter : weld::wait_entry {
    waiter(std::vector<int>& into, int which, events what, bool exclusive = false)
        : wait_entry{&woken, what, exclusive}, to{into}, number{which} {}
    static void woken(weld::runnable& entry) {
        auto& self = static_cast<waiter&>(entry);
        self.to.push_back(self.number);
    }
    std::vector<int>& to;
    int number;
};
}  // namespace

TEST_CASE("an event wakes those who wait for it, in their order", "[wait_queue]") {
    std::vector<int> woken;
    weld::run_queue ready;
    weld::wait_queue queue;
    waiter reader{woken, 1, events::readable}, writer{woken, 2, events::writable}, both{woken, 3, events::readable | events::writable};
    queue.add(reader);
    queue.add(writer);
    queue.add(both);
    queue.wake(events::readable, ready);
    CHECK(woken.empty());  // their turn comes later
    ready.run(10);
    CHECK(woken == std::vector{1, 3});
    queue.wake(events::error, ready);  // concerns everybody
    ready.run(10);
    CHECK(woken == std::vector{1, 3, 2});
    CHECK(queue.empty());
}

TEST_CASE("one event wakes one exclusive entry and all others", "[wait_queue]") {
    std::vector<int> woken;
    weld::run_queue ready;
    weld::wait_queue queue;
    waiter first{woken, 1, events::readable, true}, second{woken, 2, events::readable, true}, third{woken, 3, events::readable};
    queue.add(first);
    queue.add(second);
    queue.add(third);
    queue.wake(events::readable, ready);
    ready.run(10);
    CHECK(woken == std::vector{1, 3});
    queue.wake(events::readable, ready);
    ready.run(10);
    CHECK(woken == std::vector{1, 3, 2});
}

TEST_CASE("whoever is destroyed waits no more, neither in the queue nor for his turn", "[wait_queue]") {
    std::vector<int> woken;
    weld::run_queue ready;
    weld::wait_queue queue;
    {
        waiter in_queue{woken, 1, events::readable}, for_turn{woken, 2, events::writable};
        queue.add(in_queue);
        queue.add(for_turn);
        queue.wake(events::writable, ready);
        CHECK_FALSE(ready.empty());
    }
    CHECK(queue.empty());
    CHECK(ready.empty());
    ready.run(10);
    CHECK(woken.empty());
}

TEST_CASE("one alone is told apart", "[wait_queue]") {
    std::vector<int> woken;
    weld::wait_queue queue;
    CHECK_FALSE(queue.one_waits_for(events::readable));
    waiter first{woken, 1, events::readable};
    queue.add(first);
    CHECK(queue.one_waits_for(events::readable));
    CHECK(queue.one_waits_for(events::hangup));
    CHECK_FALSE(queue.one_waits_for(events::writable));
    waiter second{woken, 2, events::writable};
    queue.add(second);
    CHECK_FALSE(queue.one_waits_for(events::readable));
    CHECK(&queue.pop() == &first);
}
