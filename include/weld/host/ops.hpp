// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/address_room.hpp>
#include <weld/host/control.hpp>
#include <weld/io/watched.hpp>
#include <weld/socket/message.hpp>
#include <weld/socket/options/tcp.hpp>
#include <weld/socket/passed_descriptor.hpp>
#include <weld/socket/pieces.hpp>
#include <weld/sys/descriptor.hpp>
#include <weld/sys/descriptor_calls.hpp>
#include <weld/sys/socket_calls.hpp>

#include <asm/ioctls.h>

namespace weld::inline v0::host {

/// A socket of the host's kernel, as weld sees it: a descriptor and what epoll has said about it.
using sock = io::watched;

/// What every kind of host socket can do: each call is the system call of its name. In the kernel: struct proto_ops.
struct common_ops {
    using sock = host::sock;
    /// Addresses pass as they are: the kernel checks them.
    static constexpr bool takes_raw_sockaddr = true;
    /// What owns a descriptor that a message brings.
    template <class Net>
    using descriptor = sys::basic_descriptor<typename Net::system_calls_type>;

    /// socket(2), non-blocking and closed on exec.
    template <class Net, class Description>
    [[gnu::noinline]] static result<sock*> create(Net& net, Description, int number) {
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
    /// One holder more, for `split()`.
    static void share(sock& sk) noexcept { ++sk.holders; }
    /// One holder less; the last one closes.
    template <class Net>
    [[gnu::noinline]] static void release(Net& net, sock& sk) noexcept {
        if (--sk.holders != 0) return;
        const int fd = sk.fd;
        net.source().release(sk);
        static_cast<void>(sys::close(net.system_calls(), fd));
    }

    /// The descriptor behind a sock, for a message that carries it (SCM_RIGHTS).
    static int descriptor_of(const sock& sk) noexcept { return sk.fd; }
    /// Looks at a descriptor that a message brought; it is non-blocking from now on, for whoever else holds it, too.
    /// Errors: not_a_socket.
    template <class Net>
    [[gnu::noinline]] static result<passed_descriptor> examine(Net& net, int fd) {
        passed_descriptor seen{};
        int* const answers[] = {&seen.family, &seen.type, &seen.protocol};
        constexpr int names[] = {SO_DOMAIN, SO_TYPE, SO_PROTOCOL};
        for (int i = 0; i < 3; ++i) {
            const auto got = sys::getsockopt(net.system_calls(), fd, SOL_SOCKET, names[i], {reinterpret_cast<std::byte*>(answers[i]), sizeof(int)});
            if (!got) return got.error();
        }
        constexpr int get_flags = 3, set_flags = 4;  // F_GETFL, F_SETFL
        const auto fcntl = [&](int command, int argument) { return sys::answer<int>(net.system_calls().template call<sys::number::fcntl>(fd, command, argument)); };
        const auto flags = fcntl(get_flags, 0);
        if (!flags) return flags.error();
        seen.nonblocking = (*flags & SOCK_NONBLOCK) != 0;
        if (const auto set = fcntl(set_flags, *flags | SOCK_NONBLOCK); !set) return set.error();
        return seen;
    }
    template <class Net>
    static void close_descriptor(Net& net, int fd) { static_cast<void>(sys::close(net.system_calls(), fd)); }

    /// close(2) in two halves (socket/closing.hpp): of TCP alone. The kernel's own would block the thread for SO_LINGER's
    /// time, non-blocking or not. What lies unread makes it a reset, at once.
    template <class Net>
    [[gnu::noinline]] static bool begin_close(Net& net, sock& sk) {
        int unread = 0;
        if (sk.holders != 1 || !tcp_is_in(net, sk, established | fin_wait_1 | close_wait | last_ack | closing)) return false;
        if (ioctl(net, sk, FIONREAD, &unread) && unread != 0) return false;
        return shutdown(net, sk, shutdown_type::both) && is_closing(net, sk);
    }
    /// True in FIN-WAIT-1, LAST-ACK and CLOSING. In the kernel: sk_stream_closing.
    template <class Net>
    static bool is_closing(Net& net, sock& sk) { return tcp_is_in(net, sk, fin_wait_1 | last_ack | closing); }
    template <class Net, class Address>
    static result<> bind(Net& net, sock& sk, const Address& local) {
        const raw_address<Address> raw{local};
        return sys::bind(net.system_calls(), sk.fd, raw.bytes());
    }
    template <class Net, class Address>
    static result<> connect(Net& net, sock& sk, const Address& to) {
        const raw_address<Address> raw{to};
        const auto done = sys::connect(net.system_calls(), sk.fd, raw.bytes());
        if (done.error() == errc::operation_in_progress) sk.remove_ready(sk.ready());
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
        if (sk.is_level()) sk.remove_ready(events::readable);  // if there are more, epoll says so again
        return adopt(net, *accepted, events::writable);
    }
    template <class Net>
    static result<> shutdown(Net& net, sock& sk, shutdown_type how) {
        return sys::shutdown(net.system_calls(), sk.fd, static_cast<int>(how));
    }

    template <class Net>
    [[gnu::always_inline]] static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        const auto sent = sys::send(net.system_calls(), sk.fd, data, static_cast<int>(flags) | MSG_NOSIGNAL);
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    template <class Net>
    [[gnu::always_inline]] static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        const auto got = sys::recv(net.system_calls(), sk.fd, buffer, static_cast<int>(flags));
        if (!got) return blocked(sk, events::readable, got.error());
        return got;
    }
    template <class Net, class Address>
    [[gnu::always_inline]] static result<std::size_t> send_to(Net& net, sock& sk, const_bytes data, const Address& to, message_flags flags) {
        const raw_address<Address> raw{to};
        const auto sent = sys::sendto(net.system_calls(), sk.fd, data, static_cast<int>(flags) | MSG_NOSIGNAL, raw.bytes());
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    /// `from` holds an address only after success.
    template <class Net, class Address>
    [[gnu::always_inline]] static result<std::size_t> recv_from(Net& net, sock& sk, mutable_bytes buffer, Address& from, message_flags flags) {
        address_room<Address> room;
        std::uint32_t length;
        const auto got = sys::recvfrom(net.system_calls(), sk.fd, buffer, static_cast<int>(flags), room.bytes(from), length);
        if (!got) return blocked(sk, events::readable, got.error());
        room.settle(from, length);
        return got;
    }

    /// recvmsg(2). Descriptors close on exec. Errors: message_size, not all ancillary data had room (what arrived of it
    /// is closed, the message is gone).
    template <class Received, class Net>
    static result<Received> recvmsg(Net& net, sock& sk, scattered buffers, message_flags flags) {
        Received answer;
        address_room<typename Received::address> room;
        const mutable_bytes name = room.bytes(answer.from);
        control_buffer<Received> control;
        ::msghdr header{};
        header.msg_name = name.data();
        header.msg_namelen = static_cast<unsigned>(name.size());
        point_at(header, buffers);
        control.lend_to(header);
        constexpr int close_on_exec = Received::address::family == AF_UNIX ? MSG_CMSG_CLOEXEC : 0;  // packet sockets refuse it
        const auto got = sys::recvmsg(net.system_calls(), sk.fd, header, static_cast<int>(flags) | close_on_exec);
        if (!got) return blocked(sk, has(flags, message_flags::error_queue) ? events::error : events::readable, got.error());
        answer.size = *got;
        room.settle(answer.from, header.msg_namelen);
        answer.flags = static_cast<message_flags>(header.msg_flags & ~(MSG_CTRUNC | MSG_CMSG_CLOEXEC));
        if (!control.take(header, net.system_calls(), answer)) return errc::message_size;
        return answer;
    }
    /// sendmsg(2).
    template <class Net, class Address, class... Items>
    static result<std::size_t> sendmsg(Net& net, sock& sk, gathered pieces, const Address* to, const attached<Items...>& items,
                                       message_flags flags) {
        ::msghdr header{};
        point_at(header, pieces);
        const outgoing_control<Items...> control{items};
        control.lend_to(header);
        if constexpr (requires { to->store({}); }) {
            const raw_address<Address> raw{*to};
            header.msg_name = const_cast<std::byte*>(raw.bytes().data());
            header.msg_namelen = static_cast<unsigned>(raw.bytes().size());
            return sent_message(net, sk, header, flags);
        } else {
            return sent_message(net, sk, header, flags);
        }
    }
    /// recvmmsg(2). Fewer than there is room for: nothing is left, as of a stream.
    template <class Address, class Net>
    static result<std::size_t> recv_many(Net& net, sock& sk, span<incoming<Address>> messages) {
        ::mmsghdr headers[batch];
        address_room<Address> rooms[batch];
        const std::size_t count = messages.size() < batch ? messages.size() : batch;
        for (std::size_t i = 0; i < count; ++i)
            describe(headers[i], rooms[i].bytes(messages[i].from), scattered{&messages[i].buffer, 1});
        const auto got = sys::recvmmsg(net.system_calls(), sk.fd, span{headers, count}, 0);
        if (!got) return blocked(sk, events::readable, got.error());
        for (std::size_t i = 0; i < *got; ++i) {
            messages[i].size = headers[i].msg_len;
            rooms[i].settle(messages[i].from, headers[i].msg_hdr.msg_namelen);
            messages[i].flags = static_cast<message_flags>(headers[i].msg_hdr.msg_flags);
        }
        if (*got < count) sk.remove_ready(events::readable);
        return got;
    }
    /// sendmmsg(2).
    template <class Address, class Net>
    static result<std::size_t> send_many(Net& net, sock& sk, span<const outgoing<Address>> messages) {
        ::mmsghdr headers[batch];
        const std::size_t count = messages.size() < batch ? messages.size() : batch;
        if constexpr (requires { requires Address::is_sockaddr; }) {
            for (std::size_t i = 0; i < count; ++i)
                describe(headers[i], raw_address<Address>{messages[i].to}.bytes(), gathered{&messages[i].data, 1});
            return sent_messages(net, sk, span{headers, count});
        } else {
            std::byte names[batch][Address::sockaddr_size_max];
            for (std::size_t i = 0; i < count; ++i)
                describe(headers[i], const_bytes{names[i], messages[i].to.store(names[i])}, gathered{&messages[i].data, 1});
            return sent_messages(net, sk, span{headers, count});
        }
    }

    /// recvmmsg(2) and sendmmsg(2) of messages that lie in memory as the kernel's (socket/batch_message.hpp).
    template <class Net, class Message>
    static result<std::size_t> recv_batch(Net& net, sock& sk, span<Message> messages) {
        const auto got = sys::recvmmsg(net.system_calls(), sk.fd, headers_of(messages), 0);
        if (!got) return blocked(sk, events::readable, got.error());
        if (*got < messages.size()) sk.remove_ready(events::readable);
        return got;
    }
    template <class Net, class Message>
    static result<std::size_t> send_batch(Net& net, sock& sk, span<Message> messages) {
        Message* each = messages.data();
        for (std::size_t left = messages.size(); left != 0; --left) each++->point_at_data();
        return sent_messages(net, sk, headers_of(messages));
    }

    /// sendmsg(2) and recvmsg(2) of a message whose protocol is known at run time only (socket/any_messages.hpp).
    template <class Net, class Message>
    static result<std::size_t> send_message(Net& net, sock& sk, const Message& message, message_flags flags) {
        ::msghdr header{};
        point_at(header, message.pieces);
        if (message.to != nullptr) {
            header.msg_name = const_cast<std::byte*>(message.to->bytes().data());
            header.msg_namelen = static_cast<unsigned>(message.to->bytes().size());
        }
        header.msg_control = const_cast<std::byte*>(message.control.data());
        header.msg_controllen = message.control.size();
        return sent_message(net, sk, header, flags);
    }
    template <class Net, class Message>
    static result<std::size_t> recv_message(Net& net, sock& sk, Message& message, message_flags flags) {
        ::msghdr header{};
        point_at(header, message.pieces);
        header.msg_name = message.from.storage().data();
        header.msg_namelen = static_cast<unsigned>(message.from.storage().size());
        header.msg_control = message.control.data();
        header.msg_controllen = message.control.size();
        auto got = sys::recvmsg(net.system_calls(), sk.fd, header, static_cast<int>(flags) | MSG_CMSG_CLOEXEC);
        if (got.error() == errc::invalid_argument)  // packet sockets refuse the flag, and pass no descriptors
            got = sys::recvmsg(net.system_calls(), sk.fd, header, static_cast<int>(flags));
        if (!got) return blocked(sk, has(flags, message_flags::error_queue) ? events::error : events::readable, got.error());
        message.from.resize(header.msg_namelen);
        message.control_size = header.msg_controllen;
        message.flags = header.msg_flags & ~MSG_CMSG_CLOEXEC;
        return got;
    }

    /// setsockopt(2), getsockopt(2).
    template <class Net>
    static result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
        return sys::setsockopt(net.system_calls(), sk.fd, level, name, value);
    }
    template <class Net>
    static result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
        const auto length = sys::getsockopt(net.system_calls(), sk.fd, level, name, value);
        if (!length) return length.error();
        return *length;
    }

    /// ioctl(2).
    template <class Net>
    static result<int> ioctl(Net& net, sock& sk, unsigned long request, void* argument) {
        return sys::answer<int>(net.system_calls().template call<sys::number::ioctl>(sk.fd, request, argument));
    }

    template <class Address, class Net>
    static result<Address> local_address(Net& net, sock& sk) {
        std::byte stored[Address::sockaddr_size_max];
        const auto length = sys::getsockname(net.system_calls(), sk.fd, stored);
        if (!length) return length.error();
        return loaded<Address>(stored, *length);
    }
    template <class Address, class Net>
    static result<Address> peer_address(Net& net, sock& sk) {
        std::byte stored[Address::sockaddr_size_max];
        const auto length = sys::getpeername(net.system_calls(), sk.fd, stored);
        if (!length) return length.error();
        return loaded<Address>(stored, *length);
    }

    /// What epoll has said, less what calls have found drained since.
    template <class Net>
    static bool is_ready(Net&, const sock& sk, events what) noexcept { return sk.is_ready(what); }
    /// What the kernel says it is ready for, at this moment. Source: poll(2).
    template <class Net>
    static events poll(Net& net, sock& sk) {
        const auto wanted = events::readable | events::priority | events::writable | events::read_hangup;
        const auto ready = sys::poll(net.system_calls(), sk.fd, static_cast<short>(wanted), duration{});
        return ready ? static_cast<events>(*ready) : events::error;
    }
    /// Lets epoll watch for one who is about to wait. For those who share what comes one by one, who accept, it tells as
    /// long as there is any: nobody then has to ask for more than there is.
    template <class Net>
    static result<> watch(Net& net, sock& sk, events what, bool one_by_one) {
        return net.source().watch(sk, one_by_one ? what | sock::level : what);
    }
    /// The same for a sock that epoll does not know yet. False where it does, or where `what` is ready.
    template <class Net>
    [[gnu::always_inline]] static bool watch_first(Net& net, sock& sk, events what, bool one_by_one) {
        return net.source().watch_first(sk, one_by_one ? what | sock::level : what);
    }
    /// Queues one who waits, and lets epoll watch from the first of them on.
    template <class Net>
    static result<> wait(Net& net, sock& sk, wait_entry& entry) {
        const result<> watching = watch(net, sk, entry.interest(), entry.exclusive());
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
        sk.add_ready(static_cast<events>(*ready));
        return {};
    }

    /// Lets the calling thread sleep, for a moment that nobody else ends.
    template <class Net>
    static void rest(Net& net, time_point until) {
        static_cast<void>(sys::poll(net.system_calls(), -1, 0, until - net.source().clock()));
    }

protected:
    /// Sets of TCP's states, as TCP_INFO numbers them.
    enum tcp_states : unsigned { established = 1u << 1, fin_wait_1 = 1u << 4, close_wait = 1u << 8, last_ack = 1u << 9, closing = 1u << 11 };
    /// The state of a TCP connection, the first octet of TCP_INFO, is one of these. False for other protocols.
    template <class Net>
    static bool tcp_is_in(Net& net, sock& sk, unsigned states) {
        std::byte state{};
        const auto got = sys::getsockopt(net.system_calls(), sk.fd, tcp_info::level, tcp_info::name, {&state, 1});
        return got && *got == 1 && (states >> static_cast<unsigned>(state) & 1) != 0;
    }
    static constexpr std::size_t batch = 64;
    /// One message of a batch; every field that the kernel looks at.
    template <class Name, class Bytes>
    static void describe(::mmsghdr& header, Name name, span<const Bytes> pieces) noexcept {
        header.msg_hdr.msg_name = const_cast<std::byte*>(name.data());
        header.msg_hdr.msg_namelen = static_cast<unsigned>(name.size());
        point_at(header.msg_hdr, pieces);
        header.msg_hdr.msg_control = nullptr;
        header.msg_hdr.msg_controllen = 0;
        header.msg_hdr.msg_flags = 0;
    }
    template <class Message>
    static span<::mmsghdr> headers_of(span<Message> messages) noexcept {
        static_assert(sizeof(Message) == sizeof(::mmsghdr) && alignof(Message) == alignof(::mmsghdr));
        return {reinterpret_cast<::mmsghdr*>(messages.data()), messages.size()};
    }
    template <class Net>
    static result<std::size_t> sent_messages(Net& net, sock& sk, span<::mmsghdr> headers) {
        const auto sent = sys::answer<std::size_t>(sys::sendmmsg_raw(net.system_calls(), sk.fd, headers, MSG_NOSIGNAL));
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    /// The list as it is: a span lies in memory as a struct iovec does.
    template <class Bytes>
    static void point_at(::msghdr& header, span<const Bytes> pieces) noexcept {
        static_assert(sizeof(Bytes) == sizeof(::iovec) && alignof(Bytes) == alignof(::iovec));
        header.msg_iov = reinterpret_cast<::iovec*>(const_cast<Bytes*>(pieces.data()));
        header.msg_iovlen = pieces.size();
    }
    template <class Net>
    static result<std::size_t> sent_message(Net& net, sock& sk, const ::msghdr& header, message_flags flags) {
        const auto sent = sys::sendmsg(net.system_calls(), sk.fd, header, static_cast<int>(flags) | MSG_NOSIGNAL);
        if (!sent) return blocked(sk, events::writable, sent.error());
        return sent;
    }
    /// The kernel gives no other family's address; an empty one (a stream's, an unnamed peer's) is the default.
    template <class Address>
    static Address loaded(const_bytes raw, std::uint32_t length) noexcept {
        const auto address = Address::load(raw.first(length < raw.size() ? length : raw.size()));
        return address ? *address : Address{};
    }
    /// Remembers that nothing is left, so that the next call waits instead of failing.
    static errc blocked(sock& sk, events what, errc error) noexcept {
        if (would_block(error)) sk.drained(what == events::readable ? events::readable | events::priority | events::read_hangup : what);
        return error;
    }
};

/// Datagrams, packets, raw: each call is one message.
struct message_ops : common_ops {};

/// Streams: a count below what was asked tells that nothing is left, which spares the call that would only fail.
/// What epoll has said besides still counts: the peer's end, which is yet to be read, and urgent data, since a read ends
/// at its mark (io::watched). A call that looks without taking tells nothing. Source: epoll(7), Q9; tcp_recvmsg_locked.
struct stream_ops : common_ops {
    template <class Net>
    [[gnu::always_inline]] static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        const long raw = sys::recv_raw(net.system_calls(), sk.fd, buffer, static_cast<int>(flags));
        const auto size = static_cast<std::size_t>(raw);
        constexpr std::size_t largest = static_cast<std::size_t>(-1) >> 1;  // of a buffer without room, less one; errors are above
        if (size - 1 < ((buffer.size() - 1) & largest) && flags == message_flags::none) [[likely]] {  // neither an error, nor the end, nor all
            sk.remove_ready(events::readable);
            return size;
        }
        return received(sk, raw);
    }
    template <class Net>
    [[gnu::always_inline]] static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        const long raw = sys::send_raw(net.system_calls(), sk.fd, data, static_cast<int>(flags) | MSG_NOSIGNAL);
        if (static_cast<std::size_t>(raw) == data.size()) [[likely]] return data.size();
        return sent_in_part(sk, raw);
    }

private:
    [[gnu::noinline]] static result<std::size_t> received(sock& sk, long raw) noexcept {
        if (raw < 0) return blocked(sk, events::readable, static_cast<errc>(-raw));
        return static_cast<std::size_t>(raw);
    }
    [[gnu::noinline]] static result<std::size_t> sent_in_part(sock& sk, long raw) noexcept {
        if (raw < 0) return blocked(sk, events::writable, static_cast<errc>(-raw));
        sk.remove_ready(events::writable);
        return static_cast<std::size_t>(raw);
    }
};

}  // namespace weld::inline v0::host
