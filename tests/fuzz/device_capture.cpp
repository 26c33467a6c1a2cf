// SPDX-License-Identifier: BSL-1.0
// A capture file: every frame lies in it, and reading ends.
#include <weld/device/capture_view.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace weld;
    const const_bytes file{reinterpret_cast<const std::byte*>(data), size};
    auto view = device::capture_view::parse(file);
    if (!view) return 0;
    device::captured_frame frame;
    std::size_t frames = 0;
    while (view->next(frame)) {
        if (!frame.bytes.empty() && (frame.bytes.data() < file.data() || frame.bytes.data() + frame.bytes.size() > file.data() + file.size())) std::abort();
        if (++frames > size) std::abort();
    }
    if (view->next(frame)) std::abort();
    return 0;
}
