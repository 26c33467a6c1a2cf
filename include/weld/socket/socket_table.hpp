// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// What a socket is to its user, beside the state of its protocol. In the kernel: socket_state, SS_UNCONNECTED.
enum class socket_state : std::uint8_t { free, unconnected, connecting, connected, disconnecting };

/// A socket that was made by numbers: which line of the net's protosw tables serves it, and its sock. It does not move.
/// In the kernel: struct socket with its inode in sockfs.
struct socket_node : list_node {
    void* sk = nullptr;        // its type follows from `line`
    std::uint64_t number = 0;  // the inode's: no other socket of this net ever had it
    unsigned line = 0;
    socket_state state = socket_state::free;
    bool kernel_owned = false;  // past the security policy
    int family = 0, type = 0, protocol = 0;
};

/// All of them. In the kernel: sockfs and its count, sockets_in_use.
class socket_table {
public:
    void add(socket_node& node) noexcept {
        node.number = ++last_number_;
        ++in_use_;
        nodes_.push_back(node);
    }
    void remove(socket_node& node) noexcept {
        node.unlink();
        --in_use_;
    }
    std::size_t in_use() const noexcept { return in_use_; }

    /// Open files of all processes of this net, and how many there may be. In the kernel: nr_files, fs.file-max.
    bool add_file() noexcept {
        if (files_in_use_ >= files_max) return false;
        ++files_in_use_;
        return true;
    }
    void remove_file() noexcept { --files_in_use_; }
    std::size_t files_in_use() const noexcept { return files_in_use_; }
    std::size_t files_max = static_cast<std::size_t>(-1);

    list<socket_node>::iterator begin() noexcept { return nodes_.begin(); }
    list<socket_node>::iterator end() noexcept { return nodes_.end(); }

private:
    list<socket_node> nodes_;
    std::uint64_t last_number_ = 0;
    std::size_t in_use_ = 0;
    std::size_t files_in_use_ = 0;
};

/// What a net has in use, counted where it is kept. In the kernel: /proc/net/sockstat, /proc/slabinfo.
struct net_stats {
    std::size_t sockets = 0;      // made by numbers, not yet closed
    std::size_t files = 0;        // of all processes over the net
    std::size_t socks = 0;        // of the own stack's protocols, orphans included
    std::size_t objects = 0;      // from the allocation policy
    std::size_t descriptors = 0;  // of the host, lent out by the event source
    std::size_t packets = 0;      // from the packet pool
    friend constexpr bool operator==(const net_stats&, const net_stats&) noexcept = default;
};

}  // namespace weld::inline v0
