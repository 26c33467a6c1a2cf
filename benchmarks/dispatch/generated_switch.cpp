// SPDX-License-Identifier: BSL-1.0
// A number in every socket, and the switch that weld generates over the listed protocols.
#include <weld/socket/served.hpp>

#include "measure.hpp"

namespace {
template <unsigned Kind>
struct described {
    static constexpr int family = 2, type = 1, number = static_cast<int>(Kind);
    static constexpr unsigned kind = Kind;
};
using protocols = weld::detail::protocol_list<described<0>{}, described<1>{}, described<2>{}, described<3>{}>;

template <class Backend>
class door {
public:
    door() {
        for (unsigned i = 0; i < dispatch::sockets; ++i) socks_[i].kind = dispatch::kind_of(i);
    }
    std::size_t send(unsigned at, std::size_t size) noexcept {
        dispatch::sock& sk = socks_[at];
        auto call = [&]<auto Protocol>() { return dispatch::protocol<Backend, Protocol.kind>::send(sk, size); };
        return protocols::with<std::size_t>(sk.kind, call);
    }

private:
    dispatch::sock socks_[dispatch::sockets];
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
