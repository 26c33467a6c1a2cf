// SPDX-License-Identifier: BSL-1.0
// Router advertisements, redirects, and listeners' messages: whatever the bytes are, nothing beyond them is read.
#include <weld/stack/wire/router_discovery.hpp>

#include <weld/stack/wire/ipv6_options.hpp>
#include <weld/stack/wire/mld.hpp>

#include "wire_support.hpp"

using namespace weld;

namespace {
void options(const_bytes list) {
    wire::discovery_options all{list};
    wire::discovery_option option;
    while (all.next(option)) {
        use(option.bytes);
        if (option.bytes.size() == 8) use(option.station());
        if (const auto prefix = wire::prefix_information::decode(option.bytes)) expect(prefix->prefix.length() <= 128);
    }
    mac_address station;
    if (wire::discovery_options::find_station(list, 1, station)) use(station);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const address6 a = address6::any(), b = address6::loopback();
    const const_bytes bytes = input(data, size);
    if (const auto told = wire::router_advertisement_view::parse(bytes)) {
        use(told->hop_limit());
        expect(told->preference() >= -1 && told->preference() <= 1);
        use(told->lifetime());
        use(told->reachable_time());
        use(told->retransmit_time());
        options(told->options());
    }
    if (const auto told = wire::redirect_view::parse(bytes)) {
        use(told->target());
        use(told->destination());
        options(told->options());
    }
    if (const auto header = wire::listener_header::decode(bytes)) {
        std::byte written[wire::listener_header::size]{};
        header->encode(written, a, b);
        expect(*wire::listener_header::decode(written) == *header);
        use(wire::listener_response_time(header->max_response, wire::listener_query_version(size)));
    }
    if (const auto report = wire::listener_report::decode(bytes)) use(report->group);
    wire::ipv6_options list{bytes};
    wire::ipv6_option option;
    std::size_t seen = 0;
    while (list.next(option)) {
        expect(option.at == seen);
        seen += option.type == wire::ipv6_option::pad1 ? 1 : 2 + option.data.size();
        use(option.data);
    }
    expect(list.malformed() || seen == size);
    return 0;
}
