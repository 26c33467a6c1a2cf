// SPDX-License-Identifier: BSL-1.0
// Short conversations through lwIP's raw API, both ends in this thread.
#include "support/exchange.hpp"
#include "support/lwip.hpp"

namespace {

/// What the callbacks told of the last connection.
struct told {
    ::tcp_pcb* server = nullptr;
    bool connected = false, ended = false;
    std::size_t at_server = 0, at_client = 0;
} now;

::err_t take(std::size_t& received, ::tcp_pcb* at, ::pbuf* data) {
    received += data->tot_len;
    lwip::give_back(at, data);
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
        if (wire_.listen(7, on_accept) == nullptr) std::exit(1);
    }
    bool open() {
        now = {};
        client_ = wire_.connect(7, on_connected);
        if (client_ == nullptr) return false;
        ::tcp_recv(client_, on_client_data);
        wire_.settle();
        return now.connected && now.server != nullptr;
    }
    bool round_trip() {
        now.at_server = now.at_client = 0;
        return send(client_) && now.at_server == exchange::message_size && send(now.server) && now.at_client == exchange::message_size;
    }
    bool close() {
        if (::tcp_close(client_) != ERR_OK) return false;
        wire_.settle();
        if (!now.ended || ::tcp_close(now.server) != ERR_OK) return false;
        wire_.settle();
        return true;
    }

private:
    bool send(::tcp_pcb* from) {
        const char message[exchange::message_size]{};
        if (::tcp_write(from, message, sizeof message, TCP_WRITE_FLAG_COPY) != ERR_OK) return false;
        ::tcp_output(from);
        wire_.settle();
        return true;
    }
    lwip::wire wire_;
    ::tcp_pcb* client_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
    lwip::start();  // its thread has nothing to do
    stack both;
    return exchange::run(both, count, words);
}
