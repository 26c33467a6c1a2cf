// SPDX-License-Identifier: BSL-1.0
// Short conversations over the kernel's loopback, both ends in this thread, which asks only when there is something.
#include "support/exchange.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace {

class stack {
public:
    stack() : listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
        at_.sin_family = AF_INET;
        at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::socklen_t length = sizeof at_;
        if (::bind(listener_, reinterpret_cast<::sockaddr*>(&at_), sizeof at_) != 0 || ::listen(listener_, 4096) != 0) std::exit(1);
        ::getsockname(listener_, reinterpret_cast<::sockaddr*>(&at_), &length);
    }
    bool open() {
        const int client = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
        if (client < 0 || ::connect(client, reinterpret_cast<::sockaddr*>(&at_), sizeof at_) != 0) return false;
        const int server = ::accept(listener_, nullptr, nullptr);
        if (server < 0) return false;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pairs_.push_back({client, server});
        return true;
    }
    bool round_trip() { return cross(pairs_.back().client, pairs_.back().server) && cross(pairs_.back().server, pairs_.back().client); }
    bool close() {
        const pair at = pairs_.back();
        pairs_.pop_back();
        char none[1];
        ::close(at.client);
        const bool ended = ::recv(at.server, none, 1, MSG_DONTWAIT) == 0;
        ::close(at.server);
        return ended;
    }

private:
    struct pair {
        int client, server;
    };
    static bool cross(int from, int to) {
        char message[exchange::message_size]{}, got[2 * exchange::message_size];
        return ::send(from, message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof message &&
               ::recv(to, got, sizeof got, MSG_DONTWAIT) == sizeof message;
    }
    int listener_;
    ::sockaddr_in at_{};
    std::vector<pair> pairs_;
};

}  // namespace

int main(int count, char** words) {
    stack both;
    return exchange::run(both, count, words);
}
