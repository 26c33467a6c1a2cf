// SPDX-License-Identifier: BSL-1.0
// An Ethernet frame, with tags or without: every accessor answers, the header is written as it was read.
#include <weld/stack/wire/ethernet.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto view = wire::ethernet_view::parse(input(data, size));
    if (!view) return 0;
    use(view->vlan());
    use(view->payload());
    expect(view->header_size() + view->payload().size() == size);
    const wire::ethernet_header header = view->header();
    std::byte encoded[wire::ethernet_header::size];
    header.encode(encoded);
    expect(equal(slice(encoded, 0, 12), view->bytes().first(12)));
    expect(view->tagged() || equal(encoded, view->bytes().first(14)));
    expect(view->header_size() == 22 || load_be<std::uint16_t>(encoded, 12) == view->type());
    return 0;
}
