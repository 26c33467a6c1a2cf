// SPDX-License-Identifier: BSL-1.0
// A UDP datagram's header is written as it was read.
#include <weld/stack/wire/udp.hpp>

#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto view = wire::udp_view::parse(input(data, size));
    if (!view) return 0;
    use(view->payload());
    use(view->checksum_valid(address4::any(), address4::loopback()));
    use(view->checksum_valid(address6::any(), address6::loopback()));
    expect(view->payload().size() + wire::udp_header::size == view->length());
    std::byte encoded[wire::udp_header::size];
    view->header().encode(encoded);
    expect(equal(encoded, view->bytes().first(8)));

    // With the checksum that belongs to it, it is valid.
    std::vector<std::byte> sent = copy_of(view->bytes());
    store_be<std::uint16_t>(mutable_bytes{sent}, 6, 0);
    const std::uint32_t pseudo = checksum::pseudo_header(address4::any(), address4::loopback(), wire::ip_protocol::udp, view->length());
    store_be(mutable_bytes{sent}, 6, wire::udp_header::finish(checksum::add(pseudo, checksum::sum(sent))));
    expect(wire::udp_view::parse(sent)->checksum_valid(address4::any(), address4::loopback()));
    return 0;
}
