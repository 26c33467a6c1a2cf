// error: socket: messages of this protocol carry no such ancillary data; its description lists the levels it has
#include <weld/socket/datagram_batch.hpp>
#include <weld/weld.hpp>

#ifdef FIXED
constexpr auto protocol = weld::udp;
#else
constexpr auto protocol = weld::ping;
#endif

void use(weld::socket<weld::net<weld::host::all>, protocol>& socket, weld::datagram_batch<weld::endpoint4, 4, 64, weld::segment_size>& batch) {
    static_cast<void>(socket.try_send_many(batch.first(4)));
}
