// SPDX-License-Identifier: BSL-1.0
// An IPv6 packet, whole or returned by an error: the walk over its extensions ends inside it.
#include <weld/stack/wire/ipv6.hpp>

#include "wire_support.hpp"

using namespace weld;

namespace {
void check(const wire::ipv6_view& view) {
    use(view.payload());
    use(view.protocol());
    use(view.is_fragment());
    use(view.identification());
    expect(view.header_size() >= 40 && view.header_size() + view.payload().size() == view.bytes().size());
    expect(view.fragment_offset() % 8 == 0);
    std::byte encoded[wire::ipv6_header::size];
    view.header().encode(encoded);
    expect(equal(encoded, view.bytes().first(40)));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto view = wire::ipv6_view::parse(input(data, size))) check(*view);
    if (const auto view = wire::ipv6_view::parse_quoted(input(data, size))) check(*view);
    return 0;
}
