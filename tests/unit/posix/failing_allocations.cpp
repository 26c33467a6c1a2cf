// SPDX-License-Identifier: BSL-1.0
// Every allocation of every call over weld's own TCP and UDP fails once: socks, files, packets and their clones, requests,
// TIME-WAIT entries, ports, listeners, tables. The call answers an error or gets over it; afterwards nothing is left of it.
#include <weld/socket/allocation/failing.hpp>

#include <weld/posix.hpp>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <cstring>
#include <string>

#include "support/catch.hpp"
#include "unit/posix/lone_machine.hpp"

#if !defined(NDEBUG)

namespace {
using namespace weld::literals;
namespace own = weld::stack;
using support::local;

/// One whose memory fails.
struct memory {
    weld::allocation::fault fault;
};
struct machine : memory, support::lone_machine<weld::allocation::failing> {
    machine() : lone_machine{weld::allocation::failing{fault}} {}
    weld::posix::process<decltype(net)> os{net};
};

/// What must be as it was: of the net, of the process, of TCP.
struct tables {
    weld::net_stats net;
    int descriptors;
    std::size_t memory, orphans, connections, listeners, listener_pool, requests, timewaits;
    bool operator==(const tables&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const tables& t) {
        return out << "sockets " << t.net.sockets << " files " << t.net.files << " socks " << t.net.socks << " objects " << t.net.objects << " packets "
                   << t.net.packets << " fds " << t.descriptors << " memory " << t.memory << " orphans " << t.orphans << " connections " << t.connections
                   << " listeners " << t.listeners << '/' << t.listener_pool << " requests " << t.requests << " timewaits " << t.timewaits;
    }
};
tables of(machine& m) {
    auto& tcp = m.net.part<own::tcp>();
    return {m.net.stats(), m.os.descriptors_in_use(), tcp.memory, tcp.orphans, tcp.connections.size(), tcp.listeners.size(), tcp.listener_pool.in_use(),
            tcp.requests.in_use(), tcp.timewaits.in_use()};
}

const sockaddr* any(const sockaddr_in& a) { return reinterpret_cast<const sockaddr*>(&a); }

/// Makes `call` with its first allocation failing, its second, and so on, until it meets none. `call` answers -1 and an
/// errno, or what `undo` gets. Answers how many there were.
template <class Call, class Undo>
std::size_t every(machine& m, const char* what, Call call, Undo undo, weld::duration until_settled = 200_s) {
    CAPTURE(what);
    m.rest(until_settled);
    const tables before = of(m);
    for (std::size_t nth = 1;; ++nth) {
        REQUIRE(nth < 2000);
        m.fault.set(nth);
        const long answer = call();
        const int error = errno;
        const bool failed = m.fault.happened;
        m.fault.set(0);
        CAPTURE(nth, answer, error);
        if (!failed) CHECK(answer != -1);
        if (answer == -1) CHECK((error == ENOMEM || error == ENFILE || error == ENOBUFS || error == EAGAIN || error == ETIMEDOUT || error == ECONNRESET || error == ECONNREFUSED));
        if (answer != -1) undo(static_cast<int>(answer));
        m.rest(until_settled);
        CHECK(of(m) == before);
        if (!failed) return nth - 1;
    }
}
constexpr auto nothing = [](int) {};
}  // namespace

TEST_CASE("TCP: a failed allocation in any call leaves every table as it was", "[posix][allocation]") {
    machine m;
    auto& os = m.os;
    os.close(os.epoll_create1(0));  // the descriptor table is there from now on
    const auto close = [&](int fd) { os.close(fd); };
    const sockaddr_in address = local(7);
    CHECK(every(m, "socket", [&] { return os.socket(AF_INET, SOCK_STREAM, 0); }, close) == 3);  // node, sock, file
    CHECK(every(m, "bind", [&] {
        const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
        if (fd == -1) return -1;
        const sockaddr_in at = local(99);
        const int done = os.bind(fd, any(at), sizeof at);
        const int error = errno;
        os.close(fd);
        errno = error;
        return done;
    }, nothing) >= 4);
    for (const bool bound : {false, true})
        every(m, "listen", [&] {
            const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
            if (fd == -1) return -1;
            const sockaddr_in at = local(98);
            int done = bound ? os.bind(fd, any(at), sizeof at) : 0;
            if (done == 0) done = os.listen(fd, 5);
            const int error = errno;
            os.close(fd);
            errno = error;
            return done;
        }, nothing);

    const int listener = os.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(os.bind(listener, any(address), sizeof address) == 0);
    REQUIRE(os.listen(listener, 5) == 0);
    const auto connected = [&](int& client) {
        client = os.socket(AF_INET, SOCK_STREAM, 0);
        if (client == -1) return -1;
        int answer = os.connect(client, any(address), sizeof address);
        if (answer == 0) answer = os.accept(listener, nullptr, nullptr);
        const int error = errno;
        if (answer == -1) {
            os.fcntl(listener, F_SETFL, O_NONBLOCK);
            m.rest(10_s);  // what comes late is taken, too
            for (int late; (late = os.accept(listener, nullptr, nullptr)) != -1;) os.close(late);
            os.fcntl(listener, F_SETFL, 0);
            os.close(client);
        }
        errno = error;
        return answer;
    };
    // request, child, its port, the accepted socket; SYN, SYN-ACK, ACK, FINs and clones of them; TIME-WAIT and its port
    CHECK(every(m, "connect, accept and close", [&] {
        int client;
        const int accepted = connected(client);
        if (accepted == -1) return -1;
        os.close(client);
        return accepted;
    }, close) > 12);

    int client;
    const int server = connected(client);
    REQUIRE(server != -1);
    const std::string bytes(100'000, 'b');
    CHECK(every(m, "send and recv", [&]() -> long {
        std::size_t sent = 0, got = 0;
        std::string buffer(bytes.size(), '-');
        while (got < bytes.size()) {
            if (sent < bytes.size()) {
                const auto done = os.send(client, bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT);
                if (done == -1 && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) return -1;
                if (done > 0) sent += static_cast<std::size_t>(done);
            }
            pollfd entry{server, POLLIN, 0};
            if (os.poll(&entry, 1, 30'000) == -1 && errno != ENOMEM) return -1;
            const auto more = os.recv(server, buffer.data() + got, buffer.size() - got, MSG_DONTWAIT);
            if (more == 0 || (more == -1 && errno != EAGAIN)) return -1;
            if (more > 0) got += static_cast<std::size_t>(more);
        }
        CHECK(buffer == bytes);
        return 0;
    }, nothing) >= 6);
    every(m, "writev of pieces", [&]() -> long {
        char head[] = "head", body[] = "body";
        const iovec pieces[2] = {{head, 4}, {body, 4}};
        const long done = os.writev(client, pieces, 2);
        const int error = errno;
        char buffer[16];
        if (done != -1) CHECK(os.recv(server, buffer, 8, MSG_WAITALL) == 8);
        errno = error;
        return done;
    }, nothing);
    every(m, "select", [&] {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(server, &set);
        timeval time{0, 1000};
        return os.select(server + 1, &set, nullptr, nullptr, &time);
    }, nothing);
    const int epoll = os.epoll_create1(0);
    epoll_event event{EPOLLIN, {}};
    every(m, "epoll_ctl", [&] { return os.epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event); }, [&](int) { os.epoll_ctl(epoll, EPOLL_CTL_DEL, server, nullptr); });
    every(m, "dup beyond the table's end", [&] { return os.fcntl(server, F_DUPFD, 200); }, close);
    os.close(epoll);
    os.close(client);
    os.close(server);
    os.close(listener);
    m.rest(200_s);
    CHECK(m.net.stats() == weld::net_stats{.objects = 1});  // the descriptor table
}

TEST_CASE("UDP: a failed allocation in any call leaves every table as it was", "[posix][allocation]") {
    machine m;
    auto& os = m.os;
    os.close(os.epoll_create1(0));  // the descriptor table is there from now on
    const auto close = [&](int fd) { os.close(fd); };
    CHECK(every(m, "socket", [&] { return os.socket(AF_INET, SOCK_DGRAM, 0); }, close) == 3);
    const sockaddr_in address = local(53);
    every(m, "bind", [&] {
        const int fd = os.socket(AF_INET, SOCK_DGRAM, 0);
        if (fd == -1) return -1;
        const int done = os.bind(fd, any(address), sizeof address);
        const int error = errno;
        os.close(fd);
        errno = error;
        return done;
    }, nothing);
    const int to = os.socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(os.bind(to, any(address), sizeof address) == 0);
    const auto taken = [&] {
        char buffer[8];
        int count = 0;
        while (os.recv(to, buffer, sizeof buffer, MSG_DONTWAIT) >= 0) ++count;
        return count;
    };
    every(m, "sendto of a new socket", [&] {
        const int fd = os.socket(AF_INET, SOCK_DGRAM, 0);
        if (fd == -1) return -1;
        const auto sent = os.sendto(fd, "datagram", 8, 0, any(address), sizeof address);
        const int error = errno;
        m.rest(1_ms);
        CHECK(taken() <= 1);
        os.close(fd);
        errno = error;
        return sent == -1 ? -1 : 0;
    }, nothing);
    every(m, "connect and send to nobody", [&] {
        const int fd = os.socket(AF_INET, SOCK_DGRAM, 0);
        if (fd == -1) return -1;
        const sockaddr_in nobody = local(54);
        long done = os.connect(fd, any(nobody), sizeof nobody);
        if (done == 0) done = os.send(fd, "x", 1, 0);
        const int error = errno;
        m.rest(1_ms);  // an ICMP error comes, or is not made
        os.close(fd);
        errno = error;
        return done == -1 ? -1 : 0;
    }, nothing);
    const int from = os.socket(AF_INET, SOCK_DGRAM, 0);
    const std::string large(60'000, 'l');
    every(m, "sendmsg of many pieces", [&]() -> long {  // the loopback takes it whole
        char head[] = "head";
        const iovec pieces[2] = {{head, 4}, {const_cast<char*>(large.data()), large.size()}};
        msghdr message{};
        message.msg_name = const_cast<sockaddr_in*>(&address);
        message.msg_namelen = sizeof address;
        message.msg_iov = const_cast<iovec*>(pieces);
        message.msg_iovlen = 2;
        const long sent = os.sendmsg(from, &message, 0);
        const int error = errno;
        m.rest(1_ms);
        CHECK(taken() <= 1);
        errno = error;
        return sent;
    }, nothing);
    os.close(from);
    os.close(to);
    m.rest(10_s);
    CHECK(m.net.stats() == weld::net_stats{.objects = 1});
}

#endif
