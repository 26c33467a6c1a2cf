// error: stack: packet sockets have nothing to listen to; list an interface, as weld::stack::interface{"eth0", ...}, in the net
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/packet/packet_family.hpp>

namespace own = weld::stack;

void use(weld::device::memory_link<>& wire) {
#ifdef FIXED
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::packet_family{}, weld::io::epoll{}};
#else
    static_cast<void>(wire);
    weld::net net{own::ipv4{}, own::packet_family{}, weld::io::epoll{}};
#endif
}
