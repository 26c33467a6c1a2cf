// SPDX-License-Identifier: BSL-1.0
// lwIP through its raw API, both ends in this thread: two interfaces whose output is the other's input. Packets are copied
// once between them (lwIP keeps what it may have to send again, and its input writes into what it gets) and come from
// PBUF_RAM: the pool of Debian's build has elements that are smaller than their users assume.
#include "support/bulk.hpp"

extern "C" {  // its options' header declares functions without it
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
}

#include <deque>

#include <unistd.h>

namespace {

struct end {
    ::netif interface{};
    std::deque<::pbuf*> arrived{};
    end* peer = nullptr;
};
end near_end, far_end;

::err_t output(::netif* from, ::pbuf* packet, const ::ip4_addr_t*) {
    ::pbuf* const copy = ::pbuf_alloc(PBUF_RAW, packet->tot_len, PBUF_RAM);
    if (copy == nullptr) return ERR_MEM;
    ::pbuf_copy(copy, packet);
    static_cast<end*>(from->state)->peer->arrived.push_back(copy);
    return ERR_OK;
}
::err_t prepare(::netif* interface) {
    interface->mtu = 1500;
    interface->output = output;
    interface->name[0] = 'm';
    interface->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}
void add(end& one, end& other, int last) {
    ::ip4_addr_t address, mask, none{};
    IP4_ADDR(&address, 10, 0, 0, last);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    one.peer = &other;
    ::netif_add(&one.interface, &address, &mask, &none, &one, prepare, ::ip_input);
    ::netif_set_up(&one.interface);
    ::netif_set_link_up(&one.interface);
}
bool deliver(end& to) {
    if (to.arrived.empty()) return false;
    ::pbuf* const packet = to.arrived.front();
    to.arrived.pop_front();
    if (to.interface.input(packet, &to.interface) != ERR_OK) ::pbuf_free(packet);
    return true;
}
void run() {
    for (bool more = true; more;) {
        more = deliver(near_end);
        more = deliver(far_end) || more;
    }
}

std::byte* room = nullptr;
std::size_t received = 0;
::tcp_pcb* accepted = nullptr;

::err_t on_data(void*, ::tcp_pcb* at, ::pbuf* data, ::err_t) {
    if (data == nullptr) return ERR_OK;
    ::pbuf_copy_partial(data, room, data->tot_len, 0);
    received += data->tot_len;
    ::tcp_recved(at, data->tot_len);
    ::pbuf_free(data);
    return ERR_OK;
}
::err_t on_accept(void*, ::tcp_pcb* fresh, ::err_t) {
    accepted = fresh;
    ::tcp_recv(fresh, on_data);
    return ERR_OK;
}
bool connected = false;
::err_t on_connected(void*, ::tcp_pcb*, ::err_t) {
    connected = true;
    return ERR_OK;
}

}  // namespace

int main(int count, char** words) {
    ::tcpip_init(nullptr, nullptr);
    ::usleep(100'000);
    LOCK_TCPIP_CORE();  // kept: its thread has nothing to do while nothing is lost
    add(near_end, far_end, 1);
    add(far_end, near_end, 2);
    ::ip_addr_t server;
    IP_ADDR4(&server, 10, 0, 0, 2);
    ::tcp_pcb* listener = ::tcp_new();
    ::tcp_bind_netif(listener, &far_end.interface);
    if (::tcp_bind(listener, IP_ADDR_ANY, 7) != ERR_OK) return 1;
    listener = ::tcp_listen(listener);
    ::tcp_accept(listener, on_accept);
    ::tcp_pcb* const from = ::tcp_new();
    ::tcp_bind_netif(from, &near_end.interface);
    if (::tcp_connect(from, &server, 7, on_connected) != ERR_OK) return 1;
    run();
    if (!connected || accepted == nullptr) return 1;
    return bulk::transfer(count, words, [&](const std::byte* data, std::size_t left, std::byte* into) {
        bulk::progress step;
        room = into;
        received = 0;
        const std::size_t fits = tcp_sndbuf(from), size = left < fits ? left : fits;
        if (size != 0 && ::tcp_write(from, data, static_cast<::u16_t>(size < 65535 ? size : 65535), TCP_WRITE_FLAG_COPY) == ERR_OK)
            step.sent = size < 65535 ? size : 65535;
        ::tcp_output(from);
        run();
        if (step.sent + received == 0) {  // a timer is due: a delayed ACK
            UNLOCK_TCPIP_CORE();
            ::usleep(1000);
            LOCK_TCPIP_CORE();
        }
        step.received = received;
        return step;
    });
}
