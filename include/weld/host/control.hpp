// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control_bytes.hpp>
#include <weld/sys/socket_calls.hpp>

#include <cstddef>

namespace weld::inline v0::host {

/// The ancillary data of one send, as the kernel reads it.
template <class... Items>
class outgoing_control {
public:
    explicit outgoing_control(const attached<Items...>& items) noexcept {
        std::byte* to = bytes_;
        ((to = weld::detail::put_control(to, items.template get<Items>())), ...);
    }
    void lend_to(::msghdr& header) const noexcept {
        header.msg_control = const_cast<std::byte*>(bytes_);
        header.msg_controllen = weld::detail::control_space_of<Items...>;
    }

private:
    alignas(8) std::byte bytes_[weld::detail::control_space_of<Items...>]{};
};
/// Nothing goes beside the message.
template <>
class outgoing_control<> {
public:
    explicit outgoing_control(const attached<>&) noexcept {}
    void lend_to(::msghdr&) const noexcept {}
};

/// Room for the ancillary data that a receive wants.
template <class Received>
class control_buffer;
template <class Address, class Handle, class... Items>
class control_buffer<received<Address, Handle, Items...>> {
    using answer_type = received<Address, Handle, Items...>;

public:
    void lend_to(::msghdr& header) noexcept {
        if constexpr (sizeof...(Items) == 0) return;
        header.msg_control = bytes_;
        header.msg_controllen = weld::detail::control_space_of<Items...>;
    }
    /// Hands each item over. Descriptors are owned from here on: those that nobody asked for close again.
    /// False where something did not fit.
    template <class Sys>
    bool take(const ::msghdr& header, Sys sys, answer_type& answer) noexcept {
        if constexpr (sizeof...(Items) == 0) return true;
        else return walk(header, sys, answer);
    }

private:
    template <class Sys>
    bool walk(const ::msghdr& header, Sys sys, answer_type& answer) noexcept {
        bool complete = (header.msg_flags & MSG_CTRUNC) == 0;
        weld::detail::visit_control({bytes_, header.msg_controllen}, [&](const weld::detail::control_header& head, const_bytes data) {
            const bool wanted = answer_type::visit([&]<class Item>() {
                if (head.level != Item::level || head.type != Item::type) return false;
                complete = store<Item>(data, sys, answer) && complete;
                return true;
            });
            if (!wanted && head.level == SOL_SOCKET && head.type == SCM_RIGHTS) close_all(data, sys);
            return false;
        });
        return complete;
    }
    template <class Item, class Sys>
    static bool store(const_bytes data, Sys sys, answer_type& answer) noexcept {
        if constexpr (requires { typename Item::template received<Handle>; }) {
            typename Item::template received<Handle> handles;
            bool complete = true;
            for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) complete = handles.add(Handle{number_at(data, i), sys}) && complete;
            answer.template put<Item>(std::move(handles));
            return complete;
        } else {
            answer.template put<Item>(weld::detail::value_from<Item>(data));
            return true;
        }
    }
    template <class Sys>
    static void close_all(const_bytes data, Sys sys) noexcept {
        for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) static_cast<void>(Handle{number_at(data, i), sys});
    }
    static int number_at(const_bytes data, std::size_t i) noexcept {
        int fd;
        __builtin_memcpy(&fd, data.data() + i * sizeof(int), sizeof fd);
        return fd;
    }
    alignas(8) std::byte bytes_[weld::detail::control_space_of<Items...> + (sizeof...(Items) == 0 ? 1 : 0)];
};

}  // namespace weld::inline v0::host
