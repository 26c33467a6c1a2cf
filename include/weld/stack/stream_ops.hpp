// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/stack/common_ops.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// How much a stream's protocol takes now, and how it wants it cut.
struct send_params {
    std::size_t space;    // bytes that may be queued at this moment; 0: wait
    std::size_t mss;      // payload of one packet; a device that splits makes it a super-segment's
    std::size_t headroom; // for all headers below
};

/// Byte streams: buffers, back-pressure, readiness. The protocol beneath writes its connection's state and its segment
/// handler. Beside what common_ops lists it offers
///     send_params send_space(net, sk)         how much it takes; readable errors are in sk.error
///     void push(net, sk)                      there is more in sk.write_queue: send what may be sent
///     void data_taken(net, sk, count)         the application has read: the window may open
/// and derives its sock from stream_sock. Received bytes go to sk.receive_queue, in order, and sk.wake(readable).
struct stream_sock : sock {
    packet_queue write_queue;  // not yet sent; each packet's csum is its payload's sum
};

template <class Proto>
struct stream_ops : common_ops<Proto> {
    using typename common_ops<Proto>::sock;
    using common_ops<Proto>::proto;

    /// As much as there is room for. Errors: broken_pipe, the pending error, resource_unavailable_try_again.
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.send_shut) return errc::broken_pipe;
        const send_params now = proto(net).send_space(net, sk);
        if (now.space == 0) return errc::resource_unavailable_try_again;
        const std::size_t queued = fill(net, sk, data.first(std::min(data.size(), now.space)), now);
        if (queued == 0 && !data.empty()) return errc::resource_unavailable_try_again;
        proto(net).push(net, sk);
        return queued;
    }
    /// What has arrived, 0 at the end. Errors: the pending error, resource_unavailable_try_again.
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        const std::size_t taken = take(sk, buffer, has(flags, message_flags::peek));
        if (taken == 0 && !buffer.empty()) {
            if (sk.error != errc{}) return sk.take_error();
            if (!sk.receive_shut) return errc::resource_unavailable_try_again;
        }
        if (!has(flags, message_flags::peek)) proto(net).data_taken(net, sk, taken);
        return taken;
    }

private:
    /// Copies into packets, the last one first where it has room, and sums on the way.
    template <class Net>
    static std::size_t fill(Net& net, sock& sk, const_bytes data, const send_params& how);
    static std::size_t take(sock& sk, mutable_bytes buffer, bool peek);
};

}  // namespace weld::inline v0::stack
