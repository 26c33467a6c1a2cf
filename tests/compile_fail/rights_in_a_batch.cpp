// error: socket: descriptors and error reports come with recv, one message a call; a batch has no such items
#include <weld/socket/datagram_batch.hpp>
#include <weld/weld.hpp>

#ifdef FIXED
using batch = weld::datagram_batch<weld::unix_address, 4, 64>;
#else
using batch = weld::datagram_batch<weld::unix_address, 4, 64, weld::rights<1>>;
#endif

void use(weld::socket<weld::net<weld::host::all>, weld::unix_datagram>& socket, batch& messages) { static_cast<void>(socket.recv_many(messages)); }
