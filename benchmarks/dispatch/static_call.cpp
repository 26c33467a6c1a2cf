// SPDX-License-Identifier: BSL-1.0
// The typed path: the protocol is known when the program is compiled, as with net.socket(weld::tcp).
#include "measure.hpp"

int main() {
    auto sockets = dispatch::sockets();
    auto order = dispatch::mixed_order();
    return dispatch::measure("static call", order, [&](unsigned at, std::size_t size) { return dispatch::protocol<1>::send(sockets[at], size); });
}
