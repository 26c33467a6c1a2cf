// SPDX-License-Identifier: BSL-1.0
// A virtual function, as weld::any_family's sockets have them.
#include <memory>

#include "measure.hpp"

namespace {
struct socket {
    virtual ~socket() = default;
    virtual std::size_t send(std::size_t size) = 0;
    dispatch::sock sk;
};
template <unsigned Kind>
struct socket_of final : socket {
    std::size_t send(std::size_t size) override { return dispatch::protocol<Kind>::send(sk, size); }
};
std::unique_ptr<socket> make(unsigned kind) {
    switch (kind) {
        case 0: return std::make_unique<socket_of<0>>();
        case 1: return std::make_unique<socket_of<1>>();
        case 2: return std::make_unique<socket_of<2>>();
        default: return std::make_unique<socket_of<3>>();
    }
}
}  // namespace

int main() {
    std::vector<std::unique_ptr<socket>> sockets;
    for (const dispatch::sock& each : dispatch::sockets()) sockets.push_back(make(each.kind));
    auto order = dispatch::mixed_order();
    return dispatch::measure("virtual", order, [&](unsigned at, std::size_t size) { return sockets[at]->send(size); });
}
