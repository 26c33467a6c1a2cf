// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/message_batch.hpp>
#include <weld/device/transmit/transmitter.hpp>
#include <weld/sys/socket_calls.hpp>

namespace weld::inline v0::device::transmit {

/// sendmmsg(2), from where the frames are, by the socket that receives.
template <sys::entry_policy Sys = sys::direct>
class batch {
public:
    /// Sends by the socket that receives. Errors: those of setsockopt(2).
    static result<batch> open(Sys sys, int socket, const transmitter_options& options) noexcept {
        if (const result<> done = device::detail::prepare_to_send(sys, socket, options); !done) return done.error();
        return batch{sys, socket};
    }
    template <class Source>
    static result<> attach(Source&) noexcept { return {}; }
    static void detach() noexcept {}
    /// Where it is waited for: with the receiver.
    static device::detail::descriptor_place& place(device::detail::descriptor_place& receivers) noexcept { return receivers; }

    /// By the interface's queueing discipline, not past it.
    result<> use_qdisc() noexcept { return sys::packet_option(sys_, socket_, PACKET_QDISC_BYPASS, 0); }

    transmitted send(span<packet_buffer> frames) noexcept {
        transmitted so_far;
        while (so_far.count < frames.size()) {
            device::detail::message_batch messages;
            while (!messages.full() && so_far.count + messages.size() < frames.size()) messages.add(*frames[so_far.count + messages.size()]);
            const auto taken = sys::sendmmsg(sys_, socket_, messages.messages(), MSG_DONTWAIT);
            if (!taken) {
                so_far.error = taken.error();
                break;
            }
            for (std::size_t i = 0; i < *taken; ++i) frames[so_far.count++].reset();
        }
        return so_far;
    }

private:
    batch(Sys sys, int socket) noexcept : sys_{sys}, socket_{socket} {}
    [[no_unique_address]] Sys sys_;
    int socket_;
};
static_assert(transmitter<batch<>>);

}  // namespace weld::inline v0::device::transmit
