// SPDX-License-Identifier: BSL-1.0
// The kernel's way: a pointer to a table of function pointers in every socket, as struct proto_ops.
#include "measure.hpp"

namespace {
struct proto_ops {
    std::size_t (*send)(dispatch::sock&, std::size_t) noexcept;
};
template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; ++i) sockets_[i].ops = &tables[dispatch::kind_of(i)];
    }
    std::size_t send(unsigned at, std::size_t size) noexcept { return sockets_[at].ops->send(sockets_[at].sk, size); }

private:
    static constexpr proto_ops tables[] = {{&dispatch::protocol<Backend, 0>::send}, {&dispatch::protocol<Backend, 1>::send},
                                           {&dispatch::protocol<Backend, 2>::send}, {&dispatch::protocol<Backend, 3>::send}};
    struct socket {
        const proto_ops* ops;
        dispatch::sock sk;
    };
    socket sockets_[dispatch::sockets]{};
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
