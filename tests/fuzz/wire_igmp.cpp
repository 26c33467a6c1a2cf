// SPDX-License-Identifier: BSL-1.0
// An IGMP message is written as it was read, with a checksum that is right.
#include <weld/stack/wire/igmp.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto view = wire::igmp_view::parse(input(data, size));
    if (!view) return 0;
    use(view->checksum_valid());
    use(view->query_version());
    std::vector<std::byte> written = copy_of(view->bytes());
    view->header().encode(written);
    const auto again = wire::igmp_view::parse(written);
    expect(again->checksum_valid());
    wire::igmp_header header = again->header();
    header.checksum = view->checksum();
    expect(header == view->header());
    return 0;
}
