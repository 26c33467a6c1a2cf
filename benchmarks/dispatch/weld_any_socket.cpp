// SPDX-License-Identifier: BSL-1.0
// weld's run-time path as a program has it: net.socket(FAMILY, TYPE, 0) and the generated switch behind every call.
#include "null_family.hpp"

#include <vector>

namespace {
template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; ++i)
            sockets_.push_back(std::move(*net_.socket(dispatch::null_family_number, 1 + static_cast<int>(dispatch::kind_of(i)), 0)));
    }
    std::size_t send(unsigned at, std::size_t size) { return *sockets_[at].try_send(weld::const_bytes{dispatch::payload, size}); }

private:
    using net = weld::net<dispatch::null_family<Backend>, weld::io::epoll>;
    net net_{dispatch::null_family<Backend>{}, weld::io::epoll{}};
    std::vector<weld::any_socket<net>> sockets_;
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
