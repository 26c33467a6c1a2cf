// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/net.hpp>
#include <weld/socket/protocol/unix.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/context.hpp>
#include <weld/stack/unix/unix_lifetime.hpp>
#include <weld/stack/unix/unix_ops.hpp>

namespace weld::inline v0::stack {

/// AF_UNIX within one net: streams, datagrams and seqpackets by path and by abstract name, with descriptors and
/// credentials, and not one system call. Paths live in the net, not in the file system. Source: unix(7).
///
///     weld::net net{weld::stack::unix_{}, weld::sim::virtual_clock{}};
///     auto pair = net.socketpair(weld::unix_stream);
///
/// In the kernel: net/unix/af_unix.c, unix_stream_ops, unix_dgram_ops, unix_seqpacket_ops.
class unix_ : public unix_lifetime {
public:
    using role = role::family;
    using net_context = context;
    using protosw = protosw_table<entry<unix_stream, unix_stream_ops<unix_>>, entry<unix_datagram, unix_datagram_ops<unix_>>,
                                  entry<unix_seqpacket, unix_seqpacket_ops<unix_>>>;

    explicit unix_(unix_options options = {}) noexcept : unix_lifetime{options} {}

    /// In the kernel: unix_bind, unix_bind_bsd, unix_bind_abstract. The unnamed address asks for a name of weld's choice.
    template <class Net>
    result<> bind(Net& net, unix_sock& sk, const unix_address& local) {
        if (local.is_unnamed()) return autobind(net, sk);
        if (local.is_path() && names_.find(local, sk.type) != nullptr) return errc::address_in_use;
        if (sk.name != nullptr) return errc::invalid_argument;
        return take_name(sk, names_.bind(net.allocation(), local, sk));
    }
    /// Errors: invalid_argument (a datagram's, an unbound or a connected socket). In the kernel: unix_listen.
    template <class Net>
    result<> listen(Net& net, unix_sock& sk, int backlog) {
        if (sk.is_datagram()) return errc::operation_not_supported;
        if (sk.name == nullptr || sk.state == unix_state::established) return errc::invalid_argument;
        sk.backlog = backlog;
        sk.state = unix_state::listening;
        sk.knows_peer = true;
        sk.of_peer = sk.own;
        sk.wake(events::writable, net.runnable());
        return {};
    }
    template <class Net>
    result<> connect(Net& net, unix_sock& sk, const unix_address& to) {
        if (sk.pass_credentials && sk.name == nullptr)
            if (const result<> named = autobind(net, sk); !named) return named;
        return sk.is_datagram() ? connect_datagram(net, sk, to) : connect_stream(net, sk, to);
    }
    /// connect(2) with AF_UNSPEC. In the kernel: the end of unix_dgram_connect.
    template <class Net>
    result<> disconnect(Net& net, unix_sock& sk) {
        if (!sk.is_datagram()) return errc::invalid_argument;
        leave_peer(net, sk);
        return {};
    }
    /// Errors: invalid_argument (nobody called listen, or shutdown for reading), resource_unavailable_try_again.
    /// In the kernel: unix_accept.
    template <class Net>
    result<unix_sock*> accept(Net& net, unix_sock& sk) {
        if (sk.state != unix_state::listening) return errc::invalid_argument;
        if (sk.accept_queue.empty()) return sk.receive_shut ? errc::invalid_argument : errc::resource_unavailable_try_again;
        auto& fresh = static_cast<unix_sock&>(sk.accept_queue.pop_front());
        --sk.waiting_connections;
        if (!sk.accept_queue.empty()) sk.wake(events::readable, net.runnable());
        return &fresh;
    }
    /// Never fails: what is not connected is shut as well. In the kernel: unix_shutdown.
    template <class Net>
    result<> shutdown(Net& net, unix_sock& sk, shutdown_type how) {
        const bool reading = how != shutdown_type::write, writing = how != shutdown_type::read;
        shut(net, sk, reading, writing);
        if (sk.peer != nullptr && !sk.is_datagram()) shut(net, *sk.peer, writing, reading);
        return {};
    }
    /// Two that are connected with each other. In the kernel: unix_socketpair.
    static void pair(unix_sock& one, unix_sock& two) noexcept {
        become_peers(one, two);
        one.knows_peer = two.knows_peer = true;
        one.of_peer = two.own;
        two.of_peer = one.own;
    }

    template <class Net>
    static events poll(Net&, unix_sock& sk) noexcept { return unix_receive::poll(sk); }
    template <class Net>
    result<unix_address> local_address(Net&, const unix_sock& sk) const noexcept { return name_of(sk); }
    template <class Net>
    result<unix_address> peer_address(Net&, const unix_sock& sk) const noexcept {
        if (sk.peer == nullptr) return errc::not_connected;
        return name_of(*sk.peer);
    }
    /// Finds who is to get a datagram. Errors: no_such_file_or_directory, connection_refused, wrong_protocol_type,
    /// operation_not_permitted (it is connected to somebody else). In the kernel: unix_find_other, unix_may_send.
    result<unix_sock*> find_receiver(const unix_sock& from, const unix_address& to) const noexcept {
        const auto other = find_other(to, from.type);
        if (!other) return other;
        if ((*other)->peer != nullptr && (*other)->peer != &from) return errc::operation_not_permitted;
        return other;
    }
    /// Removes a path that nobody needs any more, as unlink(2) does.
    template <class Net>
    result<> unlink(Net& net, const unix_address& path) { return names_.unlink(net.allocation(), path); }

private:
    static unix_address name_of(const unix_sock& sk) noexcept { return sk.name != nullptr ? sk.name->address : unix_address{}; }

    template <class Net>
    result<> autobind(Net& net, unix_sock& sk) {
        if (sk.name != nullptr) return {};
        return take_name(sk, names_.bind_any(net.allocation(), sk));
    }
    static result<> take_name(unix_sock& sk, const result<unix_name*>& name) noexcept {
        if (!name) return name.error();
        unix_names::hold(**name);
        sk.name = *name;
        return {};
    }
    /// In the kernel: unix_find_other.
    result<unix_sock*> find_other(const unix_address& to, int type) const noexcept {
        const unix_name* const name = names_.find(to, type);
        if (name == nullptr) return to.is_path() ? errc::no_such_file_or_directory : errc::connection_refused;
        if (name->owner == nullptr) return errc::connection_refused;
        if (name->owner->type != type) return errc::wrong_protocol_type;
        return name->owner;
    }
    /// The new end is made before it is known that it is wanted, so that nothing fails half-way.
    /// In the kernel: unix_stream_connect.
    template <class Net>
    result<> connect_stream(Net& net, unix_sock& sk, const unix_address& to) {
        const auto fresh = create(net, sk.type);
        if (!fresh) return fresh.error();
        const result<> done = [&]() -> result<> {
            const auto found = find_other(to, sk.type);
            if (!found) return found.error();
            unix_sock& listener = **found;
            if (listener.state != unix_state::listening || listener.receive_shut) return errc::connection_refused;
            if (listener.is_full()) return errc::resource_unavailable_try_again;
            if (sk.state == unix_state::established) return errc::already_connected;
            if (sk.state != unix_state::closed) return errc::invalid_argument;
            queue_connection(net, listener, sk, **fresh);
            return {};
        }();
        if (!done) close(net, **fresh);
        return done;
    }
    template <class Net>
    void queue_connection(Net& net, unix_sock& listener, unix_sock& sk, unix_sock& fresh) {
        become_peers(sk, fresh);
        fresh.own = listener.own;
        fresh.options = listener.options;
        fresh.pass_credentials = listener.pass_credentials;
        fresh.name = listener.name;
        unix_names::hold(*fresh.name);
        sk.knows_peer = fresh.knows_peer = true;
        fresh.of_peer = sk.own;
        sk.of_peer = listener.of_peer;
        ++listener.waiting_connections;
        listener.accept_queue.push_back(fresh);
        listener.wake(events::readable, net.runnable());
        sk.wake(events::writable, net.runnable());
    }
    /// In the kernel: unix_dgram_connect.
    template <class Net>
    result<> connect_datagram(Net& net, unix_sock& sk, const unix_address& to) {
        const auto other = find_receiver(sk, to);
        if (!other) return other.error();
        if (sk.peer == *other) return {};
        leave_peer(net, sk);
        hold(**other);
        sk.peer = *other;
        sk.state = (*other)->state = unix_state::established;
        (*other)->senders.push_back(sk);
        return {};
    }
    template <class Net>
    static void shut(Net& net, unix_sock& sk, bool reading, bool writing) noexcept {
        sk.receive_shut |= reading;
        sk.send_shut |= writing;
        sk.wake(events::readable | events::writable | events::hangup | events::read_hangup, net.runnable());
    }
};

}  // namespace weld::inline v0::stack
