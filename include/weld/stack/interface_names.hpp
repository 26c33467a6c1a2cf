// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/text.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

namespace detail {
template <class Part>
concept named_interface = requires(Part& part) { part.name(); part.index(); part.link(); };
}  // namespace detail

/// The index of an interface that is listed under this name. Errors: no_such_device. In the kernel: dev_get_by_name.
template <class Net>
result<std::uint32_t> index_of_interface(Net& net, text name) {
    result<std::uint32_t> found = errc::no_such_device;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (detail::named_interface<Part>)
            if (!found && part.name() == name) found = part.index();
    });
    return found;
}
/// The other way round; empty where there is none. In the kernel: netdev_get_name.
template <class Net>
text name_of_interface(Net& net, std::uint32_t index) {
    text found;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (detail::named_interface<Part>)
            if (part.index() == index) found = part.name();
    });
    return found;
}

}  // namespace weld::inline v0::stack
