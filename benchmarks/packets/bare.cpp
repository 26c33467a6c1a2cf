// SPDX-License-Identifier: BSL-1.0
// Frames through a packet socket, each of the kernel's ways by hand.  Usage: support/frames.hpp
// WAY: send, sendmmsg, tx_ring (TPACKET_V2), tx_ring_v3, tx_ring_copied; recv, recvmmsg, rx_ring_v2, rx_ring_v3, and
// rx_ring_v2_in_place, rx_ring_v3_in_place, which look at frames where they are and keep none.
#include "support/frames.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace {

using namespace benchmark;

int fd;
std::byte buffers[kick][2048];
mmsghdr messages[kick];
iovec pieces[kick];
constexpr unsigned slot = 2048, slots = 2048, block = 1 << 16, big_block = 1 << 20, blocks = 8;

void bind_to(const frames_task& task, int protocol) {
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(static_cast<unsigned short>(protocol));
    at.sll_ifindex = static_cast<int>(if_nametoindex(task.interface));
    if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("bind");
}
void option(int name, int value) {
    if (setsockopt(fd, SOL_PACKET, name, &value, sizeof value) != 0) fail("setsockopt");
}
std::byte* ring(int version, int which) {
    option(PACKET_VERSION, version);
    std::size_t size = std::size_t{slot} * slots;
    if (version == TPACKET_V3) {
        tpacket_req3 request{};
        request.tp_block_size = which == PACKET_RX_RING ? big_block : block;
        request.tp_block_nr = which == PACKET_RX_RING ? blocks : slot * slots / block;
        request.tp_frame_size = slot;
        request.tp_frame_nr = request.tp_block_size / slot * request.tp_block_nr;
        request.tp_retire_blk_tov = which == PACKET_RX_RING ? 1 : 0;
        size = std::size_t{request.tp_block_size} * request.tp_block_nr;
        if (setsockopt(fd, SOL_PACKET, which, &request, sizeof request) != 0) fail("ring");
    } else {
        const tpacket_req request{block, slot * slots / block, slot, slots};
        if (setsockopt(fd, SOL_PACKET, which, &request, sizeof request) != 0) fail("ring");
    }
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (memory == MAP_FAILED) fail("mmap");
    return static_cast<std::byte*>(memory);
}
void wait_for(short what) {
    pollfd one{fd, what, 0};
    if (poll(&one, 1, 2000) != 1) std::exit(1);
}

void send_all(const frames_task& task) {
    for (std::size_t i = 0; i < kick; ++i) {
        write_frame(buffers[i], task.size);
        pieces[i] = {buffers[i], task.size};
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    if (task.is("send"))
        return measure(task, [&] {
            for (std::size_t i = 0; i < kick; ++i) send(fd, buffers[i], task.size, 0);
            return kick;
        });
    measure(task, [&] {
        for (std::size_t sent = 0; sent < kick;) {
            const int count = sendmmsg(fd, messages + sent, static_cast<unsigned>(kick - sent), 0);
            sent += count > 0 ? static_cast<std::size_t>(count) : 1;
        }
        return kick;
    });
}

template <class Header>
void send_by_ring(const frames_task& task, std::byte* const memory, std::size_t before) {
    std::size_t next = 0;
    // With its length as that of its headers the kernel copies all of a frame, instead of sending from the slot.
    struct { std::uint8_t flags, type; std::uint16_t headers, gso_size, start, offset; } about{0, 0, static_cast<std::uint16_t>(task.size), 0, 0, 0};
    const std::size_t extra = task.is("tx_ring_copied") ? sizeof about : 0;
    const auto header = [&](std::size_t i) -> Header& { return *reinterpret_cast<Header*>(memory + i % slots * slot); };
    measure(task, [&] {
        for (std::size_t i = 0; i < kick; ++i, ++next) {
            Header& at = header(next);
            while (__atomic_load_n(&at.tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) wait_for(POLLOUT);
            std::memcpy(reinterpret_cast<std::byte*>(&at) + before, &about, extra);
            std::memcpy(reinterpret_cast<std::byte*>(&at) + before + extra, buffers[i], task.size);  // a frame comes from somewhere
            at.tp_len = static_cast<unsigned>(task.size + extra);
            __atomic_store_n(&at.tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
        }
        send(fd, nullptr, 0, MSG_DONTWAIT);
        return kick;
    });
}

// A receiver looks at each frame's EtherType, and keeps the frame where the ring has none of it any more.
std::size_t looked_at = 0;
void look(const std::byte* frame) { looked_at += frame[12] == std::byte{0x88}; }
std::byte kept[kick][2048];
bool keeps = true;
void keep(const std::byte* frame, std::size_t size, std::size_t number) {
    look(frame);
    if (!keeps) return;
    std::memcpy(kept[number % kick], frame, size < sizeof kept[0] ? size : sizeof kept[0]);
}

void receive_all(const frames_task& task) {
    for (std::size_t i = 0; i < kick; ++i) {
        pieces[i] = {buffers[i], sizeof buffers[i]};
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    measure(task, [&]() -> std::size_t {
        if (task.is("recv")) {
            if (recv(fd, buffers[0], sizeof buffers[0], MSG_DONTWAIT) < 0) return wait_for(POLLIN), 0;
            look(buffers[0]);
            return 1;
        }
        const int got = recvmmsg(fd, messages, kick, MSG_DONTWAIT, nullptr);
        if (got <= 0) return wait_for(POLLIN), 0;
        for (int i = 0; i < got; ++i) look(buffers[i]);
        return static_cast<std::size_t>(got);
    });
}
void receive_slots(const frames_task& task, std::byte* const memory) {
    std::size_t next = 0;
    measure(task, [&]() -> std::size_t {
        std::size_t count = 0;
        for (; count < kick; ++count, ++next) {
            auto& at = *reinterpret_cast<tpacket2_hdr*>(memory + next % slots * slot);
            if ((__atomic_load_n(&at.tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) break;
            keep(reinterpret_cast<std::byte*>(&at) + at.tp_mac, at.tp_snaplen, count);
            __atomic_store_n(&at.tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        }
        if (count == 0) wait_for(POLLIN);
        return count;
    });
}
void receive_blocks(const frames_task& task, std::byte* const memory) {
    std::size_t next = 0;
    measure(task, [&]() -> std::size_t {
        auto& at = *reinterpret_cast<tpacket_block_desc*>(memory + next % blocks * big_block);
        if ((__atomic_load_n(&at.hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return wait_for(POLLIN), 0;
        const std::size_t count = at.hdr.bh1.num_pkts;
        const auto* frame = reinterpret_cast<const std::byte*>(&at) + at.hdr.bh1.offset_to_first_pkt;
        for (std::size_t i = 0; i < count; ++i) {
            const auto& header = *reinterpret_cast<const tpacket3_hdr*>(frame);
            keep(frame + header.tp_mac, header.tp_snaplen, i);
            frame += header.tp_next_offset;
        }
        __atomic_store_n(&at.hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        ++next;
        return count;
    });
}

}  // namespace

int main(int count, char** words) {
    const frames_task task{count, words};
    fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) fail("socket");
    const int room = 16 << 20;
    const bool of_slots = std::strncmp(task.way, "rx_ring_v2", 10) == 0, of_blocks = std::strncmp(task.way, "rx_ring_v3", 10) == 0;
    keeps = std::strstr(task.way, "in_place") == nullptr;
    if (task.is("recv") || task.is("recvmmsg") || of_slots || of_blocks) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
        std::byte* const memory = of_slots ? ring(TPACKET_V2, PACKET_RX_RING) : of_blocks ? ring(TPACKET_V3, PACKET_RX_RING) : nullptr;
        bind_to(task, ETH_P_ALL);
        if (memory == nullptr) receive_all(task);
        else if (of_slots) receive_slots(task, memory);
        else receive_blocks(task, memory);
        return looked_at == 0;
    }
    for (std::size_t i = 0; i < kick; ++i) write_frame(buffers[i], task.size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    option(PACKET_QDISC_BYPASS, 1);
    const bool copied = task.is("tx_ring_copied");
    if (copied) option(PACKET_VNET_HDR, 1);
    std::byte* const memory = task.is("tx_ring") || copied ? ring(TPACKET_V2, PACKET_TX_RING) : task.is("tx_ring_v3") ? ring(TPACKET_V3, PACKET_TX_RING) : nullptr;
    bind_to(task, 0);
    if (memory == nullptr) send_all(task);
    else if (task.is("tx_ring") || copied) send_by_ring<tpacket2_hdr>(task, memory, TPACKET_ALIGN(sizeof(tpacket2_hdr)));
    else send_by_ring<tpacket3_hdr>(task, memory, TPACKET_ALIGN(sizeof(tpacket3_hdr)));
}
