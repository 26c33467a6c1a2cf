// SPDX-License-Identifier: BSL-1.0
// What tests over the host's kernel share: a net of it, and a listener on a free port.
#pragma once

#include <weld/host/inet.hpp>

#include <dirent.h>

#include <array>
#include <cstring>
#include <string>

namespace support {

using host_net = weld::net<weld::host::inet>;

/// A TCP listener of the loopback interface, on a port that was free.
template <class Net>
auto listener(Net& net, int backlog = 128) {
    auto made = net.socket(weld::tcp);
    if (made && made->bind(weld::endpoint4{weld::address4::loopback(), 0})) static_cast<void>(made->listen(backlog));
    return std::move(*made);
}

/// How many descriptors this process has open.
inline int open_descriptors() {
    int count = 0;
    ::DIR* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count - 3;  // ".", "..", and the folder itself
}

/// Bytes of a text, to send.
inline weld::const_bytes bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace support
