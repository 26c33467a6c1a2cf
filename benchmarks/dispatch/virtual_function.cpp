// SPDX-License-Identifier: BSL-1.0
// A virtual function of every socket.
#include <memory>

#include "measure.hpp"

namespace {
struct socket {
    virtual ~socket() = default;
    virtual std::size_t send(std::size_t size) = 0;
    dispatch::sock sk;
};
template <class Backend, unsigned Kind>
struct socket_of final : socket {
    std::size_t send(std::size_t size) override { return dispatch::protocol<Backend, Kind>::send(sk, size); }
};
template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; i += dispatch::kinds) {
            sockets_[i] = std::make_unique<socket_of<Backend, 0>>();
            sockets_[i + 1] = std::make_unique<socket_of<Backend, 1>>();
            sockets_[i + 2] = std::make_unique<socket_of<Backend, 2>>();
            sockets_[i + 3] = std::make_unique<socket_of<Backend, 3>>();
        }
    }
    std::size_t send(unsigned at, std::size_t size) { return sockets_[at]->send(size); }

private:
    std::unique_ptr<socket> sockets_[dispatch::sockets];
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
