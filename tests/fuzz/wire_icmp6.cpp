// SPDX-License-Identifier: BSL-1.0
// An ICMPv6 message, neighbor discovery among them, is written as it was read.
#include <weld/stack/wire/icmp6.hpp>

#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/ndp.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const address6 a = address6::any(), b = address6::loopback();
    const auto view = wire::icmp6_view::parse(input(data, size));
    if (!view) return 0;
    use(view->checksum_valid(a, b));
    use(view->is_error());
    use(view->identifier());
    use(view->sequence());
    use(view->mtu());
    use(view->pointer());
    if (const auto quoted = wire::ipv6_view::parse_quoted(view->payload())) use(quoted->payload());

    std::vector<std::byte> written = copy_of(view->bytes());
    view->header().encode(written, a, b);
    const auto again = wire::icmp6_view::parse(written);
    expect(again->checksum_valid(a, b) && equal(again->payload(), view->payload()));

    const auto neighbor = wire::neighbor_header::decode(input(data, size));
    if (!neighbor) return 0;
    std::byte encoded[wire::neighbor_header::size_max];
    const std::size_t length = neighbor->encode(encoded, a, b);
    const auto repeated = wire::neighbor_header::decode({encoded, length});
    expect(repeated.has_value() && *repeated == *neighbor);
    return 0;
}
