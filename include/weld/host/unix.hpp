// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/family.hpp>
#include <weld/socket/protocol/unix.hpp>

namespace weld::inline v0::host {

/// What unix sockets do otherwise than others. Source: unix(7), net/unix/af_unix.c.
template <class Ops>
struct local_ops : Ops {
    using sock = host::sock;

    /// A listener with a full backlog, and a receiver with a full queue that this socket is not connected to, answer
    /// resource_unavailable_try_again, and no event tells when that ends: such calls are repeated (socket/retry.hpp).
    static constexpr bool retries_connect = true, retries_send_to = true;

    /// socketpair(2): both or none.
    template <class Net, class Description>
    static result<> create_pair(Net& net, Description, int number, sock* (&pair)[2]) {
        int fds[2];
        const result<> opened = sys::socketpair(net.system_calls(), Description::family,
                                                Description::type | SOCK_NONBLOCK | SOCK_CLOEXEC, number, fds);
        if (!opened) return opened;
        const auto first = Ops::adopt(net, fds[0], events::writable);
        const auto second = Ops::adopt(net, fds[1], events::writable);
        if (first && second) {
            pair[0] = *first;
            pair[1] = *second;
            return {};
        }
        if (first) Ops::release(net, **first);
        if (second) Ops::release(net, **second);
        return errc::not_enough_memory;
    }
};

/// A read ends where descriptors or other credentials were sent, though more bytes follow; only the flags of recvmsg
/// tell such an end from a drained queue.
struct local_stream_ops : local_ops<stream_ops> {
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        ::msghdr header{};
        const mutable_bytes pieces[] = {buffer};
        point_at(header, scattered{pieces});
        const auto got = sys::recvmsg(net.system_calls(), sk.fd, header, static_cast<int>(flags));
        if (!got) return blocked(sk, events::readable, got.error());
        if (*got < buffer.size() && flags == message_flags::none && (header.msg_flags & MSG_CTRUNC) == 0)
            sk.remove_ready(events::readable);
        return got;
    }
};

/// AF_UNIX, served by the host's kernel. In the kernel: unix_stream_ops, unix_dgram_ops, unix_seqpacket_ops.
struct unix_ : family {
    using protosw = protosw_table<entry<unix_stream, local_stream_ops>, entry<unix_datagram, local_ops<message_ops>>,
                                  entry<unix_seqpacket, local_ops<message_ops>>>;
};

}  // namespace weld::inline v0::host
