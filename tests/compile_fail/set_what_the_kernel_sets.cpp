// error: socket: this option is only asked for, with get; the kernel alone sets it
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;

void use(weld::socket<host_net, weld::tcp>& socket) {
#ifdef FIXED
    static_cast<void>(socket.get<weld::accepting>());
#else
    static_cast<void>(socket.set(weld::accepting{true}));
#endif
}
