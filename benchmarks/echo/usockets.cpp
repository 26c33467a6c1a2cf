// SPDX-License-Identifier: BSL-1.0
// The same with uSockets, which no distribution carries: built where WELD_USOCKETS_DIR is a checkout in which `make` has
// made uSockets.a. The library reads into a buffer of its own, one for all connections, and closes one at its error.
// Usage: usockets PORT
#include <libusockets.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

/// What a peer did not take at once; the bytes follow it.
struct rest {
    std::size_t begin, end;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
};
rest*& of(us_socket_t* socket) { return *static_cast<rest**>(us_socket_ext(0, socket)); }  // null: nothing

us_socket_t* on_open(us_socket_t* socket, int, char*, int) {
    of(socket) = nullptr;
    return socket;
}
us_socket_t* on_close(us_socket_t* socket, int, void*) {
    std::free(of(socket));
    return socket;
}
us_socket_t* on_end(us_socket_t* socket) { return us_socket_close(0, socket, 0, nullptr); }
us_socket_t* on_timeout(us_socket_t* socket) { return socket; }

/// The library goes on reading: what comes while there is a rest goes behind it.
void keep(rest*& at, const char* data, std::size_t size) {
    const std::size_t before = at == nullptr ? 0 : at->end - at->begin;
    auto* const whole = static_cast<rest*>(std::malloc(sizeof(rest) + before + size));
    *whole = {0, before + size};
    if (before != 0) std::memcpy(whole->bytes(), at->bytes() + at->begin, before);
    std::memcpy(whole->bytes() + before, data, size);
    std::free(at);
    at = whole;
}
us_socket_t* on_data(us_socket_t* socket, char* data, int size) {
    rest*& at = of(socket);
    const int sent = at == nullptr ? us_socket_write(0, socket, data, size, 0) : 0;
    if (sent != size) keep(at, data + sent, static_cast<std::size_t>(size - sent));
    return socket;
}
us_socket_t* on_writable(us_socket_t* socket) {
    rest*& at = of(socket);
    if (at == nullptr) return socket;
    at->begin += static_cast<std::size_t>(us_socket_write(0, socket, at->bytes() + at->begin, static_cast<int>(at->end - at->begin), 0));
    if (at->begin != at->end) return socket;
    std::free(at);
    at = nullptr;
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
    if (us_socket_context_listen(0, context, "127.0.0.1", std::atoi(arguments[1]), LIBUS_LISTEN_DEFAULT, sizeof(rest*)) == nullptr) return 1;
    std::puts("listening");
    std::fflush(stdout);
    us_loop_run(loop);
}
