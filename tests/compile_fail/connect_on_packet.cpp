// error: socket: this protocol has no connect; bind to an interface, or send_to
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_stream;
#else
constexpr auto protocol = weld::packet_raw;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.connect({})); }
