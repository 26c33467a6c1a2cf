// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/message.hpp>
#include <weld/socket/option.hpp>

#include <cstddef>
#include <utility>

namespace weld::inline v0 {

/// Ancillary data: what goes with a message beside its bytes, each item a type with level, type and value. It is
/// described as an option is (socket/option.hpp: to_kernel, from_kernel, legal), and many are both. Those that Linux
/// has are in socket/control/, a header a level. Source: recvmsg(2), cmsg(3).
///
///     socket.set(weld::receive_timestamp{});
///     const auto got = co_await socket.recv(buffer, weld::control<weld::timestamp, weld::ip_ttl>);
///     if (got) use(buffer.first(got->size), got->from, got->get<weld::timestamp>());  // null where it did not come
///     co_await socket.send(data, weld::rights{file});
template <class Item>
concept control_item = requires {
    { Item::level } -> std::convertible_to<int>;
    { Item::type } -> std::convertible_to<int>;
};

/// Which items a receive wants. The kernel's buffer is as large as these and no larger: ask for all that the socket's
/// options turn on. Items that did not fit are an error, message_size, and never silence.
template <control_item... Items>
struct control_list {};
template <control_item... Items>
inline constexpr control_list<Items...> control{};

namespace detail {
template <class Item>
struct attached_item { Item item; };

/// What an item is to who receives it: its value, or for descriptors handles that own them.
template <class Item, class Handle>
struct received_as { using type = value_of<Item>; };
template <class Item, class Handle>
    requires requires { typename Item::template received<Handle>; }
struct received_as<Item, Handle> { using type = typename Item::template received<Handle>; };

template <class Item, class Handle>
struct received_item {
    typename received_as<Item, Handle>::type value{};
    bool present = false;
};
}  // namespace detail

/// Several items to go with one message: `socket.send(data, weld::attached{weld::rights{file}, weld::ip_ttl{1}})`.
template <control_item... Items>
struct attached : detail::attached_item<Items>... {
    constexpr attached(Items... items) noexcept : detail::attached_item<Items>{items}... {}
    template <class Item>
    constexpr const Item& get() const noexcept { return static_cast<const detail::attached_item<Item>&>(*this).item; }
};

/// One received message: how many bytes the buffers hold, where it came from, and the items that came with it.
/// `Handle` is what owns a received descriptor.
template <class Address, class Handle, control_item... Items>
class received : detail::received_item<Items, Handle>... {
    template <class Item>
    using slot = detail::received_item<Item, Handle>;

public:
    /// What an item is here: its value, or for descriptors handles that own them.
    template <class Item>
    using value_of = typename detail::received_as<Item, Handle>::type;
    using address = Address;
    using handle = Handle;

    std::size_t size = 0;
    Address from{};
    message_flags flags{};

    /// The datagram was longer than the buffers, and its rest is gone.
    bool truncated() const noexcept { return has(flags, message_flags::truncate); }
    /// An item's value, or null where it did not come.
    template <class Item>
    const value_of<Item>* get() const noexcept { return slot<Item>::present ? &static_cast<const slot<Item>&>(*this).value : nullptr; }
    /// The same, to move handles out of it.
    template <class Item>
    value_of<Item>* get() noexcept { return slot<Item>::present ? &static_cast<slot<Item>&>(*this).value : nullptr; }

    /// For proto_ops: stores what came.
    template <class Item>
    void put(value_of<Item> arrived) noexcept {
        slot<Item>::value = std::move(arrived);
        slot<Item>::present = true;
    }
    /// For proto_ops: calls `visitor.template operator()<Item>()` for each item until one answers true.
    template <class Visitor>
    static bool visit(Visitor&& visitor) { return (visitor.template operator()<Items>() || ...); }
};

namespace detail {
template <class Description, int Level> inline constexpr bool has_control_level = Level == levels::socket;
template <class Description, int Level>
    requires requires { Description::control_levels; }
inline constexpr bool has_control_level<Description, Level> = levels::among(Description::control_levels, Level);

template <class Items> inline constexpr bool is_attached = false;
template <class... Items> inline constexpr bool is_attached<attached<Items...>> = true;
}  // namespace detail

/// What a send takes beside its bytes: an item, or several as `attached`.
template <class Items>
concept attachable = control_item<Items> || detail::is_attached<Items>;

/// Items that messages of a protocol can carry.
template <class Item, auto Protocol>
concept control_item_of = control_item<Item> && detail::has_control_level<std::remove_const_t<decltype(Protocol)>, Item::level> &&
                          detail::suits<Item, std::remove_const_t<decltype(Protocol)>>;

namespace detail {
template <auto Protocol, class... Items>
consteval void check_control(control_list<Items...>) {
    static_assert((control_item_of<Items, Protocol> && ...),
                  "socket: messages of this protocol carry no such ancillary data; its description lists the levels it has (socket/protocol.hpp)");
}
template <auto Protocol, class... Items>
constexpr attached<Items...> checked(const attached<Items...>& items) noexcept {
    check_control<Protocol>(control_list<Items...>{});
    return items;
}
template <auto Protocol, control_item Item>
constexpr attached<Item> checked(const Item& item) noexcept {
    check_control<Protocol>(control_list<Item>{});
    return {item};
}
}  // namespace detail

}  // namespace weld::inline v0
