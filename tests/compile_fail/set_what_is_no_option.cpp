// error: socket: this is not an option; one is a struct with level, name and value
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;

void use(weld::socket<host_net, weld::tcp>& socket) {
#ifdef FIXED
    static_cast<void>(socket.set(weld::no_delay{true}));
#else
    static_cast<void>(socket.set(true));
#endif
}
