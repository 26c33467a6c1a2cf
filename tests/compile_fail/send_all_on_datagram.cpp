// error: socket: send_all is for streams; send takes a whole message
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_stream;
#else
constexpr auto protocol = weld::unix_seqpacket;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.send_all({})); }
