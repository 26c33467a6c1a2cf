// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/secret_random.hpp>
#include <weld/core/siphash.hpp>
#include <weld/socket/allocation/allocation_policy.hpp>
#include <weld/stack/unix/unix_sock.hpp>

namespace weld::inline v0::stack {

/// All names of one net: paths, which exist here alone and not in the host's file system, and abstract names.
/// In the kernel: unix_socket_table, and for paths the inodes.
class unix_names {
public:
    void start(secret_generator& chance) noexcept {
        key_ = siphash_key::from(chance);
        next_automatic_ = static_cast<std::uint32_t>(chance.next());
    }
    template <class Allocation>
    void stop(Allocation& allocation) noexcept {
        while (unix_name* const left = table_.any()) {
            table_.remove(*left);
            put(allocation, *left);
        }
    }

    /// Each type of socket has abstract names of its own; paths are one for all. In the kernel: unix_abstract_hash.
    unix_name* find(const unix_address& address, int type) const noexcept {
        const int of = address.is_path() ? 0 : type;
        return table_.find(hash(address), [&](const unix_name& at) { return at.type == of && at.address == address; });
    }
    /// Errors: address_in_use, not_enough_memory.
    template <class Allocation>
    result<unix_name*> bind(Allocation& allocation, const unix_address& address, unix_sock& owner) noexcept {
        if (find(address, owner.type) != nullptr) return errc::address_in_use;
        unix_name* const made = make<unix_name>(allocation, address, address.is_path() ? 0 : owner.type);
        if (made == nullptr) return errc::not_enough_memory;
        made->owner = &owner;
        table_.insert(*made, hash(address));
        return made;
    }
    /// A name of five hexadecimal digits that nobody has. Errors: no_space_on_device, not_enough_memory.
    /// In the kernel: unix_autobind.
    template <class Allocation>
    result<unix_name*> bind_any(Allocation& allocation, unix_sock& owner) noexcept {
        for (unsigned tries = 0; tries <= 0xfffff; ++tries) {
            char digits[5];
            next_automatic_ = (next_automatic_ + 1) & 0xfffff;
            for (unsigned i = 0; i < 5; ++i) digits[i] = "0123456789abcdef"[next_automatic_ >> (16 - 4 * i) & 0xf];
            const auto bound = bind(allocation, *unix_address::from_abstract({digits, 5}), owner);
            if (bound.error() != errc::address_in_use) return bound;
        }
        return errc::no_space_on_device;
    }
    /// A sock lets go of its name: where it is the owner's, an abstract name leaves the table with it, a path stays.
    template <class Allocation>
    void leave(Allocation& allocation, unix_name& name, const unix_sock& who) noexcept {
        if (name.owner == &who) {
            name.owner = nullptr;
            if (!name.address.is_path() && name.hashed()) {
                table_.remove(name);
                --name.references;  // the table's hold; `who` still has one
            }
        }
        put(allocation, name);
    }
    /// Removes a path. Errors: no_such_file_or_directory. Source: unlink(2).
    template <class Allocation>
    result<> unlink(Allocation& allocation, const unix_address& path) noexcept {
        unix_name* const at = path.is_path() ? find(path, 0) : nullptr;
        if (at == nullptr) return errc::no_such_file_or_directory;
        forget(allocation, *at);
        return {};
    }
    static void hold(unix_name& name) noexcept { ++name.references; }
    template <class Allocation>
    static void put(Allocation& allocation, unix_name& name) noexcept {
        if (--name.references == 0) dispose(allocation, name);
    }

private:
    /// The table's own hold ends, so that others who hold it know the name on.
    template <class Allocation>
    void forget(Allocation& allocation, unix_name& name) noexcept {
        if (!name.hashed()) return;
        table_.remove(name);
        put(allocation, name);
    }
    std::uint32_t hash(const unix_address& address) const noexcept {
        std::byte stored[unix_address::sockaddr_size_max];
        return static_cast<std::uint32_t>(siphash24(key_, const_bytes{stored, address.store(stored)}));
    }

    siphash_key key_{};
    std::uint32_t next_automatic_ = 0;
    hash_table<unix_name> table_;
};

}  // namespace weld::inline v0::stack
