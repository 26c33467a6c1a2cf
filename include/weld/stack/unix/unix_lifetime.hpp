// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/sock_diag.hpp>
#include <weld/stack/unix/unix_names.hpp>

namespace weld::inline v0::stack {

/// How unix sockets of a net begin.
struct unix_options {
    std::uint32_t send_buffer = 212992;     ///< net.core.wmem_default
    std::uint32_t receive_buffer = 212992;  ///< net.core.rmem_default
    int datagrams_max = 10;                 ///< net.unix.max_dgram_qlen: of a socket that is not connected to the sender
    message_credentials credentials{1, 0, 0};  ///< who the program is, where its process does not say
};

/// The life of a unix sock: its user's, and that of peers and messages that hold it beyond its close.
/// In the kernel: unix_create1, unix_release_sock, unix_sock_destructor.
class unix_lifetime {
public:
    using sock = unix_sock;

    explicit unix_lifetime(const unix_options& options) noexcept : options_{options} {}
    unix_lifetime(unix_lifetime&& other) noexcept : options_{other.options_} {}

    template <class Net>
    result<> start(Net& net) {
        names_.start(net.random());
        return {};
    }
    /// What is still open goes: first the messages, which may hold what holds others, then the socks.
    template <class Net>
    void stop(Net& net) noexcept {
        for (bool found = true; found;) {
            found = false;
            for (net_place& place : all_)
                if (auto& each = static_cast<unix_sock&>(place); !each.messages.empty()) {
                    found = true;
                    drop_message(net, each, each.messages.pop_front());
                    break;
                }
        }
        while (!all_.empty()) {
            auto& sk = static_cast<unix_sock&>(all_.front());
            if (sk.name != nullptr) unix_names::put(net.allocation(), *std::exchange(sk.name, nullptr));
            free(net, sk);
        }
        names_.stop(net.allocation());
    }
    /// How many there are, with those that only peers and messages still hold.
    std::size_t socks_in_use() const noexcept { return count_; }
    /// Its sockets, for a table; those whose user has gone are not among them. In the kernel: unix_diag_dump.
    template <class Net, class Put>
    void dump(Net&, Put&& put) {
        for (net_place& place : all_) {
            auto& sk = static_cast<unix_sock&>(place);
            if (sk.dead) continue;
            const bool listens = sk.state == unix_state::listening;
            const auto local = printed_name(&sk), peer = printed_name(sk.peer);
            put(sock_diag{sk.is_stream() ? "unix_stream" : sk.is_datagram() ? "unix_datagram" : "unix_seqpacket",
                          diag::state_name(listens ? diag::listening : sk.peer != nullptr ? diag::established : diag::unconnected),
                          listens ? static_cast<std::size_t>(sk.waiting_connections) : sk.bytes_queued(),
                          listens ? static_cast<std::size_t>(sk.backlog) : sk.write_memory, local, peer});
        }
    }

    /// Errors: not_enough_memory. In the kernel: unix_create1.
    template <class Net>
    result<unix_sock*> create(Net& net, int type) {
        auto* const made = make<unix_sock>(net.allocation(), type);
        if (made == nullptr) return errc::not_enough_memory;
        made->options.send_buffer = options_.send_buffer;
        made->options.receive_buffer = options_.receive_buffer;
        made->backlog = options_.datagrams_max;
        made->own = options_.credentials;
        all_.push_back(*made);
        ++count_;
        return made;
    }
    /// The user has gone. A peer of a stream learns that both directions are over, and that unread bytes were lost:
    /// ECONNRESET; connections that nobody accepted are reset. In the kernel: unix_release_sock.
    template <class Net>
    void close(Net& net, unix_sock& sk, bool was_accepted = true) noexcept {
        sk.dead = true;
        const bool lost = !sk.messages.empty() || !was_accepted;
        if (sk.name != nullptr) names_.leave(net.allocation(), *std::exchange(sk.name, nullptr), sk);
        tell_peer(net, sk, lost);
        static_cast<sender_place&>(sk).unlink();
        for (sender_place& each : sk.senders) {
            each.unlink();
            static_cast<unix_sock&>(each).wake(events::writable, net.runnable());
        }
        sk.state = unix_state::closed;
        sk.receive_shut = sk.send_shut = true;
        while (!sk.accept_queue.empty()) {
            auto& waiting = static_cast<unix_sock&>(sk.accept_queue.pop_front());
            --sk.waiting_connections;
            close(net, waiting, false);
        }
        while (!sk.messages.empty()) drop_message(net, sk, sk.messages.pop_front());
        if (unix_sock* const peer = std::exchange(sk.peer, nullptr)) put(net, *peer);
        put(net, sk);
    }

    static void hold(unix_sock& sk) noexcept { ++sk.references; }
    template <class Net>
    void put(Net& net, unix_sock& sk) noexcept {
        if (--sk.references == 0) free(net, sk);
    }
    /// A message is done with: its sender may send as much again. In the kernel: unix_sock's sock_wfree.
    template <class Net>
    void drop_message(Net& net, unix_sock& of, unix_message& message) noexcept {
        hold(of);  // what it carries may be the last that keeps this sock open
        --of.queued;
        unix_sock& sender = *message.sender;
        sender.write_memory -= message.truesize();
        if (message.from != nullptr) unix_names::put(net.allocation(), *message.from);
        unix_message::end(net.allocation(), message);
        if (!sender.dead && sender.is_writable()) sender.wake(events::writable, net.runnable());
        put(net, sender);
        if (!of.is_full()) wake_senders(net, of);
        put(net, of);
    }

protected:
    /// In the kernel: unix_socketpair; both hold each other.
    static void become_peers(unix_sock& one, unix_sock& two) noexcept {
        hold(one);
        hold(two);
        one.peer = &two;
        two.peer = &one;
        one.state = two.state = unix_state::established;
    }
    /// A datagram socket's peer is another one, or none, from now on: what the old one sent is not wanted, and it is
    /// told where it was connected back. In the kernel: unix_dgram_disconnected.
    template <class Net>
    void leave_peer(Net& net, unix_sock& sk) noexcept {
        unix_sock* const old = std::exchange(sk.peer, nullptr);
        if (old == nullptr) return;
        static_cast<sender_place&>(sk).unlink();
        while (!sk.messages.empty()) drop_message(net, sk, sk.messages.pop_front());
        sk.state = unix_state::closed;
        if (old->peer == &sk && !old->dead) old->report(errc::connection_reset, net.runnable());
        old->state = unix_state::closed;
        put(net, *old);
    }

    unix_names names_;

private:
    static text_buffer<109> printed_name(const unix_sock* sk) noexcept {
        auto name = sk != nullptr && sk->name != nullptr ? sk->name->address.to_text() : unix_address{}.to_text();
        if (name.empty()) name.append('*');
        return name;
    }
    template <class Net>
    static void wake_senders(Net& net, unix_sock& of) noexcept {
        for (sender_place& each : of.senders) static_cast<unix_sock&>(each).wake(events::writable, net.runnable());
    }
    template <class Net>
    static void tell_peer(Net& net, unix_sock& sk, bool lost) noexcept {
        unix_sock* const peer = sk.peer;
        if (peer == nullptr || sk.is_datagram()) return;
        peer->receive_shut = peer->send_shut = true;
        if (lost) peer->error = errc::connection_reset;
        peer->wake(events::readable | events::writable | events::error | events::hangup | events::read_hangup, net.runnable());
    }
    template <class Net>
    void free(Net& net, unix_sock& sk) noexcept {
        --count_;
        dispose(net.allocation(), sk);
    }

    unix_options options_;
    list<net_place> all_;
    std::size_t count_ = 0;
};

}  // namespace weld::inline v0::stack
