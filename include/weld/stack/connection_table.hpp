// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/secret_random.hpp>
#include <weld/stack/hash_table.hpp>
#include <weld/stack/tcp/connection.hpp>

namespace weld::inline v0::stack {

/// All connections of one transport, by addresses and ports, in O(1). In the kernel: inet_hashinfo.ehash.
template <class Ip>
class connection_table {
public:
    void start(secret_generator& chance) noexcept { key_ = siphash_key::from(chance); }

    connection<Ip>* find(const four_tuple<Ip>& tuple) const noexcept {
        return table_.find(hash(tuple), [&](const connection<Ip>& c) { return c.tuple == tuple; });
    }
    /// Pre: no other connection has these addresses and ports.
    void insert(connection<Ip>& c) noexcept { table_.insert(c, hash(c.tuple)); }
    void remove(connection<Ip>& c) noexcept { table_.remove(c); }
    /// `fresh` takes the place of `old`, whose tuple it has.
    void replace(connection<Ip>& old, connection<Ip>& fresh) noexcept { table_.replace(old, fresh); }
    std::size_t size() const noexcept { return table_.size(); }
    connection<Ip>* any() const noexcept { return table_.any(); }

private:
    std::uint32_t hash(const four_tuple<Ip>& tuple) const noexcept { return static_cast<std::uint32_t>(tuple.hash(key_)); }
    siphash_key key_{};
    hash_table<connection<Ip>> table_;
};

}  // namespace weld::inline v0::stack
