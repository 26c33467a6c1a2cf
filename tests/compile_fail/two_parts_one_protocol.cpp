// error: stack: two parts of this net claim the same IP protocol; drop one of them
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/udp/udp.hpp>

namespace own = weld::stack;

struct mine {
    using role = weld::role::protocol;
#ifdef FIXED
    static constexpr std::uint8_t ip_protocol = 253;
#else
    static constexpr std::uint8_t ip_protocol = 17;
#endif
    own::rcv_result rcv(auto&, weld::packet_buffer&&, const own::ip_info<own::ip4>&) { return own::rcv_result::handled; }
};

void use(weld::device::memory_link<>& wire) {
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::udp{}, mine{}, weld::io::epoll{}};
}
