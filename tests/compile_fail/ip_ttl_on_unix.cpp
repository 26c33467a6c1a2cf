// error: socket: this protocol has no such option; its description lists the levels it has
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::tcp;
#else
constexpr auto protocol = weld::unix_stream;
#endif

void use(weld::socket<host_net, protocol>& socket) { static_cast<void>(socket.set(weld::ip_ttl{1})); }
