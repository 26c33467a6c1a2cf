// SPDX-License-Identifier: BSL-1.0
// What lwIP's contenders have in common, by its raw API.
#pragma once

extern "C" {  // its options' header declares functions without it
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
}

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace lwip {

/// Its thread, which runs its timers whenever nobody holds the lock; on return we do.
inline void start() {
    ::tcpip_init(nullptr, nullptr);
    ::usleep(100'000);
    LOCK_TCPIP_CORE();
}
/// 10.0.0.`last`, up. `prepare` sets what it sends by, `input` takes what has come.
inline void add(::netif& interface, int last, void* state, ::netif_init_fn prepare, ::netif_input_fn input) {
    ::ip4_addr_t address, mask, none{};
    IP4_ADDR(&address, 10, 0, 0, static_cast<unsigned>(last));
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ::netif_add(&interface, &address, &mask, &none, state, prepare, input);
    ::netif_set_up(&interface);
    ::netif_set_link_up(&interface);
}
inline void give_back(::tcp_pcb* at, ::pbuf* data) {
    ::tcp_recved(at, data->tot_len);
    ::pbuf_free(data);
}

/// Two interfaces, 10.0.0.1 and 10.0.0.2, whose output is the other's input. Packets are copied once between them (lwIP keeps
/// what it may have to send again, and its input writes into what it gets) and come from PBUF_RAM: the pool of Debian's build
/// has elements that are smaller than their users assume.
class wire {
public:
    wire() {
        near_.peer = &far_;
        far_.peer = &near_;
        add(near_.interface, 1, &near_, prepare, ::ip_input);
        add(far_.interface, 2, &far_, prepare, ::ip_input);
    }
    ::tcp_pcb* listen(std::uint16_t port, ::tcp_accept_fn on_accept) {
        ::tcp_pcb* listener = ::tcp_new();
        ::tcp_bind_netif(listener, &far_.interface);
        if (::tcp_bind(listener, IP_ADDR_ANY, port) != ERR_OK) return nullptr;
        listener = ::tcp_listen(listener);
        ::tcp_accept(listener, on_accept);
        return listener;
    }
    /// Null where it fails at once.
    ::tcp_pcb* connect(std::uint16_t port, ::tcp_connected_fn on_connected) {
        ::ip_addr_t server;
        IP_ADDR4(&server, 10, 0, 0, 2);
        ::tcp_pcb* const client = ::tcp_new();
        if (client == nullptr) return nullptr;
        ::tcp_bind_netif(client, &near_.interface);
        return ::tcp_connect(client, &server, port, on_connected) == ERR_OK ? client : nullptr;
    }
    /// Delivers until nothing is under way.
    void settle() {
        for (bool more = true; more;) {
            more = deliver(near_);
            more = deliver(far_) || more;
        }
    }

private:
    struct end {
        ::netif interface{};
        std::deque<::pbuf*> arrived{};
        end* peer = nullptr;
    };
    static ::err_t output(::netif* from, ::pbuf* packet, const ::ip4_addr_t*) {
        ::pbuf* const copy = ::pbuf_alloc(PBUF_RAW, packet->tot_len, PBUF_RAM);
        if (copy == nullptr) return ERR_MEM;
        ::pbuf_copy(copy, packet);
        static_cast<end*>(from->state)->peer->arrived.push_back(copy);
        return ERR_OK;
    }
    static ::err_t prepare(::netif* interface) {
        interface->mtu = 1500;
        interface->output = output;
        interface->name[0] = 'm';
        interface->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
        return ERR_OK;
    }
    static bool deliver(end& to) {
        if (to.arrived.empty()) return false;
        ::pbuf* const packet = to.arrived.front();
        to.arrived.pop_front();
        if (to.interface.input(packet, &to.interface) != ERR_OK) ::pbuf_free(packet);
        return true;
    }
    end near_, far_;
};

}  // namespace lwip
