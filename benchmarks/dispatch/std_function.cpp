// SPDX-License-Identifier: BSL-1.0
// std::function, as libraries with callbacks have them.
#include <functional>

#include "measure.hpp"

int main() {
    struct socket {
        dispatch::sock sk;
        std::function<std::size_t(dispatch::sock&, std::size_t)> send;
    };
    std::vector<socket> sockets;
    for (const dispatch::sock& each : dispatch::sockets()) {
        switch (each.kind) {
            case 0: sockets.push_back({each, &dispatch::protocol<0>::send}); break;
            case 1: sockets.push_back({each, &dispatch::protocol<1>::send}); break;
            case 2: sockets.push_back({each, &dispatch::protocol<2>::send}); break;
            default: sockets.push_back({each, &dispatch::protocol<3>::send}); break;
        }
    }
    auto order = dispatch::mixed_order();
    return dispatch::measure("std::function", order, [&](unsigned at, std::size_t size) { return sockets[at].send(sockets[at].sk, size); });
}
