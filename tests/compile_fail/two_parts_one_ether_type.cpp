// error: stack: two parts of this net claim the same EtherType; drop one of them
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>

namespace own = weld::stack;

struct mine {
    using role = weld::role::protocol;
#ifdef FIXED
    static constexpr std::uint16_t ether_type = 0x88b5;
#else
    static constexpr std::uint16_t ether_type = 0x0800;
#endif
    own::rcv_result rcv(auto&, weld::packet_buffer&&, const own::frame_info&) { return own::rcv_result::handled; }
};

void use(weld::device::memory_link<>& wire) {
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, mine{}, weld::io::epoll{}};
}
