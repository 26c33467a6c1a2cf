// error: socket: messages of unix sockets may bring descriptors, which somebody has to own; a batch of them has no ancillary data, recv has
#include <weld/socket/datagram_batch.hpp>
#include <weld/weld.hpp>

#ifdef FIXED
using address = weld::endpoint4;
#else
using address = weld::unix_address;
#endif

void use(weld::datagram_batch<address, 4, 64, weld::timestamp>& batch) { batch[0].resize(1); }
