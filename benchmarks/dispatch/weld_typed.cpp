// SPDX-License-Identifier: BSL-1.0
// weld's typed path as a program has it: weld::socket of a protocol that the net serves, net.socket(weld::tcp).
#include "null_family.hpp"

#include <memory>
#include <vector>

namespace {
template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; ++i) sockets_.push_back(std::move(*net_.socket(dispatch::null_protocol<1>{})));
    }
    std::size_t send(unsigned at, std::size_t size) { return *sockets_[at].try_send({dispatch::payload, size}); }

private:
    using net = weld::net<dispatch::null_family<Backend>, weld::io::epoll>;
    net net_{dispatch::null_family<Backend>{}, weld::io::epoll{}};
    std::vector<weld::socket<net, dispatch::null_protocol<1>{}>> sockets_;
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
