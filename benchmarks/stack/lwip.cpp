// SPDX-License-Identifier: BSL-1.0
// Bulk through lwIP's raw API, both ends in this thread.
#include "support/bulk.hpp"
#include "support/lwip.hpp"

namespace {

std::byte* room = nullptr;
std::size_t received = 0;
::tcp_pcb* accepted = nullptr;

::err_t on_data(void*, ::tcp_pcb* at, ::pbuf* data, ::err_t) {
    if (data == nullptr) return ERR_OK;
    ::pbuf_copy_partial(data, room, data->tot_len, 0);
    received += data->tot_len;
    lwip::give_back(at, data);
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
    lwip::start();  // its thread has nothing to do while nothing is lost
    lwip::wire wire;
    if (wire.listen(7, on_accept) == nullptr) return 1;
    ::tcp_pcb* const from = wire.connect(7, on_connected);
    wire.settle();
    if (!connected || accepted == nullptr) return 1;
    return bulk::transfer(count, words, [&](const std::byte* data, std::size_t left, std::byte* into) {
        bulk::progress step;
        room = into;
        received = 0;
        const std::size_t fits = tcp_sndbuf(from), size = left < fits ? left : fits;
        if (size != 0 && ::tcp_write(from, data, static_cast<::u16_t>(size < 65535 ? size : 65535), TCP_WRITE_FLAG_COPY) == ERR_OK)
            step.sent = size < 65535 ? size : 65535;
        ::tcp_output(from);
        wire.settle();
        if (step.sent + received == 0) {  // a timer is due: a delayed ACK
            UNLOCK_TCPIP_CORE();
            ::usleep(1000);
            LOCK_TCPIP_CORE();
        }
        step.received = received;
        return step;
    });
}
