// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/events.hpp>
#include <weld/socket/message.hpp>

#include <utility>

/// The calls that an `operation` makes until one ends. Each tells what to wait for (`interest`), whether one event
/// wakes one waiter (`exclusive`), whether it waits before its first try when nothing is known to be ready
/// (`waits_first`), whether it may be destroyed without loss (`cancel_safe`), and which error means "not now"; and may
/// tell that there are mostly more where there is one (`comes_in_bursts`). An attempt may answer what is cheap to move, which
/// its `taken` turns into what the caller gets.
namespace weld::inline v0::attempt {

/// What most attempts say of themselves.
struct common {
    static constexpr bool exclusive = false, waits_first = true, cancel_safe = true;
    static constexpr bool pending(errc error) noexcept { return try_again(error); }
};

/// recv(2), and the same with flags.
template <class Ops>
struct recv : common {
    static constexpr events interest = events::readable;
    mutable_bytes buffer;
    [[gnu::always_inline]] result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::recv(net, sk, buffer, message_flags::none); }
};
template <class Ops>
struct recv_with_flags : common {
    static constexpr events interest = events::readable;
    mutable_bytes buffer;
    message_flags flags;
    result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::recv(net, sk, buffer, flags); }
};

/// send(2).
template <class Ops>
struct send : common {
    static constexpr events interest = events::writable;
    const_bytes data;
    message_flags flags;
    [[gnu::always_inline]] result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::send(net, sk, data, flags); }
};

/// Room for an address that a call writes: it holds none before.
template <class Address>
union address_written {
    address_written() noexcept {}
    Address address;
};

/// recvfrom(2), and the same with flags. The address lies where the call has written it until the answer is taken.
template <class Ops, class Address>
struct recv_from : common {
    static constexpr events interest = events::readable;
    static constexpr bool comes_in_bursts = true;
    address_written<Address> from;
    mutable_bytes buffer;
    explicit recv_from(mutable_bytes into) noexcept : buffer{into} {}
    [[gnu::always_inline]] result<std::size_t> operator()(auto& net, auto& sk) {
        return Ops::recv_from(net, sk, buffer, from.address, message_flags::none);
    }
    result<datagram<Address>> taken(auto&, result<std::size_t> got) const {
        if (!got) return got.error();
        return result<datagram<Address>>{std::in_place, *got, from.address};
    }
};
template <class Ops, class Address>
struct recv_from_with_flags : recv_from<Ops, Address> {
    message_flags flags;
    recv_from_with_flags(mutable_bytes into, message_flags how) noexcept : recv_from<Ops, Address>{into}, flags{how} {}
    result<std::size_t> operator()(auto& net, auto& sk) { return Ops::recv_from(net, sk, this->buffer, this->from.address, flags); }
};

/// sendto(2), and the same with flags.
template <class Ops, class Address>
struct send_to : common {
    static constexpr events interest = events::writable;
    Address to;
    const_bytes data;
    send_to(const_bytes from, const Address& receiver) noexcept : to{receiver}, data{from} {}
    [[gnu::always_inline]] result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::send_to(net, sk, data, to, message_flags::none); }
};
template <class Ops, class Address>
struct send_to_with_flags : common {
    static constexpr events interest = events::writable;
    const_bytes data;
    Address to;
    message_flags flags;
    result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::send_to(net, sk, data, to, flags); }
};

/// Where a composite operation keeps its progress: in itself, or in a number of the caller's, which survives the
/// operation's end and makes it safe to cancel.
struct own_cursor {
    static constexpr bool survives = false;
    std::size_t done = 0;
};
struct lent_cursor {
    static constexpr bool survives = true;
    std::size_t& done;
};

/// recv(2) until the buffer is full or the stream ends. Answers how many bytes there are: less only at the end.
template <class Ops, class Cursor>
struct read_exactly : common {
    static constexpr events interest = events::readable;
    static constexpr bool cancel_safe = Cursor::survives;
    mutable_bytes buffer;
    Cursor cursor;
    result<std::size_t> operator()(auto& net, auto& sk) {
        while (cursor.done < buffer.size()) {
            const auto got = Ops::recv(net, sk, buffer.subspan(cursor.done), message_flags::none);
            if (!got) return got;
            if (*got == 0) break;
            cursor.done += *got;
        }
        return cursor.done;
    }
};

/// send(2) until all is taken. Answers the whole size, or the error that ended it.
template <class Ops, class Cursor>
struct send_all : common {
    static constexpr events interest = events::writable;
    static constexpr bool cancel_safe = Cursor::survives;
    const_bytes data;
    Cursor cursor;
    [[gnu::always_inline]] result<std::size_t> operator()(auto& net, auto& sk) {
        const std::size_t size = data.size(), done = cursor.done;
        const auto sent = Ops::send(net, sk, {data.data() + done, size - done}, message_flags::none);
        if (sent && *sent == size - done) [[likely]] {
            if constexpr (Cursor::survives) cursor.done = size;
            return size;
        }
        return go_on(net, sk, sent);
    }
    /// What remains after a first piece went.
    [[gnu::noinline]] result<std::size_t> go_on(auto& net, auto& sk, result<std::size_t> sent) {
        for (;; sent = Ops::send(net, sk, data.subspan(cursor.done), message_flags::none)) {
            if (!sent) return sent;
            cursor.done += *sent;
            if (cursor.done == data.size()) return cursor.done;
        }
    }
};

/// accept(2). One connection wakes one of those who wait.
template <class Ops, class Socket>
struct accept : common {
    static constexpr events interest = events::readable;
    static constexpr bool exclusive = true;
    result<typename Ops::sock*> operator()(auto& net, auto& sk) const { return Ops::accept(net, sk); }
    /// The handle of a sock that was accepted.
    static Socket made(auto& net, typename Ops::sock* accepted) { return {net, *accepted}; }
    static result<Socket> taken(auto& net, result<typename Ops::sock*> accepted) {
        if (!accepted) return accepted.error();
        return made(net, *accepted);
    }
};

/// connect(2): begins, then asks again until the peer has answered.
template <class Ops, class Address>
struct connect : common {
    static constexpr events interest = events::writable;
    static constexpr bool waits_first = false;
    static constexpr bool pending(errc error) noexcept {
        return error == errc::operation_in_progress || error == errc::connection_already_in_progress;
    }
    Address to;
    bool begun = false;
    result<> operator()(auto& net, auto& sk) {
        const result<> done = Ops::connect(net, sk, to);
        if (done.error() == errc::already_connected && begun) return {};
        begun = true;
        return done;
    }
};

/// poll(2): waits until the sock is ready for something, and takes nothing from it.
template <class Ops, events Interest>
struct ready : common {
    static constexpr events interest = Interest;
    static constexpr bool only_waits = true;
    result<> operator()(auto& net, auto& sk) const {
        if (Ops::is_ready(net, sk, Interest)) return {};
        return errc::resource_unavailable_try_again;
    }
};

}  // namespace weld::inline v0::attempt
