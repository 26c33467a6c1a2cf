// SPDX-License-Identifier: BSL-1.0
#include <weld/core/checksum.hpp>

#include <weld/core/random.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;

namespace {
/// RFC 1071 section 4.1, word for word.
std::uint16_t naive(const_bytes bytes) {
    std::uint64_t sum = 0;
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) sum += static_cast<unsigned>(bytes[i]) << 8 | static_cast<unsigned>(bytes[i + 1]);
    if (i < bytes.size()) sum += static_cast<unsigned>(bytes[i]) << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}
std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed = 1) {
    std::vector<std::byte> bytes(size);
    random_generator{seed}.fill(bytes);
    return bytes;
}
using path = std::uint64_t (*)(std::byte*, const std::byte*, std::size_t);
std::uint64_t portable_sum(std::byte*, const std::byte* from, std::size_t n) { return checksum::detail::portable<false>(0, nullptr, from, n); }
std::uint64_t portable_copy(std::byte* to, const std::byte* from, std::size_t n) { return checksum::detail::portable<true>(0, to, from, n); }

/// Every length and every alignment through one path.
void check_path(path run, bool copies, std::size_t length_min = 0) {
    const auto source = random_bytes(1700);
    std::vector<std::byte> target(1700);
    for (std::size_t length = length_min; length <= 1550; ++length) {
        for (std::size_t offset = 0; offset < 64; offset += length < 300 ? 1 : 13) {
            const const_bytes from{source.data() + offset, length};
            const std::size_t to = (offset * 7 + length) % 64 + 1;
            fill(target, std::byte{0xee});
            const std::uint16_t sum = checksum::fold(checksum::detail::in_network_order(run(target.data() + to, from.data(), length)));
            bool good = sum == naive(from);
            if (copies) good = good && equal({target.data() + to, length}, from);
            good = good && target[to - 1] == std::byte{0xee} && target[to + length] == std::byte{0xee};
            if (!good) FAIL("length " << length << " offset " << offset);
        }
    }
}
}  // namespace

// RFC 1071 section 3: the example.
static_assert(checksum::sum(byte_array(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)) == 0xddf2);
static_assert(checksum::finish(0xddf2) == 0x220d);
static_assert(checksum::sum(byte_array(0xab)) == 0xab00);
// An IPv4 header as Wikipedia prints it: its checksum is b861.
static_assert(checksum::finish(checksum::sum(byte_array(0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0, 0, 0xc0, 0xa8, 0, 1,
                                                        0xc0, 0xa8, 0, 0xc7))) == 0xb861);
// RFC 1624 section 4: the example where RFC 1141's equation gives the wrong zero.
static_assert(checksum::update(std::uint16_t{0xdd2f}, std::uint16_t{0x5555}, std::uint16_t{0x3285}) == 0x0000);

TEST_CASE("the portable path sums every length at every alignment", "[core][checksum]") {
    check_path(portable_sum, false);
    check_path(portable_copy, true);
}

TEST_CASE("the AVX2 path sums every length at every alignment", "[core][checksum]") {
    if (!detail::has_avx2) SKIP("this processor has no AVX2");
    check_path(checksum::detail::avx2<false>, false, 32);
    check_path(checksum::detail::avx2<true>, true, 32);
}

TEST_CASE("sum and copy_and_sum agree with RFC 1071's code", "[core][checksum]") {
    const auto source = random_bytes(70'000);
    std::vector<std::byte> target(70'000);
    for (std::size_t length : {0u, 1u, 20u, 127u, 128u, 129u, 255u, 256u, 1460u, 1461u, 9000u, 65535u, 65536u, 69'999u}) {
        const const_bytes from{source.data(), length};
        CHECK(checksum::fold(checksum::sum(from)) == naive(from));
        CHECK(checksum::fold(checksum::copy_and_sum(target, from)) == naive(from));
        CHECK(equal({target.data(), length}, from));
    }
}

TEST_CASE("no carry is lost where every bit is set", "[core][checksum]") {
    std::vector<std::byte> ones(66'000, std::byte{0xff});
    for (std::size_t length : {1u, 2u, 8u, 128u, 1000u, 65'536u, 65'999u})
        CHECK(checksum::fold(checksum::sum({ones.data(), length})) == naive({ones.data(), length}));
    // The AVX2 path estimates how many carries it loses: the worst it may be asked for, where words are as far from
    // their mean, and as near to the next carry, as can be.
    std::vector<std::byte> worst(checksum::detail::avx2_size_max + 100'000);
    const std::byte patterns[][4] = {{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}}, {std::byte{0}, std::byte{0xff}, std::byte{0}, std::byte{0xff}},
                                     {std::byte{0xff}, std::byte{0xff}, std::byte{0}, std::byte{0}}, {std::byte{0x80}, std::byte{0}, std::byte{0x7f}, std::byte{0xff}},
                                     {std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}}};
    for (const auto& pattern : patterns) {
        for (std::size_t every : {1u, 8u, 32u, 64u, 96u, 256u, 288u}) {
            for (std::size_t i = 0; i < worst.size(); ++i) worst[i] = pattern[i / every % 4];
            for (std::size_t length : {std::size_t{1448}, checksum::detail::avx2_size_max - 31, checksum::detail::avx2_size_max, worst.size()})
                REQUIRE(checksum::fold(checksum::sum({worst.data(), length})) == naive({worst.data(), length}));
        }
    }
    std::vector<std::byte> zeros(1000);
    CHECK(checksum::sum(zeros) == 0);
}

TEST_CASE("sums of parts combine, at even and odd places", "[core][checksum]") {
    const auto bytes = random_bytes(600);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const std::uint32_t a = checksum::sum({bytes.data(), cut});
        const std::uint32_t b = checksum::sum({bytes.data() + cut, bytes.size() - cut});
        const std::uint32_t all = checksum::combine(a, b, cut % 2 == 1);
        REQUIRE(checksum::fold(all) == naive(bytes));
        REQUIRE(checksum::fold(checksum::subtract(all, a)) % 0xffff == checksum::fold(cut % 2 == 1 ? byte_swap(checksum::fold(b)) : b) % 0xffff);
    }
}

TEST_CASE("a field is updated as if everything were summed anew", "[core][checksum]") {
    random_generator chance{5};
    auto bytes = random_bytes(64);
    for (int i = 0; i < 10'000; ++i) {
        store_be<std::uint16_t>(mutable_bytes{bytes}, 0, 0);
        const std::uint16_t field = checksum::finish(checksum::sum(bytes));
        const std::size_t at = 4 + 4 * chance.below(15);
        const auto before = load_be<std::uint32_t>(bytes, at);
        const auto after = static_cast<std::uint32_t>(chance.next());
        store_be(mutable_bytes{bytes}, at, after);
        const std::uint16_t expected = checksum::finish(checksum::sum(bytes));
        REQUIRE(checksum::update(field, before, after) == expected);
        const auto high = static_cast<std::uint16_t>(before >> 16), low = static_cast<std::uint16_t>(before);
        const std::uint16_t halfway = checksum::update(field, high, static_cast<std::uint16_t>(after >> 16));
        REQUIRE(checksum::update(halfway, low, static_cast<std::uint16_t>(after)) == expected);
    }
}

TEST_CASE("pseudo-headers are those of the RFCs", "[core][checksum]") {
    const address4 a{{192, 168, 0, 1}}, b{{255, 255, 255, 254}};
    const auto header4 = byte_array(192, 168, 0, 1, 255, 255, 255, 254, 0, 6, 0x12, 0x34);
    CHECK(checksum::fold(checksum::pseudo_header(a, b, 6, 0x1234)) == naive(header4));

    const address6 c = *address6::parse("2001:db8::ff00:1"), d = *address6::parse("fe80::ffff:ffff:ffff:fffe");
    std::vector<std::byte> header6(40);
    copy(header6, object_bytes(c));
    copy(mutable_bytes{header6}.subspan(16), object_bytes(d));
    store_be<std::uint32_t>(mutable_bytes{header6}, 32, 0x12345);
    header6[39] = std::byte{58};
    CHECK(checksum::fold(checksum::pseudo_header(c, d, 58, 0x12345)) == naive(header6));
}
