// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/any_messages.hpp>
#include <weld/socket/closing.hpp>
#include <weld/socket/create_rules.hpp>
#include <weld/socket/passed_descriptor.hpp>
#include <weld/socket/served.hpp>
#include <weld/socket/sockaddr_rules.hpp>
#include <weld/socket/wait_queue.hpp>

#include <utility>

namespace weld::inline v0 {

/// The proto_ops of a socket whose protocol is known at run time only: each call finds the protocol's own by the
/// generated switch. What a protocol lacks answers operation_not_supported, from the same description that leaves it
/// out of `socket`. Errors: beside those, what the protocol says. In the kernel: the calls through sock->ops, and the
/// sock_no_listen, sock_no_accept, ... of net/core/sock.c.
template <class Net>
struct any_ops {
    using sock = socket_node;

    static void release(Net& net, socket_node& at) noexcept {
        if (at.sk == nullptr) return;
        with<int>(net, at, [&]<auto, class Ops>(auto& sk) {
            Ops::release(net, sk);
            return 0;
        });
        at.sk = nullptr;
        at.state = socket_state::free;
    }
    /// close(2) in two halves, where the protocol has them: socket/closing.hpp says how they are used.
    static bool begin_close(Net& net, socket_node& at) {
        return with<bool>(net, at, [&]<auto, class Ops>(auto& sk) {
            if constexpr (requires { Ops::begin_close(net, sk); }) return Ops::begin_close(net, sk);
            else return false;
        });
    }
    static bool is_closing(Net& net, socket_node& at) {
        return with<bool>(net, at, [&]<auto, class Ops>(auto& sk) { return closing::lasts<Ops>(net, sk); });
    }
    /// Queues one who is woken when it may have ended. False where nobody tells, and it is to be asked again.
    static bool wait_closed(Net& net, socket_node& at, wait_entry& entry) {
        return with<bool>(net, at, [&]<auto, class Ops>(auto& sk) {
            if constexpr (requires { Ops::wait_closed(net, sk, entry); }) return Ops::wait_closed(net, sk, entry), true;
            else return false;
        });
    }
    static result<> bind(Net& net, socket_node& at, const generic_address& local) {
        return with<result<>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<> {
            const auto address = sockaddr_rules::to_bind<Protocol, Ops>(local);
            if (!address) return address.error();
            return Ops::bind(net, sk, *address);
        });
    }
    static result<> connect(Net& net, socket_node& at, const generic_address& to) {
        const result<> done = with<result<>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<> {
            if constexpr (!Protocol.connects && !sockaddr_rules::raw<Ops>) return errc::operation_not_supported;
            else if (sockaddr_rules::is_disconnect<Ops>(to)) return disconnect<Ops>(net, sk);
            else return connect<Protocol, Ops>(net, sk, to);
        });
        at.state = done ? socket_state::connected
                        : done.error() == errc::operation_in_progress ? socket_state::connecting : at.state;
        return done;
    }
    static result<> listen(Net& net, socket_node& at, int backlog) {
        return with<result<>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<> {
            if constexpr (Protocol.listens) return Ops::listen(net, sk, backlog);
            else return errc::operation_not_supported;
        });
    }
    /// Gives `fresh`, a node without a sock, the next connection. In the kernel: inet_accept with its sock_graft.
    static result<> accept(Net& net, socket_node& at, socket_node& fresh) {
        const result<> done = with<result<>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<> {
            if constexpr (Protocol.listens) {
                const auto accepted = Ops::accept(net, sk);
                if (accepted) fresh.sk = *accepted;
                return accepted.error();
            } else return errc::operation_not_supported;
        });
        if (done) inherit(at, fresh);
        return done;
    }
    static result<> shutdown(Net& net, socket_node& at, shutdown_type how) {
        return with<result<>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<> {
            if constexpr (Protocol.connects || sockaddr_rules::raw<Ops>) return Ops::shutdown(net, sk, how);
            else return errc::operation_not_supported;
        });
    }
    static result<std::size_t> send(Net& net, socket_node& at, const_bytes data, message_flags flags) {
        return with<result<std::size_t>>(net, at, [&]<auto, class Ops>(auto& sk) { return Ops::send(net, sk, data, flags); });
    }
    static result<std::size_t> recv(Net& net, socket_node& at, mutable_bytes buffer, message_flags flags) {
        return with<result<std::size_t>>(net, at, [&]<auto, class Ops>(auto& sk) { return Ops::recv(net, sk, buffer, flags); });
    }
    static result<std::size_t> send_message(Net& net, socket_node& at, const any_outgoing& message, message_flags flags) {
        return with<result<std::size_t>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) {
            return any_messages<Net, Protocol, Ops>::send(net, sk, message, flags);
        });
    }
    static result<std::size_t> recv_message(Net& net, socket_node& at, any_incoming& message, message_flags flags) {
        return with<result<std::size_t>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) {
            return any_messages<Net, Protocol, Ops>::recv(net, sk, message, flags);
        });
    }
    static result<> set_option(Net& net, socket_node& at, int level, int name, const_bytes value) {
        return with<result<>>(net, at, [&]<auto, class Ops>(auto& sk) -> result<> {
            if constexpr (has_options<Ops>) return Ops::set_option(net, sk, level, name, value);
            else return errc::operation_not_supported;
        });
    }
    static result<std::size_t> get_option(Net& net, socket_node& at, int level, int name, mutable_bytes value) {
        return with<result<std::size_t>>(net, at, [&]<auto, class Ops>(auto& sk) -> result<std::size_t> {
            if constexpr (has_options<Ops>) return Ops::get_option(net, sk, level, name, value);
            else return errc::operation_not_supported;
        });
    }
    static result<generic_address> local_address(Net& net, socket_node& at) {
        return with<result<generic_address>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<generic_address> {
            const auto address = Ops::template local_address<sockaddr_rules::address<Protocol, Ops>>(net, sk);
            if (!address) return address.error();
            return generic_address{*address};
        });
    }
    static result<generic_address> peer_address(Net& net, socket_node& at) {
        return with<result<generic_address>>(net, at, [&]<auto Protocol, class Ops>(auto& sk) -> result<generic_address> {
            if constexpr (Protocol.connects || sockaddr_rules::raw<Ops>) {
                const auto address = Ops::template peer_address<sockaddr_rules::address<Protocol, Ops>>(net, sk);
                if (!address) return address.error();
                return generic_address{*address};
            } else return errc::operation_not_supported;
        });
    }

    /// What it is ready for, at this moment. In the kernel: sock_poll.
    static events poll(Net& net, socket_node& at) {
        return with<events>(net, at, [&]<auto, class Ops>(auto& sk) { return Ops::poll(net, sk); });
    }
    static bool is_ready(Net& net, socket_node& at, events what) { return any(poll(net, at) & (what | events::always)); }
    static result<> wait(Net& net, socket_node& at, wait_entry& entry) {
        return with<result<>>(net, at, [&]<auto, class Ops>(auto& sk) { return Ops::wait(net, sk, entry); });
    }
    /// Queues one who waits without a look at what is ready now, as a set does that remembers it.
    static result<> watch(Net& net, socket_node& at, wait_entry& entry) {
        return with<result<>>(net, at, [&]<auto, class Ops>(auto& sk) -> result<> {
            if constexpr (requires { net.source().watch(sk, entry.interest()); })
                if (const result<> watching = net.source().watch(sk, entry.interest()); !watching) return watching;
            sk.waiters.add(entry);
            return {};
        });
    }
    /// ioctl(2) of what is the protocol's own: FIONREAD, SIOCOUTQ. Errors: inappropriate_io_control_operation.
    static result<int> ioctl(Net& net, socket_node& at, unsigned long request, void* argument) {
        return with<result<int>>(net, at, [&]<auto, class Ops>(auto& sk) -> result<int> {
            if constexpr (requires { Ops::ioctl(net, sk, request, argument); }) return Ops::ioctl(net, sk, request, argument);
            else return errc::inappropriate_io_control_operation;
        });
    }
    static time_point clock(Net& net) noexcept { return net.now(); }
    static result<> wait_here(Net& net, socket_node& at, events what, time_point until) {
        return with<result<>>(net, at, [&]<auto, class Ops>(auto& sk) { return Ops::wait_here(net, sk, what, until); });
    }
    /// True where the end of "not now" is announced by nobody, and the call is to be repeated.
    static bool retries_connect(Net& net, socket_node& at) noexcept {
        return with<bool>(net, at, [&]<auto, class Ops>(auto&) {
            if constexpr (requires { Ops::retries_connect; }) return Ops::retries_connect;
            else return false;
        });
    }
    static bool retries_send_to(Net& net, socket_node& at) noexcept {
        return with<bool>(net, at, [&]<auto, class Ops>(auto&) {
            if constexpr (requires { Ops::retries_send_to; }) return Ops::retries_send_to;
            else return false;
        });
    }
    /// The host's descriptor behind a socket, for a message that carries it; -1 where the host has none.
    static int host_descriptor(Net& net, socket_node& at) noexcept {
        return with<int>(net, at, [&]<auto, class Ops>(auto& sk) {
            if constexpr (requires { Ops::descriptor_of(sk); }) return Ops::descriptor_of(sk);
            else return -1;
        });
    }
    /// What a descriptor is that the host has given. Errors: not_a_socket. Pre: a family of the host gave it.
    static result<passed_descriptor> examine(Net& net, int fd) {
        result<passed_descriptor> seen = errc::not_a_socket;
        with_host([&]<class Ops>() { seen = Ops::examine(net, fd); });
        return seen;
    }
    static void close_descriptor(Net& net, int fd) {
        with_host([&]<class Ops>() { Ops::close_descriptor(net, fd); });
    }
    /// Makes a node the socket of such a descriptor, which is closed where there is no memory for it.
    /// Errors: protocol_not_supported (no family of the host that is listed here serves it), not_enough_memory.
    static result<> adopt(Net& net, socket_node& fresh, int fd, const passed_descriptor& seen) {
        const auto line = create_rules::find({served_protocols<Net>::lines, served_protocols<Net>::size}, seen.family, seen.type, seen.protocol);
        if (!line) return errc::protocol_not_supported;
        const auto chosen = [&]<auto Protocol>() -> result<> {
            using ops = typename Net::template ops<Protocol>;
            if constexpr (requires { ops::adopt(net, fd, events::writable); }) {
                const auto made = ops::adopt(net, fd, events::writable);
                if (made) fresh.sk = *made;
                return made.error();
            } else return errc::protocol_not_supported;
        };
        const result<> done = served_protocols<Net>::template with<result<>>(line->index, chosen);
        if (!done) return done;
        fresh.line = line->index;
        fresh.family = seen.family;
        fresh.type = seen.type;
        fresh.protocol = line->protocol;
        fresh.state = socket_state::connected;
        return {};
    }
    /// True where the protocol is a byte stream.
    static bool is_stream(Net& net, socket_node& at) noexcept {
        return with<bool>(net, at, [&]<auto Protocol, class>(auto&) { return Protocol.is_stream; });
    }

private:
    /// Calls `visitor.template operator()<Protocol, Ops>(sk)` with what serves this socket.
    template <class Answer, class Visitor>
    [[gnu::always_inline]] static Answer with(Net&, socket_node& at, Visitor&& visitor) {
        const auto chosen = [&]<auto Protocol>() -> Answer {
            using ops = typename Net::template ops<Protocol>;
            using kernel_ops = typename Net::template ops<kernel_owned<std::remove_const_t<decltype(Protocol)>>{}>;
            auto& sk = *static_cast<typename ops::sock*>(at.sk);
            if constexpr (!std::is_same_v<ops, kernel_ops>)
                if (at.kernel_owned) return visitor.template operator()<Protocol, kernel_ops>(sk);
            return visitor.template operator()<Protocol, ops>(sk);
        };
        return served_protocols<Net>::template with<Answer>(at.line, chosen);
    }
    /// Calls `visitor.template operator()<Ops>()` with the ops of the first family of the host, if there is one.
    template <class Visitor>
    static void with_host(Visitor&& visitor) {
        bool found = false;
        for (unsigned at = 0; at < served_protocols<Net>::size && !found; ++at) {
            const auto chosen = [&]<auto Protocol>() {
                using ops = typename Net::template ops<Protocol>;
                if constexpr (requires(typename ops::sock& sk) { ops::descriptor_of(sk); }) visitor.template operator()<ops>(), found = true;
                return 0;
            };
            static_cast<void>(served_protocols<Net>::template with<int>(at, chosen));
        }
    }
    template <class Ops>
    static constexpr bool has_options = requires(Net& net, typename Ops::sock& sk, mutable_bytes value) {
        Ops::get_option(net, sk, 0, 0, value);
    };
    template <auto Protocol, class Ops>
    static result<> connect(Net& net, auto& sk, const generic_address& to) {
        const auto address = sockaddr_rules::to_connect<Protocol, Ops>(to);
        if (!address) return address.error();
        return Ops::connect(net, sk, *address);
    }
    template <class Ops>
    static result<> disconnect(Net& net, auto& sk) {
        if constexpr (requires { Ops::disconnect(net, sk); }) return Ops::disconnect(net, sk);
        else return errc::address_family_not_supported;
    }
    static void inherit(const socket_node& from, socket_node& fresh) noexcept {
        fresh.line = from.line;
        fresh.kernel_owned = from.kernel_owned;
        fresh.family = from.family;
        fresh.type = from.type;
        fresh.protocol = from.protocol;
        fresh.state = socket_state::connected;
    }
};

}  // namespace weld::inline v0
