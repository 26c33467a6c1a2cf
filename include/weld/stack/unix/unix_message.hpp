// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/socket/any_message.hpp>

#include <cstddef>
#include <new>

namespace weld::inline v0::stack {

struct unix_sock;
struct unix_name;

/// One message on its way, or a part of a stream: header, what it carries, bytes, in one piece of memory. It counts
/// against its sender's buffer until it is read. In the kernel: struct sk_buff with UNIXCB.
struct unix_message : list_node {
    unix_sock* sender;                // held
    unix_name* from;                  // held; null: the sender had no name
    message_credentials credentials;
    std::size_t object_count;
    std::size_t size;
    std::size_t taken = 0;            // of a stream: what was read of it

    /// A message, or null. The objects stay the caller's until `keep_objects`.
    template <class Allocation>
    static unix_message* make(Allocation& allocation, std::size_t size, std::size_t object_count) noexcept {
        void* const memory = allocation.allocate(memory_for(size, object_count));
        if (memory == nullptr) return nullptr;
        auto* const made = ::new (memory) unix_message;
        made->size = size;
        made->object_count = 0;
        made->room_for_objects = object_count;
        return made;
    }
    template <class Allocation>
    static void end(Allocation& allocation, unix_message& message) noexcept {
        message.drop_objects();
        const std::size_t size = memory_for(message.size, message.room_for_objects);
        message.~unix_message();
        allocation.free(&message, size);
    }

    /// What it takes from the allocation policy.
    std::size_t truesize() const noexcept { return memory_for(size, room_for_objects); }
    mutable_bytes bytes() noexcept { return {reinterpret_cast<std::byte*>(objects() + room_for_objects), size}; }
    const_bytes left() noexcept { return bytes().subspan(taken); }

    /// Takes the objects over.
    void keep_objects(shared_objects& from_sender) noexcept {
        for (shared_object* each : from_sender) objects()[object_count++] = each;
        from_sender.forget();
    }
    /// Hands them to the receiver; where it wants none they are let go. In the kernel: unix_detach_fds.
    void give_objects(shared_objects* to) noexcept {
        if (to == nullptr) return drop_objects();
        for (std::size_t i = 0; i < object_count; ++i) to->add(*objects()[i]);
        object_count = 0;
    }
    /// For one who peeks: he holds them as well. In the kernel: unix_peek_fds.
    void share_objects(shared_objects* with) noexcept {
        for (std::size_t i = 0; with != nullptr && i < object_count; ++i) {
            objects()[i]->hold();
            with->add(*objects()[i]);
        }
    }
    void drop_objects() noexcept {
        while (object_count > 0) objects()[--object_count]->put();
    }

private:
    static constexpr std::size_t memory_for(std::size_t size, std::size_t object_count) noexcept {
        return sizeof(unix_message) + object_count * sizeof(shared_object*) + size;
    }
    shared_object** objects() noexcept { return reinterpret_cast<shared_object**>(this + 1); }

    std::size_t room_for_objects = 0;
};

}  // namespace weld::inline v0::stack
