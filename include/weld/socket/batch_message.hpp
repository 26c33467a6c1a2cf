// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/attempts.hpp>
#include <weld/socket/control_bytes.hpp>
#include <weld/socket/message.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

namespace detail {
/// Items that are copies of bytes, both ways.
template <class Item>
concept travels_in_batches = control_item<Item> && requires(value_of<Item> value) { Item{value}; } && !requires { typename Item::template received<int>; };
}  // namespace detail

/// One message of a datagram_batch: `Size` bytes of room, what of them is in use, and an address: where it came from, and
/// where it goes if it is sent. It lies in memory as the kernel's struct mmsghdr does, so that the list goes to the kernel
/// as it is (the tests assert it).
template <class Address, std::size_t Size, control_item... Items>
class batch_message {
    static_assert((detail::travels_in_batches<Items> && ...),
                  "socket: descriptors and error reports come with recv, one message a call; a batch has no such items (socket/batch_message.hpp)");
    static_assert(sizeof...(Items) == 0 || Address::family != 1,
                  "socket: messages of unix sockets may bring descriptors, which somebody has to own; a batch of them has no ancillary data, recv has");

public:
    /// Whom it is from or to, and the ancillary data that it has room for.
    using address_type = Address;
    using items = control_list<Items...>;
    /// What the message points to. It begins with a struct iovec.
    struct slot {
        std::byte* data;
        std::size_t size;
        alignas(8) std::byte name[(Address::sockaddr_size_max + 7) / 8 * 8];
        alignas(8) std::byte control[detail::control_space_of<Items...> + (sizeof...(Items) == 0 ? 8 : 0)];
        std::size_t control_came;
        alignas(16) std::byte buffer[Size];
    };

    static constexpr std::size_t capacity() noexcept { return Size; }
    /// All of its room, and what of it was received or is to be sent.
    mutable_bytes buffer() noexcept { return {slot_->buffer, Size}; }
    mutable_bytes data() noexcept { return {slot_->buffer, size_}; }
    const_bytes data() const noexcept { return {slot_->buffer, size_}; }
    std::size_t size() const noexcept { return size_; }
    /// How much of `buffer()` is to be sent. Pre: at most capacity().
    void resize(std::size_t size) noexcept {
        WELD_ASSERT(size <= Size);
        size_ = static_cast<unsigned>(size);
    }
    /// Copies `data`. Pre: at most capacity().
    void assign(const_bytes data) noexcept {
        resize(data.size());
        copy(buffer(), data);
    }

    /// Where it came from, and where it goes; the default address where it has none and goes to the socket's peer.
    Address address() const noexcept {
        if constexpr (requires { requires Address::is_sockaddr; }) {
            if (name_size_ < sizeof(Address)) [[unlikely]] return {};
            Address from;
            __builtin_memcpy(static_cast<void*>(&from), slot_->name, sizeof from);
            return from;
        } else {
            const auto from = Address::load({slot_->name, name_size_ < Address::sockaddr_size_max ? name_size_ : Address::sockaddr_size_max});
            return from ? *from : Address{};
        }
    }
    bool has_address() const noexcept { return name_size_ != 0; }
    void set_address(const Address& to) noexcept {
        if constexpr (requires { to.is_unnamed(); })
            if (to.is_unnamed()) return clear_address();
        name_size_ = static_cast<unsigned>(to.store(slot_->name));
    }
    void clear_address() noexcept { name_size_ = 0; }

    /// What the kernel says of a message that was received. Truncated: it was longer than its room, and its rest is gone.
    message_flags flags() const noexcept { return static_cast<message_flags>(flags_); }
    bool truncated() const noexcept { return has(flags(), message_flags::truncate); }
    /// More ancillary data came than there was room for.
    bool control_truncated() const noexcept { return has(flags(), message_flags::control_truncate); }

    /// The value of an item that came with it. Errors: no_message, it did not come.
    template <class Item>
    result<detail::value_of<Item>> get() const noexcept { return found<Item>(slot_->control_came); }
    /// What goes with it if it is sent, in place of what came with it: of itself a message that was received is sent without.
    template <class... Attached>
    void attach(const Attached&... attached) noexcept {
        static_assert((lists<Attached> && ...), "socket: the batch has no room for this item; list it in the batch's type");
        std::byte* to = slot_->control;
        slot_->control_came = 0;
        ((to = detail::put_control(to, attached)), ...);
        control_size_ = detail::control_space_of<Attached...>;
    }

    /// For the batch: the states of a message. Empty, to be filled; with room, to be received into; received.
    void belong_to(slot& its) noexcept {
        its.data = its.buffer;
        its.control_came = 0;
        fill(its.control);
        slot_ = &its;
        name_ = its.name;
        control_ = its.control;
        make_empty();
    }
    void make_empty() noexcept {
        size_ = name_size_ = 0;
        flags_ = 0;
        if constexpr (sizeof...(Items) > 0) control_size_ = slot_->control_came = 0;
    }
    void make_room() noexcept {
        slot_->size = Size;
        name_size_ = Address::sockaddr_size_max;
        if constexpr (sizeof...(Items) > 0) control_size_ = detail::control_space_of<Items...>;
    }
    void settle() noexcept { slot_->control_came = std::exchange(control_size_, 0); }
    /// For proto_ops that send: the kernel's iovec says how much.
    void point_at_data() noexcept { slot_->size = size_; }
    /// For proto_ops that are no kernel: what came, and then each item of it.
    void received(std::size_t size, const Address& from, message_flags flags) noexcept {
        resize(size);
        set_address(from);
        flags_ = static_cast<int>(flags);
        control_size_ = 0;
    }
    template <class Item>
    void put(const detail::value_of<Item>& value) noexcept {
        control_size_ = static_cast<std::size_t>(detail::put_control(slot_->control + control_size_, Item{value}) - slot_->control);
    }
    /// The call that sends; see socket/attempts.hpp.
    template <class Ops>
    struct send : attempt::common {
        static constexpr events interest = events::writable;
        span<batch_message> messages;
        explicit send(span<batch_message> all) noexcept : messages{all} {}
        result<std::size_t> operator()(auto& net, auto& sk) const { return Ops::send_batch(net, sk, messages); }
    };
    void add_flags(message_flags flags) noexcept { flags_ |= static_cast<int>(flags); }
    /// For proto_ops that are no kernel and send: an item that goes with it. Errors: no_message.
    template <class Item>
    result<detail::value_of<Item>> attached() const noexcept { return found<Item>(control_size_); }

private:
    template <class Item>
    static constexpr bool lists = (std::is_same_v<Item, Items> || ...);
    template <class Item>
    result<detail::value_of<Item>> found(std::size_t among) const noexcept {
        static_assert(lists<Item>, "socket: the batch has no room for this item; list it in the batch's type");
        result<detail::value_of<Item>> value{errc::no_message};
        detail::visit_control({slot_->control, among}, [&](const detail::control_header& head, const_bytes data) {
            if (head.level != Item::level || head.type != Item::type) return false;
            value = detail::value_from<Item>(data);
            return true;
        });
        return value;
    }

    std::byte* name_ = nullptr;  // struct msghdr
    unsigned name_size_ = 0;
    slot* slot_ = nullptr;
    std::size_t pieces_ = 1;
    std::byte* control_ = nullptr;
    std::size_t control_size_ = 0;
    int flags_ = 0;
    alignas(8) unsigned size_ = 0;  // behind it: msg_len
};

}  // namespace weld::inline v0
