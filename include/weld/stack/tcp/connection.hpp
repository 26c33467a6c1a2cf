// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/siphash.hpp>
#include <weld/stack/hash_table.hpp>
#include <weld/stack/ip/scope.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// Addresses and ports of both ends; and the link, where the addresses mean something on one alone.
template <class Ip>
struct four_tuple {
    typename Ip::address local{}, remote{};
    std::uint16_t local_port = 0, remote_port = 0;
    [[no_unique_address]] link_scope<Ip> link{};

    friend bool operator==(const four_tuple&, const four_tuple&) noexcept = default;
    /// Nobody without the key can choose tuples that collide, nor guess what follows from the hash.
    std::uint64_t hash(siphash_key key) const noexcept {
        if constexpr (sizeof(typename Ip::address) == 4)
            return siphash13(key, std::uint64_t{local.to_uint32()} << 32 | remote.to_uint32(), ports());
        else
            return siphash13(key, object_bytes(local)) ^ siphash13(key, object_bytes(remote)) ^ siphash13(key, ports());
    }
    std::uint64_t ports() const noexcept { return static_cast<std::uint64_t>(local_port) << 16 | remote_port; }
};

/// What is found by a tuple.
enum class connection_kind : std::uint8_t { sock, request, time_wait };

/// What a segment finds by its addresses and ports: a sock, a connection that is still being opened, or one that is
/// over. In the kernel: struct sock_common.
template <class Ip>
struct connection : hash_node {
    explicit connection(connection_kind what) noexcept : kind{what} {}
    four_tuple<Ip> tuple;
    connection_kind kind;
};

}  // namespace weld::inline v0::stack
