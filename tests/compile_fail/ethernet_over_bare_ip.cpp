// error: stack: ethernet needs a device whose frames have a link header; put own::bare_ip over this one
#include <weld/device/memory.hpp>
#include <weld/stack/link/bare_ip.hpp>
#include <weld/stack/link/ethernet.hpp>

namespace own = weld::stack;

void use(weld::device::memory_link<weld::link_type::bare_ip>& wire) {
#ifdef FIXED
    own::bare_ip link{wire.left()};
#else
    own::ethernet link{wire.left()};
#endif
}
