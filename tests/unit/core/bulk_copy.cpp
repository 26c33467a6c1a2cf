// SPDX-License-Identifier: BSL-1.0
#include <weld/core/bulk_copy.hpp>

#include <weld/core/bytes.hpp>
#include <weld/core/random.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;

namespace {
using way = void (*)(std::byte*, const std::byte*, std::size_t);

/// Every length at many alignments; nothing beside is touched.
void check_way(way copies, std::size_t least) {
    std::vector<std::byte> source(5000), target(5000);
    random_generator{7}.fill(source);
    for (std::size_t length = least; length <= 4500; length += length < 1100 ? 1 : 37) {
        for (std::size_t offset = 0; offset < 64; offset += 7) {
            const std::size_t to = (offset * 5 + length) % 64 + 1;
            fill(target, std::byte{0xee});
            copies(target.data() + to, source.data() + offset, length);
            const bool beside = target[to - 1] == std::byte{0xee} && target[to + length] == std::byte{0xee};
            if (!beside || !equal({target.data() + to, length}, {source.data() + offset, length})) FAIL("length " << length << " offset " << offset);
        }
    }
}
void usual(std::byte* to, const std::byte* from, std::size_t count) { bulk_copy(to, from, count); }
}  // namespace

TEST_CASE("payloads are copied whole, and nothing beside, in every way", "[core][bulk_copy]") {
    check_way(usual, 0);
    check_way(detail::copy_portable, 0);
    if (!detail::has_avx2) SKIP("this processor has no AVX2");
    check_way(detail::copy_avx2, 32);
}
