// error: socket: this option is only set; the kernel does not tell it
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;

void use(weld::socket<host_net, weld::tcp>& socket) {
#ifdef FIXED
    static_cast<void>(socket.set(weld::ip_join_group{}));
#else
    static_cast<void>(socket.get<weld::ip_join_group>());
#endif
}
