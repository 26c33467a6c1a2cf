// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/interface.hpp>
#include <weld/stack/interface.hpp>

namespace examples {

/// The number of an interface, by which packet sockets name it: one of the net's own, or else one of the host.
/// Errors: no_such_device.
template <class Net>
weld::result<std::uint32_t> interface_index(Net& net, weld::text name) {
    bool has_own = false;
    std::uint32_t index = 0;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (weld::stack::detail::is_interface<Part>) {
            has_own = true;
            if (part.name() == name) index = part.index();
        }
    });
    if (!has_own) return weld::host::interface_index(net, name);
    if (index == 0) return weld::errc::no_such_device;
    return index;
}

}  // namespace examples
