// SPDX-License-Identifier: BSL-1.0
// The floor of a source over a tap: one write(2) for each segment, made ready before, and no more TCP than the kernel needs to
// take them. Nothing is kept to be sent again, and no byte is copied or summed here.
// Usage: support/wire.hpp; source alone, DEVICE tap_plain alone
#include "support/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace {

constexpr std::size_t payload = 1448;
constexpr int window_scale = 10;

struct [[gnu::packed]] frame {
    ether_header ether;
    iphdr ip;
    tcphdr tcp;
    std::uint8_t data[1500];
};
frame out{}, in{};
std::uint32_t next_sequence = 1, acknowledged = 1, window = 0, expected = 0;
int tap = -1, scale = 0;

std::uint32_t sum(const void* from, std::size_t size, std::uint32_t so_far = 0) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    for (std::size_t i = 0; i < size; ++i) so_far += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    return so_far;
}
std::uint16_t folded(std::uint32_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return htons(static_cast<std::uint16_t>(~sum));
}

/// What the payload, which is always the same, adds to a segment's checksum is `of_data`.
void send_segment(std::size_t size, std::uint32_t of_data) {
    out.tcp.seq = htonl(next_sequence);
    out.tcp.ack_seq = htonl(expected);
    out.tcp.check = 0;
    const std::size_t length = std::size_t{out.tcp.doff} * 4 + size;
    out.tcp.check = folded(sum(&out.tcp, sizeof out.tcp, of_data) + sum(&out.ip.saddr, 8) + IPPROTO_TCP + static_cast<std::uint32_t>(length));
    if (write(tap, &out, sizeof(ether_header) + sizeof(iphdr) + length) < 0) std::exit(1);
    next_sequence += static_cast<std::uint32_t>(size);
}
void set_length(std::size_t length) {
    out.ip.tot_len = htons(static_cast<std::uint16_t>(sizeof(iphdr) + length));
    out.ip.check = 0;
    out.ip.check = folded(sum(&out.ip, sizeof out.ip));
}

/// Waits for a frame; answers whether it was one of our connection's. Where none comes for long, one of ours was lost.
bool receive() {
    while (read(tap, &in, sizeof in) < 0) {
        if (errno != EAGAIN) std::exit(1);
        pollfd readable{tap, POLLIN, 0};
        if (poll(&readable, 1, 200) == 0) {
            next_sequence = acknowledged;
            return false;
        }
    }
    if (in.ether.ether_type == htons(ETHERTYPE_ARP)) {  // where is 10.0.0.2? Here.
        auto* arp = reinterpret_cast<std::uint8_t*>(&in.ip);
        std::memcpy(in.ether.ether_dhost, out.ether.ether_dhost, 6);
        std::memcpy(in.ether.ether_shost, out.ether.ether_shost, 6);
        std::uint8_t asked[4];
        std::memcpy(asked, arp + 24, 4);
        std::memcpy(arp + 18, arp + 8, 10);
        std::memcpy(arp + 8, out.ether.ether_shost, 6);
        std::memcpy(arp + 14, asked, 4);
        arp[7] = 2;  // a reply
        if (write(tap, &in, 42) < 0) std::exit(1);
    }
    if (in.ether.ether_type != htons(ETHERTYPE_IP) || in.ip.protocol != IPPROTO_TCP || in.tcp.dest != out.tcp.source) return false;
    if (in.tcp.rst) std::exit(1);
    acknowledged = ntohl(in.tcp.ack_seq);
    window = std::uint32_t{ntohs(in.tcp.window)} << scale;
    return true;
}

void prepare(const benchmark::wire_task& task) {
    ifreq request{};
    std::strcpy(request.ifr_name, "weld0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);  // which takes another way in the kernel, where what follows is merged
    if (ioctl(tap, TUNSETIFF, &request) != 0 || ioctl(tap, SIOCGIFHWADDR, &request) != 0) std::exit(1);
    std::memcpy(out.ether.ether_dhost, request.ifr_hwaddr.sa_data, 6);
    out.ether.ether_shost[0] = 2;
    out.ether.ether_type = htons(ETHERTYPE_IP);
    out.ip.version = 4, out.ip.ihl = 5, out.ip.ttl = 64, out.ip.protocol = IPPROTO_TCP;
    inet_pton(AF_INET, "10.0.0.2", &out.ip.saddr);
    inet_pton(AF_INET, task.address, &out.ip.daddr);
    out.tcp.source = htons(static_cast<std::uint16_t>(30000 + getpid() % 30000)), out.tcp.dest = htons(static_cast<std::uint16_t>(std::atoi(task.port)));
    out.tcp.window = htons(65535);
}

void connect() {
    const std::uint8_t options[] = {TCPOPT_MAXSEG, 4, 1460 >> 8, 1460 & 255, TCPOPT_NOP, TCPOPT_WINDOW, 3, window_scale};
    std::memcpy(out.data, options, sizeof options);
    out.tcp.doff = 7, out.tcp.syn = 1;
    set_length(28);
    next_sequence = 0;
    send_segment(0, sum(options, sizeof options));
    while (!receive() || !in.tcp.syn) {}
    for (const std::uint8_t* at = in.data; at < in.data + in.tcp.doff * 4 - 20 && *at != TCPOPT_EOL; at += *at == TCPOPT_NOP ? 1 : at[1])
        if (*at == TCPOPT_WINDOW) scale = at[2];
    expected = ntohl(in.tcp.seq) + 1;
    next_sequence = 1;
    out.tcp.doff = 5, out.tcp.syn = 0, out.tcp.ack = 1;
    set_length(20);
    send_segment(0, 0);
}

}  // namespace

int main(int count, char** words) {
    const benchmark::wire_task task{count, words};
    if (task.sink || std::strcmp(task.device, "tap_plain") != 0) return 2;
    prepare(task);
    connect();
    std::memset(out.data, 'w', payload);
    const std::uint32_t of_data = sum(out.data, payload);
    set_length(sizeof(tcphdr) + payload);
    for (const benchmark::wire_clock clock{task.seconds}; !clock.over();) {
        while (next_sequence + payload - acknowledged > window) receive();
        for (int i = 0; i < 64 && next_sequence + payload - acknowledged <= window; ++i) send_segment(payload, of_data);
    }
    for (const std::uint32_t end = next_sequence; acknowledged != end;) {
        receive();
        while (next_sequence != end) send_segment(payload, of_data);
    }
    out.tcp.fin = 1;
    set_length(sizeof(tcphdr));
    send_segment(0, 0);
    while (!receive() || !in.tcp.fin) {}
    out.tcp.fin = 0;
    expected = ntohl(in.tcp.seq) + 1, ++next_sequence;
    send_segment(0, 0);
    std::printf("%.6f\n", benchmark::processor_seconds());
}
