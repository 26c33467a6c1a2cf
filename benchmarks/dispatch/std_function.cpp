// SPDX-License-Identifier: BSL-1.0
// A std::function in every socket, as libraries with callbacks have them.
#include <functional>

#include "measure.hpp"

namespace {
template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; i += dispatch::kinds) {
            sockets_[i].send = &dispatch::protocol<Backend, 0>::send;
            sockets_[i + 1].send = &dispatch::protocol<Backend, 1>::send;
            sockets_[i + 2].send = &dispatch::protocol<Backend, 2>::send;
            sockets_[i + 3].send = &dispatch::protocol<Backend, 3>::send;
        }
    }
    std::size_t send(unsigned at, std::size_t size) { return sockets_[at].send(sockets_[at].sk, size); }

private:
    struct socket {
        dispatch::sock sk;
        std::function<std::size_t(dispatch::sock&, std::size_t)> send;
    };
    socket sockets_[dispatch::sockets];
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
