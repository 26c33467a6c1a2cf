// SPDX-License-Identifier: BSL-1.0
// No door: the protocol is known when the program is compiled, and its send is part of the loop. What others are compared to.
#include "measure.hpp"

namespace {
template <class Backend>
class door {
public:
    std::size_t send(unsigned at, std::size_t size) noexcept { return dispatch::protocol<Backend, 1>::send(socks_[at], size); }

private:
    dispatch::sock socks_[dispatch::sockets];
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
