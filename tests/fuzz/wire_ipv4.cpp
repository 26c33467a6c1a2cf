// SPDX-License-Identifier: BSL-1.0
// An IPv4 datagram, whole or returned by an error: accessors, options, and the header written again.
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv4_options.hpp>

#include "wire_support.hpp"

using namespace weld;

namespace {
void check(const wire::ipv4_view& view) {
    use(view.payload());
    use(view.is_fragment());
    use(view.checksum_valid());
    wire::ipv4_options options{view.options()};
    std::size_t seen = 0;
    for (wire::ipv4_option option; options.next(option); ++seen) {
        use(option.data);
        expect(option.data.size() <= 38);
    }
    expect(seen <= 20 && options.pointer() >= 20 && options.pointer() <= 60);

    std::byte encoded[wire::ipv4_header::size_max];
    const std::size_t size = view.header().encode(encoded, view.options());
    expect(size == view.header_size() && checksum::valid(checksum::sum({encoded, size})));
    std::vector<std::byte> original = copy_of(view.bytes().first(size));
    original[6] &= std::byte{0x7f};  // the reserved bit is not kept
    store_be(mutable_bytes{original}, 10, load_be<std::uint16_t>(encoded, 10));
    expect(equal(original, {encoded, size}));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto view = wire::ipv4_view::parse(input(data, size))) {
        expect(view->bytes().size() == view->total_length());
        check(*view);
    }
    if (const auto view = wire::ipv4_view::parse_quoted(input(data, size))) check(*view);
    return 0;
}
