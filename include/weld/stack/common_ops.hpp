// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/operation.hpp>
#include <weld/stack/interface_names.hpp>
#include <weld/stack/sock.hpp>
#include <weld/stack/socket_options.hpp>

namespace weld::inline v0::stack {

/// Several messages by one call, for protocols that have no shorter way: as many as `one(message)` succeeds for, or the
/// first one's error. Source: sendmmsg(2), recvmmsg(2).
template <class Message, class One>
result<std::size_t> for_many(span<Message> messages, One&& one) {
    std::size_t count = 0;
    for (Message& each : messages) {
        const result<> done = one(each);
        if (!done && count == 0) return done.error();
        if (!done) break;
        ++count;
    }
    return count;
}

/// What every kind of own socket does alike; stream_ops and datagram_ops add how they send and receive.
/// `Proto` is the part that holds the protocol; it is found in the net by its type. In the kernel: struct proto_ops.
///
/// The protocol offers (net is the first argument of each; `endpoint` is the description's address type):
///     typename sock                                      derived from stack::sock
///     result<sock*> create(net)                          a new one
///     void close(net, sk)                                the last handle is gone: end it, in the background if need be
///     bool begin_close(net, sk), is_closing(sk)          what close(2) does before it waits for the peer (SO_LINGER),
///                                                        and whether it still has to, `writable` being woken meanwhile.
///                                                        May be absent
///     result<> bind(net, sk, endpoint)
///     result<> connect(net, sk, endpoint)                operation_in_progress: writable, or an error, comes later
///     result<> shutdown(net, sk, shutdown_type)
///     result<endpoint> local_address(net, sk), peer_address(net, sk)
///     events poll(net, sk)                               what it is ready for, at this moment
///     result<> set_option(net, sk, level, name, bytes), result<std::size_t> get_option(net, sk, level, name, bytes)
///         what is not SOL_SOCKET's: that is answered here
///     void option_changed(net, sk, name)                 one of SOL_SOCKET was set; may be absent
///     result<int> ioctl(sk, request)                     FIONREAD, SIOCOUTQ; may be absent
/// and where it listens:
///     result<> listen(net, sk, backlog), result<sock*> accept(net, sk)
template <class Proto>
struct common_ops {
    using sock = typename Proto::sock;

    /// The part that these ops belong to.
    template <class Net>
    static Proto& proto(Net& net) noexcept { return net.template part<Proto>(); }

    template <class Net, class Description>
    static result<sock*> create(Net& net, Description, int) { return proto(net).create(net); }
    /// One holder more, for `split()`.
    static void share(sock& sk) noexcept { ++sk.holders; }
    template <class Net>
    static void release(Net& net, sock& sk) noexcept {
        if (--sk.holders == 0) proto(net).close(net, sk);
    }
    /// close(2) in two halves, for protocols that wait for the peer: socket/closing.hpp. Another handle's sock stays.
    template <class Net>
    static bool begin_close(Net& net, sock& sk) requires requires(Proto& proto) { proto.begin_close(net, sk); } {
        return sk.holders == 1 && proto(net).begin_close(net, sk);
    }
    template <class Net>
    static bool is_closing(Net&, const sock& sk) requires requires { Proto::is_closing(sk); } { return Proto::is_closing(sk); }
    /// Queues one who waits for the second half.
    template <class Net>
    static void wait_closed(Net&, sock& sk, wait_entry& entry) { sk.waiters.add(entry); }
    template <class Net, class Address>
    static result<> bind(Net& net, sock& sk, const Address& local) { return proto(net).bind(net, sk, local); }
    template <class Net, class Address>
    static result<> connect(Net& net, sock& sk, const Address& to) { return proto(net).connect(net, sk, to); }
    template <class Net>
    static result<> listen(Net& net, sock& sk, int backlog) { return proto(net).listen(net, sk, backlog); }
    template <class Net>
    static result<sock*> accept(Net& net, sock& sk) { return proto(net).accept(net, sk); }
    template <class Net>
    static result<> shutdown(Net& net, sock& sk, shutdown_type how) { return proto(net).shutdown(net, sk, how); }
    template <class Address, class Net>
    static result<Address> local_address(Net& net, sock& sk) { return proto(net).local_address(net, sk); }
    template <class Address, class Net>
    static result<Address> peer_address(Net& net, sock& sk) { return proto(net).peer_address(net, sk); }

    /// setsockopt(2), getsockopt(2).
    template <class Net>
    static result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
        if (level != levels::socket) return proto(net).set_option(net, sk, level, name, value);
        const result<> done = name == bind_to_device::name ? bind_device(net, sk, value) : set_socket_option(sk, name, value);
        if constexpr (requires { proto(net).option_changed(net, sk, name); })
            if (done) proto(net).option_changed(net, sk, name);
        return done;
    }
    template <class Net>
    static result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
        if (level != levels::socket) return proto(net).get_option(net, sk, level, name, value);
        if (name == bind_to_device::name) return bound_device(net, sk, value);
        if (name == cookie::name) return tell_cookie(net, sk, value);
        bool listens = false;
        if constexpr (requires { sk.listening != nullptr; }) listens = sk.listening != nullptr;
        return get_socket_option(sk, identity(), listens, name, value);
    }

    /// ioctl(2) of what a protocol has in its queues: FIONREAD (SIOCINQ), SIOCOUTQ, and others of an int.
    /// Errors: bad_address, inappropriate_io_control_operation, and the protocol's.
    template <class Net>
    static result<int> ioctl(Net& net, sock& sk, unsigned long request, void* argument) requires requires(Proto& proto) { proto.ioctl(sk, request); } {
        const auto told = proto(net).ioctl(sk, request);
        if (!told) return told;
        if (argument == nullptr) return errc::bad_address;
        __builtin_memcpy(argument, &*told, sizeof *told);
        return 0;
    }

    template <class Net>
    static events poll(Net& net, sock& sk) { return proto(net).poll(net, sk); }
    template <class Net>
    static bool is_ready(Net& net, sock& sk, events what) { return any(proto(net).poll(net, sk) & (what | events::always)); }
    template <class Net>
    static result<> wait(Net& net, sock& sk, wait_entry& entry) {
        if (is_ready(net, sk, entry.interest())) net.runnable().push(entry);
        else sk.waiters.add(entry);
        return {};
    }
    template <class Net>
    static time_point clock(Net& net) noexcept { return net.now(); }
    /// Runs the net until the sock is ready. Errors: timed_out.
    template <class Net>
    static result<> wait_here(Net& net, sock& sk, events what, time_point until) {
        struct alarm : timer {
            alarm() noexcept : timer{+[](runnable& self) { static_cast<alarm&>(self).rang = true; }} {}
            bool rang = false;
        } limit;
        net.timers().arm(limit, until);
        while (!is_ready(net, sk, what)) {
            if (limit.rang) return errc::timed_out;
            net.step();
        }
        return {};
    }

    /// Lets the net run for one round, which ends at `until` at the latest.
    template <class Net>
    static void rest(Net& net, time_point until) {
        timer limit{+[](runnable&) {}};
        net.timers().arm(limit, until);
        net.step();
    }

private:
    /// SO_BINDTODEVICE: a name, with or without its end; an empty one binds to none. In the kernel: sock_setbindtodevice.
    template <class Net>
    static result<> bind_device(Net& net, sock& sk, const_bytes value) {
        text name = as_text(value.first(std::min<std::size_t>(value.size(), 15)));
        std::size_t length = 0;
        while (length < name.size() && name.data()[length] != '\0') ++length;
        name = name.substr(0, length);
        const auto index = name.empty() ? result<std::uint32_t>{0u} : index_of_interface(net, name);
        if (index) sk.options.bound_interface = *index;
        return index.error();
    }
    /// Errors: invalid_argument (no room for a name). In the kernel: sock_getbindtodevice.
    template <class Net>
    static result<std::size_t> bound_device(Net& net, const sock& sk, mutable_bytes to) {
        if (sk.options.bound_interface == 0) return std::size_t{0};
        if (to.size() < 16) return errc::invalid_argument;
        const text name = name_of_interface(net, sk.options.bound_interface);
        const std::size_t length = copy(to, as_bytes(name));
        to[length] = std::byte{0};
        return length + 1;
    }
    /// SO_COOKIE: given when first asked for. Errors: invalid_argument (no room). In the kernel: sock_gen_cookie.
    template <class Net>
    static result<std::size_t> tell_cookie(Net& net, sock& sk, mutable_bytes to) {
        if (to.size() < sizeof sk.cookie) return errc::invalid_argument;
        if (sk.cookie == 0) sk.cookie = net.context().next_cookie();
        return copy(to, object_bytes(sk.cookie));
    }
    static constexpr socket_identity identity() noexcept {
        socket_identity is{};
        Proto::protosw::visit([&](auto entry) {
            is = {entry.protocol.family, entry.protocol.type, entry.protocol.number};
            return true;
        });
        return is;
    }
};

}  // namespace weld::inline v0::stack
