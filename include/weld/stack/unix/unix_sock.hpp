// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/unix_address.hpp>
#include <weld/stack/hash_table.hpp>
#include <weld/stack/sock.hpp>
#include <weld/stack/unix/unix_message.hpp>

namespace weld::inline v0::stack {

/// A name that sockets are bound to. The sock that bound it owns it; those it has accepted, and messages on their way,
/// share it. A path stays taken when its owner has gone, until it is unlinked, as the file in a file system does.
/// In the kernel: struct unix_address, in unix_socket_table.
struct unix_name : hash_node {
    unix_name(const unix_address& of, int socket_type) noexcept : address{of}, type{socket_type} {}
    unix_address address;
    int type;                    // of an abstract name; 0: a path
    unix_sock* owner = nullptr;  // null: a path that nobody serves any more
    unsigned references = 1;
};

/// Where a unix socket stands.
enum class unix_state : std::uint8_t { closed, listening, established };

struct net_place : list_node {};      // among all of its net
struct backlog_place : list_node {};  // in its listener's accept queue
struct sender_place : list_node {};   // among those that are connected to one datagram socket

/// In the kernel: struct unix_sock.
struct unix_sock : sock, net_place, backlog_place, sender_place {
    explicit unix_sock(int of) noexcept : type{of} {}

    int type;                               // SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
    unix_state state = unix_state::closed;
    bool dead = false;                      // its user has gone; peers and messages may still hold it: SOCK_DEAD
    bool pass_credentials = false;          // SO_PASSCRED
    unsigned references = 1;                // its user, who connects to it, messages it has sent
    int backlog = 0;                        // listen's; of a datagram socket how many may wait
    int waiting_connections = 0;            // in accept_queue
    unix_name* name = nullptr;              // held
    unix_sock* peer = nullptr;              // held
    message_credentials own{}, of_peer{};
    bool knows_peer = false;                // SO_PEERCRED tells of_peer
    std::size_t write_memory = 0;           // of messages that nobody has read: sk_wmem_alloc
    std::size_t queued = 0;                 // messages in `messages`
    list<unix_message> messages;
    list<backlog_place> accept_queue;
    list<sender_place> senders;             // datagram sockets connected to this one

    /// By its type.
    bool is_datagram() const noexcept { return type == 2; }
    bool is_stream() const noexcept { return type == 1; }
    /// A datagram queue, or a backlog, that takes no more. In the kernel: unix_recvq_full.
    bool is_full() const noexcept { return static_cast<int>(queued) + waiting_connections > backlog; }
    /// In the kernel: unix_writable.
    bool has_space() const noexcept { return state != unix_state::listening && write_memory * 4 <= options.send_buffer; }
    /// A datagram that is connected, but not back: its peer's queue counts as well. In the kernel: unix_dgram_poll.
    bool is_writable() const noexcept {
        return has_space() && !(is_datagram() && peer != nullptr && peer->peer != this && peer->is_full());
    }
    std::size_t bytes_queued() noexcept {
        std::size_t sum = 0;
        for (unix_message& each : messages) {
            sum += each.left().size();
            if (is_datagram()) break;
        }
        return sum;
    }
};

}  // namespace weld::inline v0::stack
