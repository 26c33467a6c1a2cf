// SPDX-License-Identifier: BSL-1.0
// Short conversations through lwIP's raw API, both ends in this thread; the wire is lwip.cpp's.
#include "support/exchange.hpp"

extern "C" {  // its options' header declares functions without it
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
}

#include <unistd.h>

#include <deque>
#include <vector>

namespace {

struct end {
    ::netif interface{};
    std::deque<::pbuf*> arrived{};
    end* peer = nullptr;
};
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
bool deliver(end& to) {
    if (to.arrived.empty()) return false;
    ::pbuf* const packet = to.arrived.front();
    to.arrived.pop_front();
    if (to.interface.input(packet, &to.interface) != ERR_OK) ::pbuf_free(packet);
    return true;
}

/// What the callbacks told of the last connection.
struct told {
    ::tcp_pcb* server = nullptr;
    bool connected = false, ended = false;
    std::size_t at_server = 0, at_client = 0;
} now;

::err_t take(std::size_t& received, ::tcp_pcb* at, ::pbuf* data) {
    received += data->tot_len;
    ::tcp_recved(at, data->tot_len);
    ::pbuf_free(data);
    return ERR_OK;
}
::err_t on_server_data(void*, ::tcp_pcb* at, ::pbuf* data, ::err_t) {
    if (data != nullptr) return take(now.at_server, at, data);
    now.ended = true;
    return ERR_OK;
}
::err_t on_client_data(void*, ::tcp_pcb* at, ::pbuf* data, ::err_t) {
    if (data != nullptr) return take(now.at_client, at, data);
    return ERR_OK;
}
::err_t on_accept(void*, ::tcp_pcb* fresh, ::err_t) {
    now.server = fresh;
    ::tcp_recv(fresh, on_server_data);
    return ERR_OK;
}
::err_t on_connected(void*, ::tcp_pcb*, ::err_t) {
    now.connected = true;
    return ERR_OK;
}

class stack {
public:
    stack() {
        add(near_, far_, 1);
        add(far_, near_, 2);
        IP_ADDR4(&address_, 10, 0, 0, 2);
        ::tcp_pcb* listener = ::tcp_new();
        ::tcp_bind_netif(listener, &far_.interface);
        if (::tcp_bind(listener, IP_ADDR_ANY, 7) != ERR_OK) std::exit(1);
        listener = ::tcp_listen(listener);
        ::tcp_accept(listener, on_accept);
    }
    bool open() {
        now = {};
        client_ = ::tcp_new();
        if (client_ == nullptr) return false;
        ::tcp_bind_netif(client_, &near_.interface);
        ::tcp_recv(client_, on_client_data);
        if (::tcp_connect(client_, &address_, 7, on_connected) != ERR_OK) return false;
        settle();
        return now.connected && now.server != nullptr;
    }
    bool round_trip() {
        now.at_server = now.at_client = 0;
        return send(client_) && now.at_server == exchange::message_size && send(now.server) && now.at_client == exchange::message_size;
    }
    bool close() {
        if (::tcp_close(client_) != ERR_OK) return false;
        settle();
        if (!now.ended || ::tcp_close(now.server) != ERR_OK) return false;
        settle();
        return true;
    }

private:
    void add(end& one, end& other, int last) {
        ::ip4_addr_t address, mask, none{};
        IP4_ADDR(&address, 10, 0, 0, last);
        IP4_ADDR(&mask, 255, 255, 255, 0);
        one.peer = &other;
        ::netif_add(&one.interface, &address, &mask, &none, &one, prepare, ::ip_input);
        ::netif_set_up(&one.interface);
        ::netif_set_link_up(&one.interface);
    }
    bool send(::tcp_pcb* from) {
        const char message[exchange::message_size]{};
        if (::tcp_write(from, message, sizeof message, TCP_WRITE_FLAG_COPY) != ERR_OK) return false;
        ::tcp_output(from);
        settle();
        return true;
    }
    void settle() {
        for (bool more = true; more;) {
            more = deliver(near_);
            more = deliver(far_) || more;
        }
    }
    end near_, far_;
    ::ip_addr_t address_;
    ::tcp_pcb* client_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
    ::tcpip_init(nullptr, nullptr);
    ::usleep(100'000);
    LOCK_TCPIP_CORE();  // kept: its thread has nothing to do
    stack both;
    return exchange::run(both, count, words);
}
