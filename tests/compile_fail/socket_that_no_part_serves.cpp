// error: net: no part of this net serves this protocol; list one that does
#include <weld/weld.hpp>

#ifdef FIXED
using host_net = weld::net<weld::host::inet, weld::host::unix_>;
#else
using host_net = weld::net<weld::host::inet>;
#endif

void use(host_net& host) { static_cast<void>(host.socket(weld::unix_stream)); }
