// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/io/mailbox.hpp>

#include <mutex>
#include <thread>

namespace weld::inline v0 {

class sharded;

/// One thread's place among several: what `sharded` gives to each.
class shard {
public:
    /// Counted from 0.
    unsigned index() const noexcept { return index_; }

    /// Runs `net` until all its tasks have ended or `sharded::stop` is called; answers why it could not begin.
    template <class Net>
    result<> run(Net& net) {
        mailbox<Net> box{net};
        if (!box.status()) return box.status();
        {
            const std::lock_guard hold{lock_};
            if (stopped_) return {};
            net_ = &net;
            box_ = &box;
            post_stop_ = [](void* running, void* mail) {
                auto& at = *static_cast<Net*>(running);
                static_cast<void>(static_cast<mailbox<Net>*>(mail)->post([&at] { at.stop(); }));
            };
        }
        net.run();
        const std::lock_guard hold{lock_};
        box_ = nullptr;
        return {};
    }

private:
    friend sharded;
    void stop() {
        const std::lock_guard hold{lock_};
        stopped_ = true;
        if (box_ != nullptr) post_stop_(net_, box_);
    }
    unsigned index_ = 0;
    std::thread thread_;
    std::mutex lock_;  // starting and stopping only
    bool stopped_ = false;
    void* net_ = nullptr;
    void* box_ = nullptr;
    void (*post_stop_)(void*, void*) = nullptr;
};

/// More cores: one net per thread, which share nothing. Each listens on the same port with `reuse_port`, and the kernel
/// spreads the connections over them. Source: socket(7), SO_REUSEPORT.
///
///     weld::sharded servers{4, [&](weld::shard& here) {
///         weld::net net{weld::host::inet{}};
///         net.spawn(listen(net, address));              // socket.set(weld::reuse_port{true}) before bind
///         here.run(net);
///     }};
///     servers.join();                                   // or stop(), from any thread; the end does both
///
/// Signals are for the thread that made it: open them before, so that the others have them blocked.
class sharded {
public:
    /// Starts `threads` of them, or one per processor for 0. `body` is called in each at the same time, by reference,
    /// and outlives them: it is kept here.
    template <class Body>
    sharded(unsigned threads, Body body)
        : count_{threads != 0 ? threads : processors()}, shards_{new shard[count_]}, body_{new Body(std::move(body))},
          delete_body_{[](void* one) { delete static_cast<Body*>(one); }} {
        for (unsigned i = 0; i < count_; ++i) {
            shards_[i].index_ = i;
            shards_[i].thread_ = std::thread{[&call = *static_cast<Body*>(body_), &here = shards_[i]] { call(here); }};
        }
    }
    sharded(const sharded&) = delete;
    sharded& operator=(const sharded&) = delete;
    ~sharded() {
        stop();
        join();
        delete_body_(body_);
        delete[] shards_;
    }

    unsigned size() const noexcept { return count_; }
    /// Lets each `shard::run` return, now or when it begins. From any thread.
    void stop() {
        for (unsigned i = 0; i < count_; ++i) shards_[i].stop();
    }
    /// Waits until every thread has ended.
    void join() {
        for (unsigned i = 0; i < count_; ++i)
            if (shards_[i].thread_.joinable()) shards_[i].thread_.join();
    }

private:
    static unsigned processors() noexcept {
        const unsigned found = std::thread::hardware_concurrency();
        return found == 0 ? 1 : found;
    }
    unsigned count_;
    shard* shards_;
    void* body_;
    void (*delete_body_)(void*);
};

}  // namespace weld::inline v0
