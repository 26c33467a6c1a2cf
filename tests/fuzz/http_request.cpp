// No request makes the parser read what is not there, and what it takes for good keeps its promises: a head parses the
// same however it arrives, a path never climbs, a range never leaves the file.
#include "../../examples/support/http.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http = examples::http;

namespace {
void expect(bool condition) {
    if (!condition) __builtin_trap();
}

bool climbs(std::string_view path) {
    int depth = 0;
    while (!path.empty()) {
        const std::string_view part = http::detail::next_part(path, '/');
        if (part == "..") --depth;
        else if (!part.empty() && part != ".") ++depth;
        if (depth < 0) return true;
    }
    return false;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string all{reinterpret_cast<const char*>(data), size};
    const http::parsed head = http::parse(all);
    expect(head.status == 0 || (head.status >= 200 && head.status <= 505));

    std::string path;
    expect(http::decode_path(all, path) != 200 || (!climbs(path) && path.substr(0, 1) != "/"));
    const std::uint64_t file_size = size == 0 ? 0 : data[0];
    const auto range = http::parse_range(all, file_size);
    if (range.kind == http::byte_range::part) expect(range.size > 0 && range.first < file_size && range.size <= file_size - range.first);
    static_cast<void>(http::parse_date(all));
    static_cast<void>(http::matches(all, "\"1-2\""));

    if (head.status != 200) return 0;
    expect(head.size <= size && head.size <= http::head_max);
    expect(!head.request.method.empty() && !head.request.target.empty());
    // Cut short it needs more, byte by byte (only some of the cuts: this is quadratic); what follows changes nothing.
    for (std::size_t cut = head.size - 1; cut > 0; cut = cut > 16 ? cut * 3 / 4 : cut - 1)
        expect(http::parse(std::string_view{all}.substr(0, cut)).status == 0);
    expect(http::parse(all + "GET").size == head.size);
    if (http::decode_path(head.request.target, path) == 200) expect(!climbs(path) && path.find('\0') == std::string::npos);
    return 0;
}
