// SPDX-License-Identifier: BSL-1.0
// An ARP packet is written as it was read.
#include <weld/stack/wire/arp.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto view = wire::arp_view::parse(input(data, size));
    if (!view) return 0;
    use(view->is_request());
    use(view->is_reply());
    use(view->is_gratuitous());
    std::byte encoded[wire::arp_header::size];
    view->header().encode(encoded);
    expect(equal(encoded, view->bytes()));
    return 0;
}
