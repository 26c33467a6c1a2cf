// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/io/watched.hpp>
#include <weld/sys/descriptor_calls.hpp>

namespace weld::inline v0::io {

/// What every descriptor of the host can do, whatever is behind it: be waited for, be read and written, be closed.
/// `operation` uses it for signals and eventfds as it uses a protocol's ops for sockets.
struct descriptor_ops {
    using sock = watched;

    /// A place for an open descriptor; closes it when there is none.
    template <class Net>
    static result<watched*> adopt(Net& net, int fd, events ready = events::none) {
        watched* const place = net.source().adopt(fd, ready);
        if (place != nullptr) return place;
        static_cast<void>(sys::close(net.system_calls(), fd));
        return errc::not_enough_memory;
    }
    /// One holder less; the last one closes.
    template <class Net>
    static void release(Net& net, watched& at) noexcept {
        if (--at.holders != 0) return;
        const int fd = at.fd;
        net.source().release(at);
        static_cast<void>(sys::close(net.system_calls(), fd));
    }

    template <class Net>
    static result<std::size_t> read(Net& net, watched& at, mutable_bytes buffer) noexcept {
        const auto got = sys::read(net.system_calls(), at.fd, buffer);
        if (!got && would_block(got.error())) at.drained(events::readable);
        return got;
    }
    template <class Net>
    static result<std::size_t> write(Net& net, watched& at, const_bytes data) noexcept {
        const auto sent = sys::write(net.system_calls(), at.fd, data);
        if (!sent && would_block(sent.error())) at.drained(events::writable);
        return sent;
    }

    template <class Net>
    static bool is_ready(Net&, const watched& at, events what) noexcept { return at.is_ready(what); }
    template <class Net>
    static result<> wait(Net& net, watched& at, wait_entry& entry) noexcept {
        const result<> watching = net.source().watch(at, entry.interest());
        if (watching) at.waiters.add(entry);
        return watching;
    }
    template <class Net>
    static result<> wait_here(Net& net, watched& at, events what, time_point until) noexcept {
        const duration patience = until == time_point::never() ? duration::infinite() : until - net.source().clock();
        const auto ready = sys::poll(net.system_calls(), at.fd, static_cast<short>(what), patience);
        if (!ready) return ready.error() == errc::interrupted ? errc{} : ready.error();
        if (*ready == 0) return errc::timed_out;
        at.add_ready(static_cast<events>(*ready));
        return {};
    }
};

}  // namespace weld::inline v0::io
