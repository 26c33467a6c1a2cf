// SPDX-License-Identifier: BSL-1.0
// lwIP through its raw API over a tap.  Usage: support/wire.hpp; DEVICE is taken for tap_plain: it knows no offloads
#include "support/lwip.hpp"
#include "support/wire.hpp"

extern "C" {
#include <lwip/etharp.h>
#include <netif/ethernet.h>
}

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <vector>

namespace {

std::vector<std::byte> buffer(benchmark::wire_chunk, std::byte{'w'});
int tap = -1;
std::byte frame[2048];

::err_t output(::netif*, ::pbuf* packet) {
    const void* const whole = packet->next == nullptr ? packet->payload : ::pbuf_get_contiguous(packet, frame, sizeof frame, packet->tot_len, 0);
    return ::write(tap, whole, packet->tot_len) == packet->tot_len ? ERR_OK : ERR_IF;
}
::err_t prepare(::netif* interface) {
    ifreq request{};
    std::strcpy(request.ifr_name, "weld0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    tap = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (tap < 0 || ::ioctl(tap, TUNSETIFF, &request) != 0) std::exit(1);
    interface->mtu = 1500;
    interface->output = ::etharp_output;
    interface->linkoutput = output;
    interface->name[0] = 't';
    interface->hwaddr_len = 6;
    interface->hwaddr[0] = 2;
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}
/// Takes all frames that are there, having waited for the first; its timers run meanwhile.
void receive(::netif& interface) {
    pollfd readable{tap, POLLIN, 0};
    UNLOCK_TCPIP_CORE();
    ::poll(&readable, 1, 100);
    LOCK_TCPIP_CORE();
    for (ssize_t size; (size = ::read(tap, frame, sizeof frame)) > 0;) {
        ::pbuf* const packet = ::pbuf_alloc(PBUF_RAW, static_cast<::u16_t>(size), PBUF_RAM);
        if (packet == nullptr) continue;
        ::pbuf_take(packet, frame, static_cast<::u16_t>(size));
        if (interface.input(packet, &interface) != ERR_OK) ::pbuf_free(packet);
    }
}

bool connected = false, ended = false;
benchmark::wire_meter meter;

::err_t on_data(void*, ::tcp_pcb* at, ::pbuf* data, ::err_t) {
    ended = data == nullptr;
    if (ended) return ERR_OK;
    meter.add(::pbuf_copy_partial(data, buffer.data(), data->tot_len, 0));
    lwip::give_back(at, data);
    return ERR_OK;
}
::err_t on_accept(void*, ::tcp_pcb* fresh, ::err_t) {
    ::tcp_recv(fresh, on_data);
    return ERR_OK;
}
::err_t on_connected(void*, ::tcp_pcb*, ::err_t) {
    connected = true;
    return ERR_OK;
}

int sink(::netif& interface, ::u16_t port) {
    ::tcp_pcb* listener = ::tcp_new();
    if (::tcp_bind(listener, IP_ADDR_ANY, port) != ERR_OK) return 1;
    listener = ::tcp_listen(listener);
    ::tcp_accept(listener, on_accept);
    benchmark::say_listening();
    while (!ended) receive(interface);
    meter.print();
    return 0;
}
int source(::netif& interface, const char* address, ::u16_t port, double seconds) {
    ::ip_addr_t server;
    ::tcp_pcb* const to = ::tcp_new();
    ::tcp_recv(to, on_data);
    if (::ipaddr_aton(address, &server) == 0 || ::tcp_connect(to, &server, port, on_connected) != ERR_OK) return 1;
    while (!connected) receive(interface);
    for (const benchmark::wire_clock clock{seconds}; !clock.over();) {
        const ::u16_t size = static_cast<::u16_t>(tcp_sndbuf(to) < 65535 ? tcp_sndbuf(to) : 65535);
        if (size != 0 && ::tcp_write(to, buffer.data(), size, TCP_WRITE_FLAG_COPY) != ERR_OK && to->unacked == nullptr) return 1;
        ::tcp_output(to);
        receive(interface);
    }
    ::tcp_shutdown(to, 0, 1);
    while (!ended) receive(interface);
    std::printf("%.6f\n", benchmark::processor_seconds());
    return 0;
}

}  // namespace

int main(int count, char** words) {
    const benchmark::wire_task task{count, words};
    const auto port = static_cast<::u16_t>(std::atoi(task.port));
    lwip::start();
    ::netif interface{};
    lwip::add(interface, 2, nullptr, prepare, ::ethernet_input);
    return task.sink ? sink(interface, port) : source(interface, task.address, port, task.seconds);
}
