// error: stack: a part with an ip_protocol receives from both versions of IP, or names the one it knows: using over = ip4;
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/ip/ipv6.hpp>

namespace own = weld::stack;

struct ticker {
    using role = weld::role::protocol;
    static constexpr std::uint8_t ip_protocol = 253;
#ifdef FIXED
    using over = own::ip4;
#endif
    own::rcv_result rcv(auto&, weld::packet_buffer&&, const own::ip_info<own::ip4>&) { return own::rcv_result::handled; }
};

void use(weld::device::memory_link<>& wire) {
    weld::net net{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::ipv6{}, ticker{}, weld::io::epoll{}};
}
