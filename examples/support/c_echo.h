// SPDX-License-Identifier: BSL-1.0
// An echo server and its client as C programs write them. What stands before each call is `OS`: `#define OS(name) ::name`
// is the kernel, `#define OS(name) weld::posix::name` a net. Nothing else differs.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string.h>

static inline struct sockaddr_in echo_address(const char* host, int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}

/* Serves one client after another, `clients` of them. */
static inline int echo_server(const char* host, int port, int clients) {
    struct sockaddr_in address = echo_address(host, port);
    int one = 1;
    int listener = OS(socket)(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) return 1;
    OS(setsockopt)(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (OS(bind)(listener, (struct sockaddr*)&address, sizeof address) < 0) return 2;
    if (OS(listen)(listener, 5) < 0) return 3;
    while (clients-- > 0) {
        char buffer[4096];
        ssize_t got;
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        int connection = OS(accept)(listener, (struct sockaddr*)&peer, &length);
        if (connection < 0) return 4;
        while ((got = OS(read)(connection, buffer, sizeof buffer)) > 0)
            if (OS(write)(connection, buffer, (size_t)got) != got) return 5;
        OS(close)(connection);
    }
    return OS(close)(listener) < 0 ? 6 : 0;
}

/* Sends `size` bytes and reads them back; 0 where every byte came as it went. */
static inline int echo_client(const char* host, int port, int size) {
    struct sockaddr_in address = echo_address(host, port);
    int sent = 0, got = 0;
    int fd = OS(socket)(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return 1;
    if (OS(connect)(fd, (struct sockaddr*)&address, sizeof address) < 0) return 2;
    while (got < size) {
        char out[1000], in[1000];
        int i, now = size - sent < 1000 ? size - sent : 1000;
        ssize_t back;
        for (i = 0; i < now; ++i) out[i] = (char)((sent + i) * 31);
        if (now > 0 && OS(send)(fd, out, (size_t)now, 0) != now) return 3;
        sent += now;
        back = OS(recv)(fd, in, (size_t)(sent - got < 1000 ? sent - got : 1000), 0);
        if (back <= 0) return 4;
        for (i = 0; i < back; ++i)
            if (in[i] != (char)((got + i) * 31)) return 5;
        got += (int)back;
    }
    OS(shutdown)(fd, SHUT_WR);
    if (OS(recv)(fd, &sent, sizeof sent, 0) != 0) return 6;
    return OS(close)(fd) < 0 ? 7 : 0;
}
