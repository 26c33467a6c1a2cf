// SPDX-License-Identifier: BSL-1.0
// The run-time path: a number, and weld's generated switch over the listed protocols, as with net.socket(AF_INET, ...).
#include <weld/socket/served.hpp>

#include "measure.hpp"

template <unsigned Kind>
struct described {
    static constexpr int family = 2, type = 1, number = static_cast<int>(Kind);
    static constexpr unsigned kind = Kind;
};
using protocols = weld::detail::protocol_list<described<0>{}, described<1>{}, described<2>{}, described<3>{}>;

int main() {
    auto sockets = dispatch::sockets();
    auto order = dispatch::mixed_order();
    return dispatch::measure("generated switch", order, [&](unsigned at, std::size_t size) {
        dispatch::sock& sk = sockets[at];
        auto call = [&]<auto Protocol>() { return dispatch::protocol<Protocol.kind>::send(sk, size); };
        return protocols::with<std::size_t>(sk.kind, call);
    });
}
