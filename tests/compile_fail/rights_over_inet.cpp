// error: socket: messages of this protocol carry no such ancillary data; its description lists the levels it has
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_datagram;
#else
constexpr auto protocol = weld::udp;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.send(weld::as_bytes("x"), weld::rights{0})); }
