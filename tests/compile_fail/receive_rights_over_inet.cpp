// error: socket: messages of this protocol carry no such ancillary data; its description lists the levels it has
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_stream;
#else
constexpr auto protocol = weld::tcp;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.recv(weld::mutable_bytes{}, weld::control<weld::rights<1>>)); }
