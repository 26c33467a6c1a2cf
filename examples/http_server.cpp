// SPDX-License-Identifier: BSL-1.0
// A web server for the files below a directory: many slow and fast peers at once, each in a few lines that read from
// top to bottom, none of them able to hold the server up or to keep what it was lent.
//
//     http_server --port 8080 --root .        and then: curl -O http://127.0.0.1:8080/README.md
//
// A connection that waits for its next request holds no buffer: one is lent when bytes have come, and goes back when
// the answer has left.
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/endpoint.hpp"
#include "support/http.hpp"
#include "support/listen.hpp"
#include "support/site.hpp"

#include <weld/core/pool.hpp>
#include <weld/io/signals.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/serve_until.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <signal.h>

namespace {
using namespace weld::literals;
namespace http = examples::http;

/// What is lent to a connection while it is busy.
struct block {
    union {
        std::byte bytes[128 * 1024];
        block* next_free;
    };
};
using block_pool = weld::pool<block, 4>;
class lent {
public:
    explicit lent(block_pool& from) : from_{from}, block_{from.acquire()} {}
    lent(const lent&) = delete;
    ~lent() {
        if (block_ != nullptr) from_.release(*block_);
    }
    explicit operator bool() const { return block_ != nullptr; }
    weld::mutable_bytes bytes() { return block_->bytes; }

private:
    block_pool& from_;
    block* block_;
};

/// What all connections share.
struct server {
    http::site site;
    weld::duration patience;
    block_pool blocks{};
    unsigned long long connections = 0, answers = 0, bytes = 0;
};

/// Sends an answer, a block at a time. False where the peer is gone, reads too slowly, or the file has shrunk.
template <class Socket>
weld::task<bool> send_reply(Socket& socket, server& all, http::reply& reply, weld::mutable_bytes block) {
    std::size_t filled = weld::copy(block, weld::as_bytes(reply.head));
    for (;;) {
        while (const auto got = reply.read(block.subspan(filled))) {
            if (got < 0) co_return false;
            filled += static_cast<std::size_t>(got);
        }
        if (filled == 0) co_return true;
        if (!co_await socket.send_all(block.first(filled), all.patience)) co_return false;
        all.bytes += filled;
        filled = 0;
    }
}

/// Lets the peer read the last answer: closing while its bytes lie here unread would reset the connection.
template <class Socket>
weld::task<> linger(Socket& socket, server& all, weld::mutable_bytes block) {
    static_cast<void>(socket.shutdown(weld::shutdown_type::write));
    const weld::time_point until = socket.net().now() + std::min(all.patience, 2_s);
    for (;;)
        if (const auto got = co_await socket.recv(block, until); !got || *got == 0) co_return;
}

template <class Socket>
weld::task<> serve(Socket socket, server& all) {
    ++all.connections;
    std::string ahead;  // what came behind the request at hand, where a peer does not wait for answers
    for (;;) {
        if (ahead.empty())
            if (!co_await socket.wait_readable(all.patience)) co_return;
        lent block{all.blocks};
        if (!block) co_return;
        std::size_t have = weld::copy(block.bytes(), weld::as_bytes(ahead));

        // One moment for the whole head, however slowly it trickles in.
        const weld::time_point until = socket.net().now() + all.patience;
        const auto arrived = [&] { return std::string_view{weld::as_text(block.bytes().first(have)).data(), have}; };
        http::parsed head = http::parse(arrived());
        while (head.status == 0) {
            const auto got = co_await socket.recv(block.bytes().first(http::head_max).subspan(have), until);
            if (got == weld::errc::timed_out && have > 0) head.status = 408;
            else if (!got || *got == 0) co_return;
            else have += *got, head = http::parse(arrived());
        }
        ahead.assign(arrived().substr(std::min(head.size, have)));

        http::reply reply = head.status == 200 ? all.site.answer(head.request) : http::site::error(head.status, false, false);
        ++all.answers;
        if (!co_await send_reply(socket, all, reply, block.bytes())) {
            static_cast<void>(socket.set(weld::linger::abort()));  // it would not read; what it was sent is not kept for it
            co_return;
        }
        if (!reply.keep_alive) co_return co_await linger(socket, all, block.bytes());
    }
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<int> http_server(Net& net, Protocol tcp, typename Protocol::address at, server& all) {
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    auto listener = examples::listen_at(net, tcp, at, "http_server");
    if (!signals || !listener) co_return 1;
    co_await weld::serve_until(signals->next(), net, *listener, [&](auto socket) { return serve(std::move(socket), all); });
    std::printf("%llu connections, %llu answers, %llu bytes\n", all.connections, all.answers, all.bytes);
    co_return 0;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "http_server --port N --root DIR [--address A] [--patience SECONDS]",
                              "Serves the files below DIR by HTTP/1.1 until SIGINT or SIGTERM. Port 0 takes a free one; the line\n"
                              "\"listening on ADDRESS:PORT\" names it. --patience is how long a peer may take over a request's head,\n"
                              "between two requests, and to read 128 KiB of an answer (30)."};
    const examples::endpoint at = examples::listening_endpoint(given);
    const char* const root_name = given.value("--root");
    examples::file root{::open(root_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!root) given.fail("--root %s: %s", root_name, std::strerror(errno));
    server all{http::site{std::move(root)}, given.seconds("--patience", "30")};
    return examples::choose_net(given, [&](auto& net) {
        return at.with_tcp(net, [&](auto tcp, auto address) { return weld::block_on(net, http_server(net, tcp, address, all)); });
    });
}
