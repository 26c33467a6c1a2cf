// SPDX-License-Identifier: BSL-1.0
// The same with libevent's bufferevents: what came in is moved to what goes out.  Usage: libevent PORT
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdio>
#include <cstdlib>

namespace {

void on_data(bufferevent* at, void*) { evbuffer_add_buffer(bufferevent_get_output(at), bufferevent_get_input(at)); }
void on_event(bufferevent* at, short what, void*) {
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) bufferevent_free(at);
}
void on_connection(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
    bufferevent* const at = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(at, on_data, nullptr, on_event, nullptr);
    bufferevent_enable(at, EV_READ | EV_WRITE);
}

}  // namespace

int main(int, char** arguments) {
    event_base* const base = event_base_new();
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<unsigned short>(std::atoi(arguments[1])));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (evconnlistener_new_bind(base, on_connection, nullptr, LEV_OPT_REUSEABLE, 4096, reinterpret_cast<sockaddr*>(&at), sizeof at) == nullptr)
        return 1;
    std::puts("listening");
    std::fflush(stdout);
    return event_base_dispatch(base);
}
