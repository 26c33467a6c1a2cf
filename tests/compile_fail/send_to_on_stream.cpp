// error: socket: messages of this protocol name no receiver of their own; connect, then send
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::udp;
#else
constexpr auto protocol = weld::tcp;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.send_to({}, {})); }
