// SPDX-License-Identifier: BSL-1.0
// The same with uSockets, which no distribution carries: built where WELD_USOCKETS_DIR is a checkout in which `make` has
// made uSockets.a.  Usage: usockets PORT
#include <libusockets.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct connection {
    std::vector<char>* rest;  // what the peer did not take at once
};
connection& of(us_socket_t* socket) { return *static_cast<connection*>(us_socket_ext(0, socket)); }

us_socket_t* on_open(us_socket_t* socket, int, char*, int) {
    of(socket).rest = nullptr;
    return socket;
}
us_socket_t* on_close(us_socket_t* socket, int, void*) {
    delete of(socket).rest;
    return socket;
}
us_socket_t* on_end(us_socket_t* socket) { return us_socket_close(0, socket, 0, nullptr); }
us_socket_t* on_timeout(us_socket_t* socket) { return socket; }

us_socket_t* on_data(us_socket_t* socket, char* data, int size) {
    connection& at = of(socket);
    const int sent = at.rest == nullptr ? us_socket_write(0, socket, data, size, 0) : 0;
    if (sent == size) return socket;
    if (at.rest == nullptr) at.rest = new std::vector<char>;
    at.rest->insert(at.rest->end(), data + sent, data + size);
    return socket;
}
us_socket_t* on_writable(us_socket_t* socket) {
    connection& at = of(socket);
    if (at.rest == nullptr) return socket;
    const int sent = us_socket_write(0, socket, at.rest->data(), static_cast<int>(at.rest->size()), 0);
    at.rest->erase(at.rest->begin(), at.rest->begin() + sent);
    if (!at.rest->empty()) return socket;
    delete at.rest;
    at.rest = nullptr;
    return socket;
}
void nothing(us_loop_t*) {}

}  // namespace

int main(int, char** arguments) {
    us_loop_t* const loop = us_create_loop(nullptr, nothing, nothing, nothing, 0);
    us_socket_context_t* const context = us_create_socket_context(0, loop, 0, {});
    us_socket_context_on_open(0, context, on_open);
    us_socket_context_on_close(0, context, on_close);
    us_socket_context_on_end(0, context, on_end);
    us_socket_context_on_timeout(0, context, on_timeout);
    us_socket_context_on_data(0, context, on_data);
    us_socket_context_on_writable(0, context, on_writable);
    if (us_socket_context_listen(0, context, "127.0.0.1", std::atoi(arguments[1]), LIBUS_LISTEN_DEFAULT, sizeof(connection)) == nullptr) return 1;
    std::puts("listening");
    std::fflush(stdout);
    us_loop_run(loop);
}
