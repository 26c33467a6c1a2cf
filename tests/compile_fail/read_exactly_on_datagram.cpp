// error: socket: read_exactly is for streams; recv gives one whole message
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::tcp;
#else
constexpr auto protocol = weld::udp;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.read_exactly({})); }
