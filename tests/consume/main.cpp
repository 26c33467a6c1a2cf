// SPDX-License-Identifier: BSL-1.0
// A user's program: it sees weld's headers and none of weld's compiler flags.
#ifdef WELD_ALL
#    include "weld_all.hpp"
#else
#    include <weld/stack.hpp>
#    include <weld/weld.hpp>
#endif

using namespace weld::literals;

template <weld::provides<weld::tcp> Net>
weld::task<int> talk(Net& net) {
    auto listener = weld::listen(net, weld::tcp, {weld::address4::loopback(), 0});
    if (!listener) co_return 1;
    auto near = co_await weld::connect(net, weld::tcp, listener->local_address().value_or(weld::endpoint4{}), 5_s);
    auto far = co_await listener->accept();
    if (!near || !far) co_return 2;
    const auto sent = co_await near->send_all(weld::as_bytes("hello"), 5_s);
    std::byte buffer[5];
    const auto got = co_await far->read_exactly(buffer, 5_s);
    co_return sent && got == 5u ? 0 : 3;
}

int main(int argc, char**) {
    int shadowed = 0;
    { long shadowed = argc; (void)shadowed; }  // -Wshadow -Werror would refuse this
    weld::net host{weld::host::inet{}};
    weld::net own{weld::stack::ipv4{}, weld::stack::tcp{}, weld::io::epoll{}};
    return shadowed + weld::block_on(host, talk(host)) + weld::block_on(own, talk(own));
}
