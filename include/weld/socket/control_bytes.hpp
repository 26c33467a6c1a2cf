// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control.hpp>

/// Ancillary data as the kernel reads and writes it. Source: cmsg(3).
namespace weld::inline v0::detail {

/// In the kernel: struct cmsghdr; `length` counts it and what follows.
struct control_header {
    std::size_t length;
    int level, type;
};
/// What an item takes: a control_header, its bytes, and up to the next multiple of eight. Source: cmsg(3), CMSG_SPACE.
constexpr std::size_t control_space(std::size_t size) noexcept { return sizeof(control_header) + (size + 7) / 8 * 8; }
template <class... Items>
inline constexpr std::size_t control_space_of = (control_space(sizeof(kernel_bytes<Items>)) + ... + 0);

/// Writes an item; answers where the next one goes. Pre: there is room.
template <class Item>
std::byte* put_control(std::byte* to, const Item& item) noexcept {
    const auto value = detail::to_kernel(item);
    const control_header head{sizeof(control_header) + sizeof value, Item::level, Item::type};
    __builtin_memcpy(to, &head, sizeof head);
    __builtin_memcpy(to + sizeof head, &value, sizeof value);
    return to + control_space(sizeof value);
}

/// The items one behind the other, each by `visitor(header, its bytes)`, until one answers true.
template <class Visitor>
bool visit_control(const_bytes control, Visitor&& visitor) noexcept {
    const std::byte* at = control.data();
    for (std::size_t left = control.size(); left >= sizeof(control_header);) {
        control_header head;
        __builtin_memcpy(&head, at, sizeof head);
        const std::size_t size = head.length - sizeof head;
        if (size > left - sizeof head) break;
        if (visitor(head, const_bytes{at + sizeof head, size})) return true;
        const std::size_t space = control_space(size);
        if (space > left) break;
        at += space;
        left -= space;
    }
    return false;
}

/// The bytes of an item as its value; a shorter item, as an IP_TOS of one byte, leaves the rest zero.
template <class Item>
value_of<Item> value_from(const_bytes data) noexcept {
    if (data.size() >= sizeof(kernel_bytes<Item>)) [[likely]] {
        kernel_bytes<Item> whole;
        __builtin_memcpy(static_cast<void*>(&whole), data.data(), sizeof whole);
        return detail::from_kernel<Item>(whole);
    }
    kernel_bytes<Item> part{};
    copy(mutable_bytes{reinterpret_cast<std::byte*>(&part), sizeof part}, data);
    return detail::from_kernel<Item>(part);
}

}  // namespace weld::inline v0::detail
