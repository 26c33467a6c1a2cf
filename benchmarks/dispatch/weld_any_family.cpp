// SPDX-License-Identifier: BSL-1.0
// weld's dynamic door: sockets of families that are chosen while the program runs, weld::any_family.
#include <weld/io/epoll.hpp>
#include <weld/socket/any_family.hpp>
#include <weld/socket/create.hpp>

#include "measure.hpp"

#include <vector>

namespace {
constexpr std::byte payload[64]{};

template <class Backend, unsigned Kind>
class loaded_socket final : public weld::loadable_socket {
public:
    weld::result<std::size_t> send(const weld::any_outgoing& message, weld::message_flags) override {
        std::size_t size = 0;
        for (const auto& piece : message.pieces) size += piece.size();
        return dispatch::protocol<Backend, Kind>::send(sk_, size);
    }

private:
    dispatch::sock sk_;
};
template <class Backend>
class loaded_family final : public weld::loadable_family {
public:
    int number() const noexcept override { return 40; }
    weld::result<weld::loadable_socket*> create(const weld::family_services&, int type, int) override {
        switch (type) {
            case 1: return new loaded_socket<Backend, 0>;
            case 2: return new loaded_socket<Backend, 1>;
            case 3: return new loaded_socket<Backend, 2>;
            default: return new loaded_socket<Backend, 3>;
        }
    }
};

template <class Backend>
class door {
public:
    door() {
        if (!net_.template part<weld::any_family>().add(family_)) std::exit(1);
        for (unsigned i = 0; i < dispatch::sockets; ++i) sockets_.push_back(std::move(*net_.socket(40, 1 + static_cast<int>(dispatch::kind_of(i)), 0)));
    }
    std::size_t send(unsigned at, std::size_t size) { return *sockets_[at].try_send(weld::const_bytes{payload, size}); }

private:
    using net = weld::net<weld::any_family, weld::io::epoll>;
    loaded_family<Backend> family_;
    net net_{weld::any_family{}, weld::io::epoll{}};
    std::vector<weld::any_socket<net>> sockets_;
};
}  // namespace

int main(int count, char** words) { return dispatch::run<door>(count, words); }
