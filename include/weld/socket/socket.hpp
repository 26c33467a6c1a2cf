// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/refused.hpp>
#include <weld/socket/receiving.hpp>
#include <weld/socket/sending.hpp>

namespace weld::inline v0 {

/// The half of a socket that receives: `auto [reader, writer] = std::move(socket).split();`. The sock lives until both
/// halves have ended; the end of one shuts nothing down.
template <class Net, auto Protocol>
class [[nodiscard]] reader : public receiving<socket_handle<Net, Protocol>> {
public:
    using receiving<socket_handle<Net, Protocol>>::receiving;
};

/// The half that sends. Its end tells the peer nothing; `shutdown()` does.
template <class Net, auto Protocol>
class [[nodiscard]] writer : public sending<socket_handle<Net, Protocol>> {
    using base = sending<socket_handle<Net, Protocol>>;

public:
    using base::base;
    using typename base::ops;
    /// No more will be sent: the peer reads the end once it has read all. Errors: not_connected. Source: shutdown(2).
    result<> shutdown() { return ops::shutdown(*this->net_, *this->sock_, shutdown_type::write); }
};

/// The user's handle of one sock: closes it at its end, moves, is never copied. What it can do follows from the
/// protocol's description; what lies underneath follows from the net. In the kernel: struct socket.
///
///     auto socket = net.socket(weld::tcp);                      // result<socket<Net, weld::tcp>>
///     if (!co_await socket->connect(server)) ...
///     const auto got = co_await socket->recv(buffer, 5_s);      // result<std::size_t>; timed_out after five seconds
///
/// Operations are awaited, or run to their end with `.blocking()`; the `try_` forms never wait. One task receives and
/// one sends at a time; `split()` parts the two. How to receive: socket/receiving.hpp; to send: socket/sending.hpp;
/// options, addresses: socket/socket_handle.hpp.
template <class Net, auto Protocol>
class [[nodiscard]] socket : public sending<receiving<socket_handle<Net, Protocol>>> {
    using base = sending<receiving<socket_handle<Net, Protocol>>>;
    using base::net_;
    using base::sock_;

public:
    using base::base;
    using typename base::address;
    using typename base::ops;

    /// Gives the socket its local address. Errors: address_in_use, address_not_available, permission_denied (a port
    /// below 1024), invalid_argument (bound already). Source: bind(2).
    result<> bind(const address& local) { return ops::bind(*net_, *sock_, local); }
    /// Lets peers connect; `backlog` limits those that nobody has accepted yet. Source: listen(2).
    result<> listen(int backlog = 4096) requires listening_protocol<Protocol> {
        return ops::listen(*net_, *sock_, backlog);
    }
    /// Ends one direction or both. Errors: not_connected. Source: shutdown(2).
    result<> shutdown(shutdown_type how) { return ops::shutdown(*net_, *sock_, how); }

    /// Connects; a datagram socket only remembers its peer. Errors: connection_refused, network_unreachable,
    /// host_unreachable, timed_out (the peer, or the deadline), address_not_available (no port is left).
    /// A unix socket waits while the listener's backlog is full. Source: connect(2).
    template <class... How>
        requires connecting_protocol<Protocol> && how_to_call<How...>
    auto connect(const address& to, How... how) {
        return this->template start_retried<retries_connect>(attempt::connect<ops, address>{{}, to}, how...);
    }
    /// The next connection. Errors: too_many_open_files and not_enough_memory leave it in the backlog;
    /// connection_aborted, it went away again. Source: accept(2).
    auto accept() requires listening_protocol<Protocol> { return this->start(attempt::accept<ops, socket>{}); }
    auto accept(deadline until) requires listening_protocol<Protocol> { return this->start(attempt::accept<ops, socket>{}, until); }

    /// The calls themselves: resource_unavailable_try_again where they would have to wait.
    result<socket> try_accept() requires listening_protocol<Protocol> { return attempt::accept<ops, socket>::taken(*net_, ops::accept(*net_, *sock_)); }
    /// operation_in_progress where the peer has yet to answer: writable then, and a second call tells how it ended.
    result<> try_connect(const address& to) requires connecting_protocol<Protocol> { return ops::connect(*net_, *sock_, to); }

    /// Parts the socket into a reader and a writer, for two tasks. Pre: no operation of it is waiting.
    struct halves {
        weld::reader<Net, Protocol> reader;
        weld::writer<Net, Protocol> writer;
    };
    halves split() && {
        typename ops::sock& sk = this->give_up();
        ops::share(sk);
        return {{*net_, sk}, {*net_, sk}};
    }

    /// Gives the sock to the caller, who has to release it. Pre: no operation of it is waiting.
    typename ops::sock& detach() && noexcept { return this->give_up(); }

    refused listen(...) requires(!listening_protocol<Protocol>) {
        static_assert(detail::never<Net>, "socket: this protocol has no listen; those of streams and seqpackets have (socket/protocol.hpp)");
        return {};
    }
    refused accept(...) requires(!listening_protocol<Protocol>) {
        static_assert(detail::never<Net>, "socket: this protocol has no accept; those of streams and seqpackets have (socket/protocol.hpp)");
        return {};
    }
    refused connect(const address&, ...) requires(!connecting_protocol<Protocol>) {
        static_assert(detail::never<Net>, "socket: this protocol has no connect; bind to an interface, or send_to (socket/protocol.hpp)");
        return {};
    }

private:
    static constexpr bool retries_connect = requires { requires ops::retries_connect; };
};

template <detail::part... Parts>
template <auto Protocol>
auto net<Parts...>::socket(int number) -> result<weld::socket<net, Protocol>> {
    using description = std::remove_const_t<decltype(Protocol)>;
    [[maybe_unused]] const auto asked = [&](auto hook) -> result<> {  // nothing of it is left where there is no policy
        if constexpr (detail::is_kernel_owned<Protocol>) return {};
        else return hook(security());
    };
    const result<> allowed = asked([&](auto hooks) { return hooks.create(description::family, description::type, number); });
    if (!allowed) return allowed.error();
    auto made = ops<Protocol>::create(*this, Protocol, number);
    if (!made) return made.error();
    weld::socket<net, Protocol> fresh{*this, **made};
    const result<> kept = asked([&](auto hooks) { return hooks.post_create(description::family, description::type, number); });
    if (!kept) return kept.error();
    return fresh;
}

template <detail::part... Parts>
template <pairing_description Description>
auto net<Parts...>::socketpair(Description, int number) {
    using end = weld::socket<net, Description{}>;
    using pair = std::pair<end, end>;
    if (const result<> allowed = security().create(Description::family, Description::type, number); !allowed)
        return result<pair>{allowed.error()};
    typename ops<Description{}>::sock* made[2];
    if (const result<> done = ops<Description{}>::create_pair(*this, Description{}, number, made); !done)
        return result<pair>{done.error()};
    return result<pair>{pair{end{*this, *made[0]}, end{*this, *made[1]}}};
}

}  // namespace weld::inline v0
