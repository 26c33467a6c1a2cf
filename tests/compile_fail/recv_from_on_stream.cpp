// error: socket: messages of this protocol name no sender of their own; recv is what it has
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_datagram;
#else
constexpr auto protocol = weld::unix_seqpacket;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.recv_from({})); }
