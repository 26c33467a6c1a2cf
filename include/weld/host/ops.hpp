// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/io/watched.hpp>
#include <weld/socket/message.hpp>
#include <weld/sys/descriptor_calls.hpp>
#include <weld/sys/socket_calls.hpp>

#include <array>

namespace weld::inline v0::host {

/// A socket of the host's kernel, as weld sees it: a descriptor and what epoll has said about it.
using sock = io::watched;

/// What every kind of host socket can do: each call is the system call of its name. In the kernel: struct proto_ops.
struct common_ops {
    using sock = host::sock;

    /// socket(2), non-blocking and closed on exec.
    template <class Net, class Description>
    static result<sock*> create(Net& net, Description, int number) {
        const auto opened = sys::socket(net.system_calls(), Description::family,
                                        Description::type | SOCK_NONBLOCK | SOCK_CLOEXEC, number);
        if (!opened) return opened.error();
        return adopt(net, *opened, events::writable);
    }
    /// A place for a new descriptor; closes it when there is none.
    template <class Net>
    static result<sock*> adopt(Net& net, int fd, events ready) {
        sock* const place = net.source().adopt(fd, ready);
        if (place != nullptr) return place;
        static_cast<void>(sys::close(net.system_calls(), fd));
        return errc::not_enough_memory;
    }
    /// One holder less; the last one closes.
    template <class Net>
    static void release(Net& net, sock& sk) noexcept {
        if (--sk.holders != 0) return;
        const int fd = sk.fd;
        net.source().release(sk);
        static_cast<void>(sys::close(net.system_calls(), fd));
    }

    template <class Net, class Address>
    static result<> bind(Net& net, sock& sk, const Address& local) {
        const raw_address<Address> raw{local};
        return sys::bind(net.system_calls(), sk.fd, raw.bytes());
    }
    template <class Net, class Address>
    static result<> connect(Net& net, sock& sk, const Address& to) {
        const raw_address<Address> raw{to};
        const auto done = sys::connect(net.system_calls(), sk.fd, raw.bytes());
        if (done.error() == errc::operation_in_progress) sk.ready = events::none;
        return done;
    }
    template <class Net>
    static result<> listen(Net& net, sock& sk, int backlog) {
        return sys::listen(net.system_calls(), sk.fd, backlog);
    }
    template <class Net>
    static result<sock*> accept(Net& net, sock& sk) {
        const auto accepted = sys::accept(net.system_calls(), sk.fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (!accepted) return blocked(sk, events::readable, accepted.error());
        return adopt(net, *accepted, events::writable);
    }
    template <class Net>
    static result<> shutdown(Net& net, sock& sk, shutdown_type how) {
        return sys::shutdown(net.system_calls(), sk.fd, static_cast<int>(how));
    }

    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        const auto sent = sys::send(net.system_calls(), sk.fd, data, static_cast<int>(flags) | MSG_NOSIGNAL);
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        const auto got = sys::recv(net.system_calls(), sk.fd, buffer, static_cast<int>(flags));
        if (!got) return blocked(sk, events::readable, got.error());
        return got;
    }
    template <class Net, class Address>
    static result<std::size_t> send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags) {
        const raw_address<Address> raw{to};
        const auto sent = sys::sendto(net.system_calls(), sk.fd, data, static_cast<int>(flags) | MSG_NOSIGNAL, raw.bytes());
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    template <class Address, class Net>
    static result<datagram<Address>> recv_from(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        std::array<std::byte, Address::sockaddr_size_max> raw;
        std::uint32_t length = 0;
        const auto got = sys::recvfrom(net.system_calls(), sk.fd, buffer, static_cast<int>(flags), raw, length);
        if (!got) return blocked(sk, events::readable, got.error());
        return datagram<Address>{*got, loaded<Address>(raw, length)};
    }

    template <class Address, class Net>
    static result<Address> local_address(Net& net, sock& sk) {
        std::array<std::byte, Address::sockaddr_size_max> raw;
        const auto length = sys::getsockname(net.system_calls(), sk.fd, raw);
        if (!length) return length.error();
        return loaded<Address>(raw, *length);
    }
    template <class Address, class Net>
    static result<Address> peer_address(Net& net, sock& sk) {
        std::array<std::byte, Address::sockaddr_size_max> raw;
        const auto length = sys::getpeername(net.system_calls(), sk.fd, raw);
        if (!length) return length.error();
        return loaded<Address>(raw, *length);
    }

    /// What epoll has said, less what calls have found drained since.
    template <class Net>
    static bool is_ready(Net&, const sock& sk, events what) noexcept { return sk.is_ready(what); }
    /// Queues one who waits, and lets epoll watch from the first of them on.
    template <class Net>
    static result<> wait(Net& net, sock& sk, wait_entry& entry) {
        const result<> watching = net.source().watch(sk, entry.interest);
        if (watching) sk.waiters.add(entry);
        return watching;
    }
    /// The time as it is: a program that only ever blocks never lets the event source look at its clock.
    template <class Net>
    static time_point clock(Net& net) noexcept { return net.source().clock(); }
    /// Waits in the calling thread, in poll(2). Errors: timed_out.
    template <class Net>
    static result<> wait_here(Net& net, sock& sk, events what, time_point until) {
        const duration patience = until == time_point::never() ? duration::infinite() : until - net.source().clock();
        const auto ready = sys::poll(net.system_calls(), sk.fd, static_cast<short>(what), patience);
        if (!ready) return ready.error() == errc::interrupted ? errc{} : ready.error();
        if (*ready == 0) return errc::timed_out;
        sk.ready |= static_cast<events>(*ready);
        return {};
    }

protected:
    template <class Address>
    struct raw_address {
        explicit raw_address(const Address& from) noexcept : size{from.store(storage)} {}
        const_bytes bytes() const noexcept { return const_bytes{storage}.first(size); }
        std::array<std::byte, Address::sockaddr_size_max> storage;
        std::size_t size;
    };
    /// The kernel gives no other family's address; an empty one (a stream's, an unnamed peer's) is the default.
    template <class Address>
    static Address loaded(const_bytes raw, std::uint32_t length) noexcept {
        const auto address = Address::load(raw.first(length < raw.size() ? length : raw.size()));
        return address ? *address : Address{};
    }
    /// Remembers that nothing is left, so that the next call waits instead of failing.
    static errc blocked(sock& sk, events what, errc error) noexcept {
        if (would_block(error)) sk.drained(what);
        return error;
    }
};

/// Datagrams, packets, raw: each call is one message.
struct message_ops : common_ops {};

/// Streams: a count below what was asked tells that nothing is left, which spares the call that would only fail.
/// It does not where the peer's end has been announced: that end is still to be read. Source: epoll(7), Q9.
struct stream_ops : common_ops {
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        const auto got = common_ops::recv(net, sk, buffer, flags);
        if (got && *got < buffer.size() && !any(sk.ready & (events::read_hangup | events::always))) sk.ready &= ~events::readable;
        return got;
    }
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        const auto sent = common_ops::send(net, sk, data, flags);
        if (sent && *sent < data.size()) sk.ready &= ~events::writable;
        return sent;
    }
};

}  // namespace weld::inline v0::host
