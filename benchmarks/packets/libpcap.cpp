// SPDX-License-Identifier: BSL-1.0
// Frames through libpcap.  WAY: pcap_send, pcap_receive.  Usage: support/frames.hpp
#include "support/frames.hpp"

#include <pcap.h>

namespace {
std::size_t seen = 0, looked_at = 0;
}

int main(int count, char** words) {
    using namespace benchmark;
    const frames_task task{count, words};
    char why[PCAP_ERRBUF_SIZE];
    pcap_t* const device = pcap_create(task.interface, why);
    pcap_set_timeout(device, 1);
    pcap_set_buffer_size(device, 8 << 20);
    pcap_set_promisc(device, 0);
    if (pcap_activate(device) < 0) fail("pcap_activate");
    if (task.is("pcap_send")) {
        std::byte frame[2048];
        write_frame(frame, task.size);
        measure(task, [&] {
            for (std::size_t i = 0; i < kick; ++i) pcap_inject(device, frame, task.size);
            return kick;
        });
        return 0;
    }
    measure(task, [&] {
        seen = 0;
        pcap_dispatch(device, -1, [](unsigned char*, const pcap_pkthdr*, const unsigned char* frame) { ++seen, looked_at += frame[12] == 0x88; }, nullptr);
        return seen;
    });
    return looked_at == 0;
}
