// error: device: this device waits for a descriptor, which this event source cannot; list weld::io::epoll{}
#include <weld/device/memory.hpp>
#include <weld/device/tap.hpp>

#include "../support/archetypes.hpp"

#ifdef FIXED
using device = weld::device::memory<>;
#else
using device = weld::device::tap;
#endif

void use(device& d, support::jumping_clock& clock) { static_cast<void>(d.attach(clock)); }
