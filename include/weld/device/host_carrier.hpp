// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>
#include <weld/device/descriptor_place.hpp>
#include <weld/device/host_interface.hpp>
#include <weld/device/wrapper.hpp>

namespace weld::inline v0::device::detail {

/// Whether an interface of the host can pass frames, as far as its device knows. The kernel tells a packet socket that
/// its interface went down, and never that it is up again; of a cable nothing. So where the carrier is lost, the
/// interface is asked for it ten times a second, and whoever waits for the device is woken when it is back.
template <sys::entry_policy Sys>
class host_carrier {
public:
    /// With an index, an interface that is not found is gone; without one, its device finds that out.
    explicit host_carrier(const host_interface<Sys>& host, int index = 0, Sys sys = {}) noexcept
        : sys_{sys}, host_{host}, index_{index} {}
    /// Moves while nothing is attached.
    host_carrier(host_carrier&& other) noexcept
        : sys_{other.sys_}, host_{other.host_}, index_{other.index_}, error_{other.error_} { WELD_ASSERT(!other.alarm_.armed()); }

    const host_interface<Sys>& host() const noexcept { return host_; }
    host_interface<Sys>& host() noexcept { return host_; }
    /// errc{}, carrier_lost or device_gone.
    errc error() const noexcept { return error_; }

    /// Both stay where they are.
    template <event_source Source>
    void attach(Source& source, descriptor_place& place) noexcept {
        place_ = &place;
        timers_ = &source.timers();
        clock_.attach(source);
        alarm_.of = this;
        alarm_.run = [](runnable& self) { static_cast<alarm&>(self).of->look(); };
        if (error_ == carrier_lost) ask_later();
    }
    void detach() noexcept {
        alarm_.cancel();
        timers_ = nullptr;
    }
    /// A frame passed.
    void back() noexcept {
        if (error_ == carrier_lost) [[unlikely]] change(errc{});
    }
    /// A frame could not pass.
    void lost() noexcept {
        if (error_ == errc{}) change(carrier_lost);
    }
    void gone() noexcept { change(device_gone); }
    /// Asks the host.
    [[gnu::cold, gnu::noinline]] void look() noexcept {
        if (error_ == device_gone) return;
        if (index_ != 0) {
            const auto found = host_interface<Sys>::numbered(index_, sys_);  // it may have another name by now
            if (found.error() == errc::no_such_device) return gone();
            if (found) host_ = *found;
        }
        const auto running = host_.has_carrier();
        if (running && *running) back();
        else if (error_ == errc{}) change(carrier_lost);
        else ask_later();
    }

private:
    static constexpr duration patience = duration::milliseconds(100);
    struct alarm : timer {
        alarm() noexcept : timer{nullptr} {}
        host_carrier* of = nullptr;
    };

    [[gnu::cold, gnu::noinline]] void change(errc now) noexcept {
        error_ = now;
        alarm_.cancel();
        if (now == carrier_lost) ask_later();
        if (place_ != nullptr) place_->wake_all();
    }
    void ask_later() noexcept {
        if (timers_ != nullptr) timers_->arm(alarm_, clock_.now() + patience);
    }

    [[no_unique_address]] Sys sys_;
    host_interface<Sys> host_;
    int index_;
    errc error_{};
    descriptor_place* place_ = nullptr;
    timer_wheel* timers_ = nullptr;
    source_clock clock_;
    alarm alarm_;
};

}  // namespace weld::inline v0::device::detail
