// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace weld::inline v0 {

/// What a descriptor of the host is that a message brought: SO_DOMAIN, SO_TYPE, SO_PROTOCOL, and O_NONBLOCK as it was.
struct passed_descriptor {
    int family, type, protocol;
    bool nonblocking;
};

}  // namespace weld::inline v0
