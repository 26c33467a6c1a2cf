// error: stack: this tcp6 has no network layer under it; list one, as weld::stack::ipv6{}, in the net
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv6.hpp>
#include <weld/stack/tcp/tcp.hpp>

namespace own = weld::stack;

void use(weld::device::memory_link<>& wire) {
#ifdef FIXED
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "2001:db8::1/64"}, own::ipv6{}, own::tcp6{}, weld::io::epoll{}};
#else
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "2001:db8::1/64"}, own::tcp6{}, weld::io::epoll{}};
#endif
}
