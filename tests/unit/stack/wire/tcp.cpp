// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/tcp.hpp>

#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using wire::tcp_flags;
using wire::tcp_header;
using wire::tcp_options;
using wire::tcp_view;

namespace {
const_bytes segment(const_bytes frame) { return wire::ipv4_view::parse(frame.subspan(14))->payload(); }
}  // namespace

static_assert(any(tcp_flags::syn & (tcp_flags::syn | tcp_flags::fin)) && !any(tcp_flags::syn & tcp_flags::ack));

TEST_CASE("a SYN of Linux is read as tshark reads it", "[wire][tcp]") {
    const auto syn = tcp_view::parse(segment(frames::tcp_syn));
    REQUIRE(syn);
    CHECK(syn->header() == tcp_header{59850, 80, 3513433521, 0, tcp_flags::syn, 64240, 0x3b69, 0});
    CHECK(syn->options() == tcp_options{.mss = 1460, .has_window_scale = true, .window_scale = 10, .sack_permitted = true,
                                        .has_timestamps = true, .tsval = 3898842117, .tsecr = 0});
    CHECK(syn->length() == 1);
    CHECK(syn->payload().empty());
    CHECK(syn->checksum_valid(address4{{10, 0, 0, 1}}, address4{{10, 0, 0, 2}}));
    CHECK_FALSE(syn->checksum_valid(address4{{10, 0, 0, 1}}, address4{{10, 0, 1, 2}}));
}

TEST_CASE("segments of Linux encode to the bytes of Linux, options in its order", "[wire][tcp]") {
    for (const const_bytes frame : {const_bytes{frames::tcp_syn}, const_bytes{frames::tcp_syn_ack}, const_bytes{frames::tcp_data}}) {
        const auto view = tcp_view::parse(segment(frame));
        std::byte encoded[60];
        const std::size_t size = view->header().encode(encoded, view->options());
        CHECK(size == view->data_offset());
        CHECK(equal({encoded, size}, view->bytes().first(size)));
    }
}

TEST_CASE("a checksum made in one pass with the copy is the one Linux made", "[wire][tcp]") {
    const auto ip = *wire::ipv4_view::parse(const_bytes{frames::tcp_data}.subspan(14));
    const auto view = *tcp_view::parse(ip.payload());
    std::byte copy[100];
    const std::uint32_t data = checksum::copy_and_sum(copy, view.payload());
    std::byte header[60];
    tcp_header fields = view.header();
    fields.checksum = 0;
    const std::size_t size = fields.encode(header, view.options());
    const auto length = static_cast<std::uint32_t>(view.bytes().size());
    const std::uint32_t head = checksum::add(checksum::pseudo_header(ip.source(), ip.destination(), wire::ip_protocol::tcp, length), checksum::sum({header, size}));
    CHECK(checksum::finish(checksum::combine(head, data)) == view.checksum());
}

TEST_CASE("TCP over IPv6 has the same checksum function", "[wire][tcp]") {
    const auto ip = *wire::ipv6_view::parse(const_bytes{frames::tcp6_syn}.subspan(14));
    const auto view = tcp_view::parse(ip.payload());
    REQUIRE(view);
    CHECK(view->checksum_valid(ip.source(), ip.destination()));
    CHECK(view->options().mss == 1440);
}

TEST_CASE("a segment shorter than it says is refused", "[wire][tcp]") {
    const const_bytes syn = segment(frames::tcp_syn);
    for (std::size_t size = 0; size < syn.size(); ++size) CHECK(tcp_view::parse(syn.first(size)).error() == errc::bad_message);
    std::byte header[20];
    tcp_header{}.encode(header);
    CHECK(tcp_view::parse(header)->flags() == tcp_flags::none);
    header[12] = std::byte{0x40};
    CHECK(tcp_view::parse(header).error() == errc::bad_message);
}

TEST_CASE("length counts SYN, FIN and data", "[wire][tcp]") {
    std::byte bytes[25]{};
    tcp_header{.flags = tcp_flags::fin | tcp_flags::ack}.encode(bytes);
    CHECK(tcp_view::parse(bytes)->length() == 6);
    CHECK(tcp_view::parse_quoted(const_bytes{bytes}.first(7)).error() == errc::bad_message);
    CHECK(tcp_view::parse_quoted(segment(frames::tcp_syn).first(8))->seq == 3513433521);
}
