// error: net: sockets of this protocol do not come in pairs; those of unix sockets do
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;
#ifdef FIXED
constexpr auto protocol = weld::unix_datagram;
#else
constexpr auto protocol = weld::tcp;
#endif

void use(host_net& host) { static_cast<void>(host.socketpair(protocol)); }
