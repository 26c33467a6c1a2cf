// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/io/descriptor_ops.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/event_calls.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace weld::inline v0 {

/// Work on its way to another thread. It lies inside its owner and stays there until it has run.
struct posted {
    explicit posted(void (*function)(posted&)) noexcept : run{function} {}
    void (*run)(posted&);
    /// Called instead of `run` where the mailbox ends first.
    void (*drop)(posted&) = [](posted&) {};
    posted* next = nullptr;
};

namespace detail {
/// Where all threads post and one takes: a stack that is taken whole and turned round. In the kernel: struct llist_head.
class letter_stack {
public:
    /// True where it was empty, and the taker has to be told.
    bool push(posted& letter) noexcept {
        posted* top = __atomic_load_n(&top_, __ATOMIC_RELAXED);
        do letter.next = top;
        while (!__atomic_compare_exchange_n(&top_, &top, &letter, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
        return top == nullptr;
    }
    /// Everything, the oldest first, linked by `next`.
    posted* take() noexcept {
        posted* newest = __atomic_exchange_n(&top_, nullptr, __ATOMIC_ACQUIRE);
        posted* oldest = nullptr;
        while (newest != nullptr) {
            posted* const next = newest->next;
            newest->next = std::exchange(oldest, newest);
            newest = next;
        }
        return oldest;
    }

private:
    posted* top_ = nullptr;
};

template <class Work>
struct posted_call : posted {
    explicit posted_call(Work&& call) : posted{&called}, work{std::move(call)} { drop = &dropped; }
    static void called(posted& letter) {
        auto& self = static_cast<posted_call&>(letter);
        struct end {
            ~end() { delete whose; }
            posted_call* whose;
        } const deleted{&self};
        self.work();
    }
    static void dropped(posted& letter) { delete &static_cast<posted_call&>(letter); }
    Work work;
};
}  // namespace detail

/// The way into a net from other threads, and the only one: what is posted runs on the net's thread, in the order of
/// posting per thread. A burst wakes the net once.
///
///     weld::mailbox box{net};
///     std::thread other{[&] { box.post([&] { net.stop(); }); }};
///
/// Pre: nobody begins to post when it ends; a `post` that was begun is waited for. What has not run is destroyed.
template <class Net>
class mailbox : wait_entry {
public:
    explicit mailbox(Net& net) : wait_entry{&opened, events::readable}, net_{&net}, status_{open()} {}
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    ~mailbox() {
        unlink();
        while (__atomic_load_n(&posting_, __ATOMIC_ACQUIRE) != 0) __builtin_ia32_pause();
        do
            while (current_ != nullptr) {
                posted& letter = *std::exchange(current_, current_->next);
                letter.drop(letter);
            }
        while ((current_ = letters_.take()) != nullptr);
        if (at_ != nullptr) io::descriptor_ops::release(*net_, *at_);
    }

    /// Whether it could be opened. Errors: too_many_files_open, too_many_files_open_in_system, not_enough_memory.
    result<> status() const noexcept { return status_; }

    /// Lets `work()` run on the net's thread. From any thread. Errors: not_enough_memory.
    template <class Work>
        requires requires(Work& work) { work(); }
    result<> post(Work work) noexcept {
        auto* const letter = new (std::nothrow) detail::posted_call<Work>{std::move(work)};
        if (letter == nullptr) return errc::not_enough_memory;
        post(*letter);
        return {};
    }
    /// The same for work that lies in its owner: takes no memory.
    void post(posted& letter) noexcept {
        __atomic_add_fetch(&posting_, 1, __ATOMIC_RELAXED);
        if (letters_.push(letter)) static_cast<void>(sys::eventfd_add(sys::direct{}, eventfd_, 1));
        __atomic_sub_fetch(&posting_, 1, __ATOMIC_RELEASE);
    }

private:
    static constexpr int turns = 64;

    result<> open() {
        const auto made = sys::eventfd(net_->system_calls());
        if (!made) return made.error();
        const auto place = io::descriptor_ops::adopt(*net_, *made);
        if (!place) return place.error();
        at_ = *place;
        eventfd_ = *made;
        return io::descriptor_ops::wait(*net_, *at_, *this);
    }

    /// The counter is never read: each addition is an edge for epoll. Source: eventfd_write, fs/eventfd.c.
    static void opened(runnable& entry) {
        auto& self = static_cast<mailbox&>(entry);
        for (int left = turns; left > 0; --left) {
            if (self.current_ == nullptr) self.current_ = self.letters_.take();
            if (self.current_ == nullptr) return self.at_->waiters.add(self);
            posted& letter = *std::exchange(self.current_, self.current_->next);
            letter.run(letter);
        }
        self.net_->runnable().push(self);
    }

    Net* net_;
    io::watched* at_ = nullptr;
    int eventfd_ = -1;
    result<> status_;
    detail::letter_stack letters_;
    int posting_ = 0;  // how many threads are in post(): the last letter may end the mailbox before its sender has
    posted* current_ = nullptr;
};

}  // namespace weld::inline v0
