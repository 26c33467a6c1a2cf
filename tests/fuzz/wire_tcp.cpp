// SPDX-License-Identifier: BSL-1.0
// A TCP segment: what its header and options say is what they say when written again.
#include <weld/stack/wire/tcp.hpp>

#include <weld/socket/address/address4.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    use(wire::tcp_view::parse_quoted(input(data, size)).has_value());
    const auto view = wire::tcp_view::parse(input(data, size));
    if (!view) return 0;
    use(view->payload());
    use(view->length());
    use(view->checksum_valid(address4::any(), address4::loopback()));
    expect(view->data_offset() + view->payload().size() == size);

    wire::tcp_options options = view->options();
    std::byte encoded[wire::tcp_header::size_max];
    const std::size_t written = view->header().encode(encoded, options);
    expect(written == wire::tcp_header::size + options.size());
    const auto again = wire::tcp_view::parse({encoded, written});
    expect(again.has_value() && again->header() == view->header());
    const wire::tcp_options repeated = again->options();
    expect(repeated.sack_count <= options.sack_count);  // less room beside options that are now aligned
    for (std::size_t i = repeated.sack_count; i < wire::tcp_options::sack_max; ++i) options.sack[i] = {};
    options.sack_count = repeated.sack_count;
    expect(repeated == options);
    return 0;
}
