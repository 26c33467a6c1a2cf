// SPDX-License-Identifier: BSL-1.0
// A room to talk in: tasks that share something, end each other and lean on each other. Each guest is three of them in a
// race: one that listens, one that tells, and the one that shows the door; whichever ends first ends the guest.
//
//     chat --port 7000               the room; then, in other windows:
//     chat 127.0.0.1 7000 ann        or: nc 127.0.0.1 7000
//
// Nobody waits for a slow reader: what it has not read yet is queued, up to 64 KiB; who falls behind further is put out.
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/endpoint.hpp"
#include "support/listen.hpp"
#include "support/standard_input.hpp"

#include <weld/io/signals.hpp>
#include <weld/socket/connect.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/event.hpp>
#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/timeout.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace {
using namespace weld::literals;

constexpr std::size_t line_max = 1000, queue_max = 64 * 1024;

struct guest {
    guest(auto& net, std::string called) : name{std::move(called)}, news{net}, door{net} {}
    /// Never waits, and never keeps more than queue_max.
    void hear(std::string_view line) {
        slow = slow || queue.size() + line.size() > queue_max;
        if (slow) door.signal();
        else queue += line, news.signal();
    }
    std::string name;
    std::string queue{};     // told by the others, and not sent yet
    weld::event news, door;  // the queue has something; it has too much
    bool slow = false;
};

/// Who is there. A guest is in it as long as its `visit` lives, however that ends.
class room {
public:
    class visit {
    public:
        visit(room& in, guest& who) : room_{in}, guest_{who} {
            room_.guests_.push_back(&guest_);
            room_.tell("* " + guest_.name + " has come, " + std::to_string(room_.guests_.size()) + " are here\n");
        }
        visit(const visit&) = delete;
        ~visit() {
            std::erase(room_.guests_, &guest_);
            room_.tell("* " + guest_.name + (guest_.slow ? " could not keep up\n" : " has left\n"));
        }

    private:
        room& room_;
        guest& guest_;
    };

    void tell(std::string_view line, const guest* but = nullptr) {
        for (guest* const g : guests_)
            if (g != but) g->hear(line);
    }
    bool has(std::string_view name) const {
        return std::any_of(guests_.begin(), guests_.end(), [name](const guest* g) { return g->name == name; });
    }
    std::string names() const {
        std::string all = "*";
        for (const guest* const g : guests_) (all += ' ') += g->name;
        return all += '\n';
    }

private:
    std::vector<guest*> guests_;
};

/// The next line, with nothing in it that a terminal would obey; false at the end, or where a line is too long.
template <class Reader>
weld::task<bool> next_line(Reader& from, std::string& ahead, std::string& line) {
    std::size_t end = 0;
    while ((end = ahead.find('\n')) == std::string::npos) {
        std::byte more[512];
        if (ahead.size() > line_max) co_return false;
        const auto got = co_await from.recv(more);
        if (!got || *got == 0) co_return false;
        ahead.append(reinterpret_cast<const char*>(more), *got);
    }
    line = ahead.substr(0, end);
    ahead.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    co_return true;
}

/// A name that nobody has: asked for until there is one. Empty where the peer has gone.
template <class Socket>
weld::task<std::string> ask_name(Socket& socket, room& all, std::string& ahead) {
    std::string name;
    for (weld::text question = "Your name? ";; question = "Another one, please, of up to 20 letters: ") {
        if (!co_await socket.send_all(weld::as_bytes(question))) co_return "";
        if (!co_await next_line(socket, ahead, name)) co_return "";
        if (!name.empty() && name.size() <= 20 && name.find(' ') == std::string::npos && !all.has(name)) co_return name;
    }
}

template <class Reader>
weld::task<> listen_to(Reader& from, std::string& ahead, guest& who, room& all) {
    std::string line;
    while (co_await next_line(from, ahead, line)) {
        if (line == "/quit") co_return;
        if (line == "/who") who.hear(all.names());
        else if (!line.empty()) all.tell(who.name + ": " + line + '\n', &who);
    }
}

template <class Writer>
weld::task<> tell(Writer& to, guest& who) {
    for (std::string sending;;) {
        while (who.queue.empty()) co_await who.news.wait();
        sending.clear();
        sending.swap(who.queue);
        if (!co_await to.send_all(weld::as_bytes(sending))) co_return;
    }
}

template <class Socket>
weld::task<> attend(Socket socket, room& all) {
    std::string ahead;
    auto name = co_await weld::timeout(socket.net(), weld::cancel_safe(ask_name(socket, all, ahead)), 60_s);
    if (!name || name->empty() || all.has(*name)) co_return;
    guest who{socket.net(), std::move(*name)};
    const room::visit here{all, who};
    auto [reader, writer] = std::move(socket).split();
    co_await weld::race(weld::cancel_safe(listen_to(reader, ahead, who, all)), weld::cancel_safe(tell(writer, who)), who.door.wait());
    if (who.slow) static_cast<void>(writer.set(weld::linger::abort()));  // what it did not read is not kept for it
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<int> host(Net& net, Protocol tcp, typename Protocol::address at) {
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    auto listener = examples::listen_at(net, tcp, at, "chat");
    if (!signals || !listener) co_return 1;
    room all;
    weld::scope guests{net};
    auto serving = weld::serve(guests, *listener, [&all](auto socket) { return attend(std::move(socket), all); });
    co_await weld::race(signals->next(), std::move(serving));
    std::printf("the room closes with %zu guests\n", guests.size());
    co_return 0;
}

/// Copies what one side gives to the other, until its end.
template <class Socket>
weld::task<> print_all(Socket& from) {
    std::byte buffer[4096];
    for (;;) {
        const auto got = co_await from.recv(buffer);
        if (!got || *got == 0) co_return;
        std::fwrite(buffer, 1, *got, stdout);
        std::fflush(stdout);
    }
}
template <class Input, class Socket>
weld::task<> send_typed(Input& from, Socket& to) {
    std::byte buffer[4096];
    for (;;) {
        const auto got = co_await from.read(buffer);
        if (!got || *got == 0) co_return;
        if (!co_await to.send_all({buffer, *got})) co_return;
    }
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<int> visit(Net& net, Protocol tcp, typename Protocol::address server, std::string name) {
    auto input = examples::standard_input<Net>::open(net);
    auto socket = co_await weld::connect(net, tcp, server, 10_s);
    if (!input || !socket) {
        std::fprintf(stderr, "chat: %s: %s\n", server.to_text().c_str(), weld::message(input ? socket.error() : input.error()));
        co_return 1;
    }
    name += '\n';
    if (!co_await socket->send_all(weld::as_bytes(name))) co_return 1;
    const auto first = co_await weld::race(weld::cancel_safe(print_all(*socket)), weld::cancel_safe(send_typed(*input, *socket)));
    if (first.index() == 1) {  // nothing more is typed: what the others say until the room has seen the end is still read
        static_cast<void>(socket->shutdown(weld::shutdown_type::write));
        static_cast<void>(co_await weld::timeout(net, weld::cancel_safe(print_all(*socket)), 2_s));
    }
    co_return 0;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "chat (--port N [--address A] | HOST PORT NAME)",
                              "With --port a room that people come to until SIGINT or SIGTERM; otherwise a guest in it.\n"
                              "In the room a line is told to all the others; /who lists them, /quit leaves."};
    const bool is_room = given.has("--port");
    const examples::endpoint at = is_room ? examples::listening_endpoint(given) : examples::peer_endpoint(given);
    const char* const name = is_room ? "" : given.value("NAME");
    return examples::choose_net(given, [&](auto& net) {
        return at.with_tcp(net, [&](auto tcp, auto address) {
            return weld::block_on(net, is_room ? host(net, tcp, address) : visit(net, tcp, address, name));
        });
    });
}
