// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/io/watched.hpp>
#include <weld/socket/event_source.hpp>

#include <concepts>
#include <utility>

namespace weld::inline v0::device::detail {

/// Event sources that report what descriptors are ready for. Model: io::epoll.
template <class Source>
concept descriptor_source = event_source<Source> && requires(Source& source, io::watched& place, int fd, events what) {
    { source.adopt(fd, what) }   noexcept -> std::same_as<io::watched*>;
    { source.release(place) }    noexcept -> std::same_as<void>;
    { source.watch(place, what) } noexcept -> std::same_as<result<>>;
};

/// A device's descriptor in an event source whose type the device does not have: it is asked at the first wait for an
/// event, and never again. The descriptor itself is the device's.
class descriptor_place {
public:
    descriptor_place() noexcept = default;
    descriptor_place(descriptor_place&& other) noexcept
        : place_{std::exchange(other.place_, nullptr)}, ready_{other.ready_}, source_{other.source_}, watch_{other.watch_},
          release_{other.release_} {}
    descriptor_place& operator=(descriptor_place&& other) noexcept {
        std::swap(place_, other.place_);
        std::swap(ready_, other.ready_);
        std::swap(source_, other.source_);
        std::swap(watch_, other.watch_);
        std::swap(release_, other.release_);
        return *this;
    }
    ~descriptor_place() { release(); }

    /// Errors: not_enough_memory.
    template <class Source>
    result<> attach(Source& source, int fd) noexcept {
        static_assert(descriptor_source<Source>,
                      "device: this device waits for a descriptor, which this event source cannot; list weld::io::epoll{}");
        WELD_ASSERT(place_ == nullptr);
        place_ = source.adopt(fd, events::none);
        if (place_ == nullptr) return errc::not_enough_memory;
        ready_ = &source.runnable();
        source_ = &source;
        watch_ = [](void* of, io::watched& place, events what) noexcept { return static_cast<Source*>(of)->watch(place, what); };
        release_ = [](void* of, io::watched& place) noexcept { static_cast<Source*>(of)->release(place); };
        return {};
    }
    /// Takes the descriptor out of the source, which is still there: before it is closed, and while nobody waits.
    void release() noexcept {
        if (place_ != nullptr) release_(source_, *std::exchange(place_, nullptr));
    }

    /// Pre: attached. Errors: those of epoll_ctl(2).
    result<> wait(wait_entry& entry) noexcept {
        WELD_ASSERT(place_ != nullptr);
        const events wanted = entry.interest() & ~events::always;
        if ((place_->reported() & wanted) != wanted) [[unlikely]]
            if (const result<> watched = watch_(source_, *place_, wanted); !watched) return watched;
        if (place_->is_ready(wanted)) ready_->push(entry);
        else place_->waiters.add(entry);
        return {};
    }
    /// The same, though nothing that the source knows is asked: for wake_all(), or what the source tells by itself.
    void park(wait_entry& entry) noexcept {
        WELD_ASSERT(place_ != nullptr);
        if (place_->is_ready(entry.interest() & events::readable)) ready_->push(entry);
        else place_->waiters.add(entry);
    }
    /// A call found nothing to read, or no room to write: only the next event says otherwise.
    void drained(events what) noexcept {
        if (place_ != nullptr) place_->drained(what);
    }
    /// The source has told of an error, since the last call of drained().
    bool failed() const noexcept { return place_ != nullptr && any(place_->ready() & events::error); }
    void wake_all() noexcept {
        if (place_ != nullptr) place_->waiters.wake(events::always, *ready_);
    }

private:
    io::watched* place_ = nullptr;
    run_queue* ready_ = nullptr;
    void* source_ = nullptr;
    result<> (*watch_)(void*, io::watched&, events) noexcept = nullptr;
    void (*release_)(void*, io::watched&) noexcept = nullptr;
};

}  // namespace weld::inline v0::device::detail
