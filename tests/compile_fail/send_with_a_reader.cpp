// error: no member named
#include <weld/weld.hpp>

using host_net = weld::net<weld::host::all>;

void use(weld::reader<host_net, weld::tcp>& half) {
#ifdef FIXED
    static_cast<void>(half.recv(weld::mutable_bytes{}));
#else
    static_cast<void>(half.send(weld::as_bytes("x")));
#endif
}
