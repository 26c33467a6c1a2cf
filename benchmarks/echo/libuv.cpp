// SPDX-License-Identifier: BSL-1.0
// The same with libuv: one buffer for what is read, uv_try_write, and a request for what that leaves.  Usage: libuv PORT
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

char buffer[4096];

void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* to) { *to = uv_buf_init(buffer, sizeof buffer); }
void free_handle(uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); }
void close_connection(uv_stream_t* stream) {
    if (auto* const handle = reinterpret_cast<uv_handle_t*>(stream); uv_is_closing(handle) == 0) uv_close(handle, free_handle);
}
void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* data);

struct rest {
    uv_write_t request;
    char data[sizeof buffer];
};
void on_rest_written(uv_write_t* request, int status) {
    uv_stream_t* const stream = request->handle;
    delete reinterpret_cast<rest*>(request);
    if (status != 0) close_connection(stream);
    else uv_read_start(stream, give_buffer, on_read);
}
void write_rest(uv_stream_t* stream, const char* data, std::size_t size) {
    auto* const kept = new rest;
    std::memcpy(kept->data, data, size);
    const uv_buf_t wanted = uv_buf_init(kept->data, static_cast<unsigned>(size));
    uv_read_stop(stream);
    if (uv_write(&kept->request, stream, &wanted, 1, on_rest_written) == 0) return;
    delete kept;
    close_connection(stream);
}

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* data) {
    if (got == 0) return;
    if (got < 0) return close_connection(stream);
    const uv_buf_t wanted = uv_buf_init(data->base, static_cast<unsigned>(got));
    const int sent = uv_try_write(stream, &wanted, 1);
    if (sent == got) return;
    if (sent < 0 && sent != UV_EAGAIN) return close_connection(stream);
    const int gone = sent < 0 ? 0 : sent;
    write_rest(stream, data->base + gone, static_cast<std::size_t>(got - gone));
}

void on_connection(uv_stream_t* listener, int status) {
    if (status != 0) return;
    auto* const connection = new uv_tcp_t;
    uv_tcp_init(listener->loop, connection);
    auto* const stream = reinterpret_cast<uv_stream_t*>(connection);
    if (uv_accept(listener, stream) == 0) uv_read_start(stream, give_buffer, on_read);
    else close_connection(stream);
}

}  // namespace

int main(int, char** arguments) {
    uv_tcp_t listener;
    uv_tcp_init(uv_default_loop(), &listener);
    sockaddr_in at{};
    uv_ip4_addr("127.0.0.1", std::atoi(arguments[1]), &at);
    uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&at), 0);
    if (uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, on_connection) != 0) return 1;
    std::puts("listening");
    std::fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
