// SPDX-License-Identifier: BSL-1.0
// Whatever arrives, a line can be said about it.
#include <weld/stack/wire/describe.hpp>

#include "wire_support.hpp"

using namespace weld;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const wire::line& line : {wire::describe_frame(input(data, size)), wire::describe_packet(input(data, size))}) {
        expect(!text{line}.empty());
        for (const char c : text{line}) expect(c >= ' ' && c <= '~');
    }
    return 0;
}
