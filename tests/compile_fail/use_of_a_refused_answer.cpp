// error: socket: send_all is for streams; send takes a whole message of this protocol or none of it
#include <weld/weld.hpp>

#ifdef FIXED
constexpr auto protocol = weld::tcp;
#else
constexpr auto protocol = weld::udp;
#endif

template <class Socket>
weld::task<int> use(Socket& socket) {  // what is done with the answer is no mistake of its own
    const auto sent = co_await socket.send_all(weld::as_bytes("hello"));
    if (!sent) co_return static_cast<int>(sent.error());
    if (!socket.send_all(weld::as_bytes("again")).blocking()) co_return 1;
    co_return 0;
}
template weld::task<int> use(weld::socket<weld::net<weld::host::all>, protocol>&);
