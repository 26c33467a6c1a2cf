// SPDX-License-Identifier: BSL-1.0
// The kernel's way: a struct of function pointers in every socket, as struct proto_ops.
#include "measure.hpp"

namespace {
struct proto_ops {
    std::size_t (*send)(dispatch::sock&, std::size_t) noexcept;
};
constexpr proto_ops tables[] = {{&dispatch::protocol<0>::send}, {&dispatch::protocol<1>::send}, {&dispatch::protocol<2>::send}, {&dispatch::protocol<3>::send}};
struct socket {
    const proto_ops* ops;
    dispatch::sock sk;
};
}  // namespace

int main() {
    std::vector<socket> sockets;
    for (const dispatch::sock& each : dispatch::sockets()) sockets.push_back({&tables[each.kind], each});
    auto order = dispatch::mixed_order();
    return dispatch::measure("pointer table", order, [&](unsigned at, std::size_t size) { return sockets[at].ops->send(sockets[at].sk, size); });
}
