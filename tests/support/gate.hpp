// SPDX-License-Identifier: BSL-1.0
// What tests of tasks wait for: a gate that the test opens, and marks that tell what was destroyed.
#pragma once

#include <weld/core/run_queue.hpp>

#include <coroutine>
#include <vector>

#include "support/archetypes.hpp"

namespace support {

/// Whoever awaits `pass()` waits until `open()`; it gives the number that open was told.
class gate {
    struct passing : weld::runnable {
        static constexpr bool cancel_safe = true;
        explicit passing(gate& of) noexcept : runnable{&go_on}, gate_{&of} {}
        bool await_ready() const noexcept { return gate_->is_open_; }
        void await_suspend(std::coroutine_handle<> awaiting) noexcept {
            awaiting_ = awaiting;
            gate_->waiting_.push_back(*this);
        }
        int await_resume() const noexcept { return gate_->number_; }
        static void go_on(weld::runnable& entry) { static_cast<passing&>(entry).awaiting_.resume(); }
        gate* gate_;
        std::coroutine_handle<> awaiting_;
    };

public:
    explicit gate(weld::run_queue& ready) noexcept : ready_{&ready} {}
    passing pass() noexcept { return passing{*this}; }
    void open(int number = 0) noexcept {
        number_ = number;
        is_open_ = true;
        while (!waiting_.empty()) ready_->push(waiting_.pop_front());
    }
    bool nobody_waits() const noexcept { return waiting_.empty(); }

private:
    weld::run_queue* ready_;
    weld::list<weld::runnable> waiting_;
    int number_ = 0;
    bool is_open_ = false;
};

/// Writes its number down when it ends.
struct mark {
    mark(std::vector<int>& into, int which) : to{&into}, number{which} {}
    mark(mark&& other) noexcept : to{other.to}, number{other.number} { other.to = nullptr; }
    ~mark() {
        if (to != nullptr) to->push_back(number);
    }
    std::vector<int>* to;
    int number;
};

}  // namespace support
