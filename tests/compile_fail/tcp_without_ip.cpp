// error: stack: this tcp has no network layer under it; list one, as weld::stack::ipv4{}, in the net
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>

namespace own = weld::stack;

void use(weld::device::memory_link<>& wire) {
#ifdef FIXED
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::tcp{}, weld::io::epoll{}};
#else
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::tcp{}, weld::io::epoll{}};
#endif
}
