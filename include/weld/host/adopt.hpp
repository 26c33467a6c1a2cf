// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/host/family.hpp>
#include <weld/sys/file_calls.hpp>

namespace weld::inline v0::host {

/// Makes a socket of a descriptor that came from elsewhere: passed by another process, inherited, opened by a library.
/// It becomes non-blocking. Pre: it is a socket of this protocol, and nobody else uses it.
/// Errors: bad_file_descriptor, not_a_socket, wrong_protocol_type (another family or type), not_enough_memory; it is
/// closed then.
template <class Net, protocol_description Description, sys::entry_policy Sys>
result<weld::socket<Net, Description{}>> adopt(Net& net, Description, sys::basic_descriptor<Sys> descriptor) {
    using ops = typename Net::template ops<Description{}>;
    const auto number = [&](int name) -> result<int> {  // SO_DOMAIN, SO_TYPE
        int value = 0;
        const auto got = sys::getsockopt(net.system_calls(), descriptor.fd(), levels::socket, name, mutable_bytes{reinterpret_cast<std::byte*>(&value), sizeof value});
        if (!got) return got.error();
        return value;
    };
    const auto family = number(39), type = number(3);
    if (!family) return family.error();
    if (family != Description::family || type != Description::type) return errc::wrong_protocol_type;
    constexpr int get_flags = 3, set_flags = 4, nonblocking = 04000;  // F_GETFL, F_SETFL, O_NONBLOCK
    const auto flags = sys::fcntl(net.system_calls(), descriptor.fd(), get_flags);
    if (!flags) return flags.error();
    if (const auto done = sys::fcntl(net.system_calls(), descriptor.fd(), set_flags, *flags | nonblocking); !done) return done.error();
    const auto place = ops::adopt(net, descriptor.release(), events::writable);
    if (!place) return place.error();
    return weld::socket<Net, Description{}>{net, **place};
}

}  // namespace weld::inline v0::host
