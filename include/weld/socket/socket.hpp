// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/attempts.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/operation.hpp>

namespace weld::inline v0 {

/// The user's handle of one sock: closes it at its end, moves, is never copied. What it can do follows from the
/// protocol's description; what lies underneath follows from the net. In the kernel: struct socket.
///
///     auto socket = net.socket(weld::tcp);                      // result<socket<Net, weld::tcp>>
///     if (!co_await socket->connect(server)) ...
///     const auto got = co_await socket->recv(buffer, 5_s);      // result<std::size_t>; timed_out after five seconds
///
/// Operations are awaited, or run to their end with `.blocking()`; the `try_` forms never wait. A buffer outlives the
/// operation that was given it. One task receives and one sends at a time; `split()` parts the two.
template <class Net, auto Protocol>
class [[nodiscard]] socket {
public:
    using net_type = Net;
    using description = std::remove_const_t<decltype(Protocol)>;
    using address = typename description::address;
    using ops = typename Net::template ops<Protocol>;
    using sock = typename ops::sock;
    static constexpr auto protocol = Protocol;

    /// Takes over a sock that a part has made.
    socket(Net& net, sock& sk) noexcept : net_{&net}, sock_{&sk} {}
    socket(socket&& other) noexcept : net_{other.net_}, sock_{std::exchange(other.sock_, nullptr)} {}
    socket& operator=(socket&& other) noexcept {
        if (this != &other) {
            close();
            net_ = other.net_;
            sock_ = std::exchange(other.sock_, nullptr);
        }
        return *this;
    }
    ~socket() { close(); }

    /// Ends the socket; what was sent and not yet delivered still is. Source: close(2).
    void close() noexcept {
        if (sock_ != nullptr) ops::release(*net_, *std::exchange(sock_, nullptr));
    }

    /// Gives the socket its local address. Errors: address_in_use, address_not_available, permission_denied (a port
    /// below 1024), invalid_argument (bound already). Source: bind(2).
    result<> bind(const address& local) {
        if (const result<> allowed = WELD_SECURITY_HOOK(net_->security(), bind, Protocol, local); !allowed) return allowed;
        return ops::bind(*net_, *sock_, local);
    }
    /// Lets peers connect; `backlog` limits those that nobody has accepted yet. Source: listen(2).
    result<> listen(int backlog = 4096) requires listening_protocol<Protocol> {
        if (const result<> allowed = WELD_SECURITY_HOOK(net_->security(), listen, Protocol, backlog); !allowed) return allowed;
        return ops::listen(*net_, *sock_, backlog);
    }
    /// Ends one direction or both. Errors: not_connected. Source: shutdown(2).
    result<> shutdown(shutdown_type how) { return ops::shutdown(*net_, *sock_, how); }

    /// Connects; a datagram socket only remembers its peer. Errors: connection_refused, network_unreachable,
    /// host_unreachable, timed_out (the peer, or the deadline), address_not_available (no port is left).
    /// Source: connect(2).
    auto connect(const address& to) requires connecting_protocol<Protocol> {
        return start(attempt::connect<ops, address>{{}, to});
    }
    auto connect(const address& to, deadline until) requires connecting_protocol<Protocol> {
        return start(attempt::connect<ops, address>{{}, to}, until);
    }
    /// The next connection. Errors: too_many_open_files and not_enough_memory leave it in the backlog;
    /// connection_aborted, it went away again. Source: accept(2).
    auto accept() requires listening_protocol<Protocol> { return start(attempt::accept<ops, socket>{}); }
    auto accept(deadline until) requires listening_protocol<Protocol> { return start(attempt::accept<ops, socket>{}, until); }

    /// What has arrived, as much as fits: a count of bytes, 0 at the end of a stream. A datagram that is longer than
    /// the buffer loses its rest (message_flags::truncate tells). Errors: connection_reset, timed_out, those that
    /// wait in the socket. Source: recv(2).
    auto recv(mutable_bytes buffer, message_flags flags = {}) { return start(attempt::recv<ops>{{}, buffer, flags}); }
    auto recv(mutable_bytes buffer, deadline until) { return start(attempt::recv<ops>{{}, buffer, {}}, until); }
    /// Sends as much as the socket takes: a count of bytes. Errors: broken_pipe (never a signal), connection_reset,
    /// not_connected, message_size. Source: send(2).
    auto send(const_bytes data, message_flags flags = {}) { return start(attempt::send<ops>{{}, data, flags}); }
    auto send(const_bytes data, deadline until) { return start(attempt::send<ops>{{}, data, {}}, until); }

    /// One datagram and its sender. Source: recvfrom(2).
    auto recv_from(mutable_bytes buffer, message_flags flags = {}) requires addressed_protocol<Protocol> {
        return start(attempt::recv_from<ops, address>{{}, buffer, flags});
    }
    auto recv_from(mutable_bytes buffer, deadline until) requires addressed_protocol<Protocol> {
        return start(attempt::recv_from<ops, address>{{}, buffer, {}}, until);
    }
    /// One datagram, all of it or none. Source: sendto(2).
    auto send_to(const_bytes data, const address& to, message_flags flags = {}) requires addressed_protocol<Protocol> {
        return start(attempt::send_to<ops, address>{{}, data, to, flags});
    }
    auto send_to(const_bytes data, const address& to, deadline until) requires addressed_protocol<Protocol> {
        return start(attempt::send_to<ops, address>{{}, data, to, {}}, until);
    }

    /// Receives until `buffer` is full or the stream ends: the count is less than the buffer's size only at the end.
    /// With a `cursor` (0 at first) the progress outlives the operation, and it may be cancelled and taken up again.
    auto read_exactly(mutable_bytes buffer) requires stream_protocol<Protocol> {
        return start(attempt::read_exactly<ops, attempt::own_cursor>{{}, buffer, {}});
    }
    auto read_exactly(mutable_bytes buffer, deadline until) requires stream_protocol<Protocol> {
        return start(attempt::read_exactly<ops, attempt::own_cursor>{{}, buffer, {}}, until);
    }
    auto read_exactly(mutable_bytes buffer, std::size_t& cursor) requires stream_protocol<Protocol> {
        return start(attempt::read_exactly<ops, attempt::lent_cursor>{{}, buffer, {cursor}});
    }
    /// Sends all of `data`. With a `cursor`, as above.
    auto send_all(const_bytes data) requires stream_protocol<Protocol> {
        return start(attempt::send_all<ops, attempt::own_cursor>{{}, data, {}});
    }
    auto send_all(const_bytes data, deadline until) requires stream_protocol<Protocol> {
        return start(attempt::send_all<ops, attempt::own_cursor>{{}, data, {}}, until);
    }
    auto send_all(const_bytes data, std::size_t& cursor) requires stream_protocol<Protocol> {
        return start(attempt::send_all<ops, attempt::lent_cursor>{{}, data, {cursor}});
    }

    /// Wait for readiness and take nothing: then `try_recv` into a buffer that is lent only now. Source: poll(2).
    auto wait_readable() { return start(attempt::ready<ops, events::readable>{}); }
    auto wait_readable(deadline until) { return start(attempt::ready<ops, events::readable>{}, until); }
    auto wait_writable() { return start(attempt::ready<ops, events::writable>{}); }
    auto wait_writable(deadline until) { return start(attempt::ready<ops, events::writable>{}, until); }

    /// The calls themselves: resource_unavailable_try_again where they would have to wait.
    result<std::size_t> try_recv(mutable_bytes buffer, message_flags flags = {}) { return uninterrupted([&] { return ops::recv(*net_, *sock_, buffer, flags); }); }
    result<std::size_t> try_send(const_bytes data, message_flags flags = {}) { return uninterrupted([&] { return ops::send(*net_, *sock_, data, flags); }); }
    result<socket> try_accept() requires listening_protocol<Protocol> { return attempt::accept<ops, socket>{}(*net_, *sock_); }
    /// operation_in_progress where the peer has yet to answer: writable then, and a second call tells how it ended.
    result<> try_connect(const address& to) requires connecting_protocol<Protocol> { return ops::connect(*net_, *sock_, to); }

    /// The local and the remote address. Errors: not_connected. Source: getsockname(2), getpeername(2).
    result<address> local_address() { return ops::template local_address<address>(*net_, *sock_); }
    result<address> peer_address() { return ops::template peer_address<address>(*net_, *sock_); }

    /// What lies underneath, for those who compose.
    Net& net() const noexcept { return *net_; }
    sock& native() const noexcept { return *sock_; }

private:
    template <class Call>
    static auto uninterrupted(Call call) {
        for (;;)
            if (auto answer = call(); answer.error() != errc::interrupted) return answer;
    }
    template <class Attempt>
    auto start(Attempt attempt) { return operation<Net, ops, Attempt>{*net_, *sock_, std::move(attempt)}; }
    template <class Attempt>
    auto start(Attempt attempt, deadline until) {
        return timed_operation<Net, ops, Attempt>{*net_, *sock_, std::move(attempt), until};
    }

    Net* net_;
    sock* sock_;
};

template <detail::part... Parts>
template <auto Protocol>
auto net<Parts...>::socket(int number) -> result<weld::socket<net, Protocol>> {
    using description = std::remove_const_t<decltype(Protocol)>;
    if (const result<> allowed = WELD_SECURITY_HOOK(security(), create, description::family, description::type, number); !allowed)
        return allowed.error();
    auto made = ops<Protocol>::create(*this, Protocol, number);
    if (!made) return made.error();
    return weld::socket<net, Protocol>{*this, **made};
}

}  // namespace weld::inline v0
