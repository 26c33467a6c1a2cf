// SPDX-License-Identifier: BSL-1.0
// An ICMP message, with the datagram that an error returns.
#include <weld/stack/wire/icmp4.hpp>

#include <weld/stack/wire/ipv4.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto view = wire::icmp4_view::parse(input(data, size));
    if (!view) return 0;
    use(view->checksum_valid());
    use(view->is_error());
    use(view->identifier());
    use(view->sequence());
    use(view->next_hop_mtu());
    use(view->pointer());
    use(view->gateway());
    use(view->payload());
    if (const auto quoted = wire::ipv4_view::parse_quoted(view->payload())) use(quoted->payload());

    std::vector<std::byte> written = copy_of(view->bytes());
    view->header().encode(written);
    const auto again = wire::icmp4_view::parse(written);
    expect(again->checksum_valid() && equal(again->payload(), view->payload()));
    wire::icmp4_header header = again->header();
    header.checksum = view->checksum();
    expect(header == view->header());
    return 0;
}
