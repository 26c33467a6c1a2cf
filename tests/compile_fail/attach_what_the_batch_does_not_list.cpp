// error: socket: the batch has no room for this item; list it in the batch's type
#include <weld/socket/datagram_batch.hpp>
#include <weld/weld.hpp>

#ifdef FIXED
using batch = weld::datagram_batch<weld::endpoint4, 4, 64, weld::ip_ttl>;
#else
using batch = weld::datagram_batch<weld::endpoint4, 4, 64>;
#endif

void use(batch& messages) { messages[0].attach(weld::ip_ttl{1}); }
