// SPDX-License-Identifier: BSL-1.0
// The way of a socket call through the layers, as it runs, with the kernel's name beside each station:
//
//     flow connect --family inet --format text
//     flow CALL [--family inet|unix|packet] [--format text|mermaid|svg|html]
//         CALL: socket socketpair bind listen connect accept send recv close
//     flow tcp [--lose N]          a whole connection with its states and timers, as a sequence diagram; the Nth frame is lost
//     flow CALL --count instructions|ticks     what each station cost, where the machine can count it
//     flow --docs docs/flow        writes the pictures that docs/flow shows
//
// Each program runs over weld's own protocols in a simulation, so that every run draws the same picture.
#include <weld/device/faults.hpp>
#include <weld/device/memory.hpp>
#include <weld/posix.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/packet/packet_family.hpp>
#include <weld/stack/tcp/dump.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/stack/wire/describe.hpp>
#include <weld/sys/instruction_counter.hpp>
#include <weld/task.hpp>
#include <weld/trace.hpp>

#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace own = weld::stack;
namespace trace = weld::trace;
using namespace weld::literals;
using stations = std::vector<trace::station>;

std::string describe(const weld::packet& skb) {
    const auto line = weld::wire::describe_frame(skb.bytes());
    const std::string whole{weld::text{line}.data(), weld::text{line}.size()};
    const std::size_t flags = whole.find("], seq"), length = whole.rfind(", length");  // what depends on chance is left out
    return flags == std::string::npos || length == std::string::npos ? whole : whole.substr(0, flags + 1) + whole.substr(length);
}

/// A cable of some length, on which one frame may get lost.
struct cable {
    weld::duration delay{};
    int lose = 0;  // the number of the frame among those that leave `near`; 0: none
    int left = 0;
    weld::device::fault operator()(weld::device::direction way, const weld::packet&) {
        const bool out = way == weld::device::direction::transmitted;
        return {.lose = out && ++left == lose, .delay = delay};
    }
};

/// What the command line has asked for.
struct chosen_counter {
    static inline const char* unit = "";
    std::shared_ptr<weld::sys::instruction_counter> instructions = unit == std::string{"instructions"} ? std::make_shared<weld::sys::instruction_counter>() : nullptr;
    weld::result<std::uint64_t> read() const noexcept {
        if (instructions != nullptr) return instructions->read();
        return *unit != '\0' ? trace::time_stamp_counter::read() : trace::no_counter::read();
    }
};
using recorder = trace::basic_flow_recorder<chosen_counter>;

/// Two machines on one wire. Calls are watched on both.
struct machines {
    explicit machines(cable of = {}) : how{of} {
        near.trace().describe_packets(&describe);
        far.trace().describe_packets(&describe);
    }
    cable how;
    std::size_t order = 0;
    weld::sim::timeline time;
    weld::sim::virtual_clock near_clock{time, 1}, far_clock{time, 2};
    weld::device::memory_link<> wire;
    using link = weld::device::faults<weld::device::memory<>, cable>;
    weld::net<own::interface<own::ethernet<link>>, own::ipv4, own::icmp, own::tcp, own::unix_, own::packet_family,
              weld::shared<weld::sim::virtual_clock>, weld::seed, recorder>
        near{own::interface{"eth0", own::ethernet{link{wire.left(), how}}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::unix_{}, own::packet_family{},
             weld::shared{near_clock}, weld::seed{1}, recorder{order}};
    weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, weld::shared<weld::sim::virtual_clock>, weld::seed,
              recorder>
        far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{far_clock},
            weld::seed{2}, recorder{order}};
    weld::posix::process<decltype(near)> os{near};
};

struct address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
};
address inet(std::uint32_t ip, int port) {
    address made;
    auto& in = reinterpret_cast<sockaddr_in&>(made.bytes);
    in.sin_family = AF_INET;
    in.sin_port = htons(static_cast<std::uint16_t>(port));
    in.sin_addr.s_addr = htonl(ip);
    made.length = sizeof in;
    return made;
}
address local(const char* path) {
    address made;
    auto& un = reinterpret_cast<sockaddr_un&>(made.bytes);
    un.sun_family = AF_UNIX;
    std::strcpy(un.sun_path, path);
    made.length = static_cast<socklen_t>(sizeof(sa_family_t) + std::strlen(path) + 1);
    return made;
}

address frames_of(int interface, int ether_type) {
    address made;
    auto& ll = reinterpret_cast<sockaddr_ll&>(made.bytes);
    ll.sll_family = AF_PACKET;
    ll.sll_protocol = htons(static_cast<std::uint16_t>(ether_type));
    ll.sll_ifindex = interface;
    made.length = sizeof ll;
    return made;
}

/// Who answers at the far end: an echo of one message.
template <class Net>
weld::task<> echo(Net& net) {
    auto listener = net.socket(weld::tcp);
    if (!listener || !listener->bind({weld::address4{}, 7}) || !listener->listen(4)) co_return;
    for (;;) {
        auto accepted = co_await listener->accept();
        if (!accepted) co_return;
        std::byte buffer[256];
        for (;;) {
            const auto got = co_await accepted->recv(buffer);
            if (!got || *got == 0) break;
            static_cast<void>(co_await accepted->send_all(weld::const_bytes{buffer}.first(*got)));
        }
    }
}
/// Who calls from the far end.
template <class Net>
weld::task<> caller(Net& net) {
    auto socket = net.socket(weld::tcp);
    static_cast<void>(co_await socket->connect(*weld::endpoint4::parse("10.0.0.1:7")));
    static_cast<void>(co_await weld::sleep(net, 1_s));
}

/// Runs one call with everything that must come before it, and watches it alone.
class show {
public:
    show(machines& on, const std::string& call, int family) : m_{on}, call_{call}, family_{family} {}

    bool run(stations& seen) {
        prepare();
        m_.near.trace().start();
        const bool known = watched();
        m_.near.trace().stop();
        seen = m_.near.trace().stations();
        return known;
    }

private:
    bool is(const char* name) const { return call_ == name; }
    int fresh() { return m_.os.socket(family_, family_ == AF_PACKET ? SOCK_RAW : SOCK_STREAM, family_ == AF_PACKET ? htons(0x0800) : 0); }
    address here() const {
        if (family_ == AF_PACKET) return frames_of(1, 0x0800);
        return family_ == AF_UNIX ? local("/run/flow") : inet(0, 7);
    }
    address there() const { return family_ == AF_UNIX ? local("/run/flow") : inet(0x0a000002, 7); }
    int listening() {
        const int fd = fresh();
        address at = here();
        m_.os.bind(fd, at.get(), at.length);
        m_.os.listen(fd, 4);
        return fd;
    }
    void prepare() {
        if (is("socket") || is("socketpair")) return;
        if (is("listen") || is("bind")) {
            first_ = fresh();
            address at = here();
            if (is("listen")) m_.os.bind(first_, at.get(), at.length);
            return;
        }
        if (family_ == AF_PACKET) {
            first_ = fresh();
            address at = here();
            m_.os.bind(first_, at.get(), at.length);
            if (is("recv")) m_.far.spawn(caller(m_.far));
            return;
        }
        if (is("accept")) {
            first_ = listening();
            if (family_ == AF_UNIX) connect(second_ = fresh());
            else m_.far.spawn(caller(m_.far));
            return;
        }
        if (family_ == AF_UNIX) second_ = listening();
        else m_.far.spawn(echo(m_.far));
        first_ = fresh();
        if (is("connect")) return;
        connect(first_);
        if (family_ == AF_UNIX) second_ = m_.os.accept(second_, nullptr, nullptr);
        if (!is("recv")) return;
        if (family_ == AF_UNIX) m_.os.send(second_, "hello", 5, 0);
        else m_.os.send(first_, "hello", 5, 0);
    }
    void connect(int fd) {
        address to = there();
        m_.os.connect(fd, to.get(), to.length);
    }
    bool watched() {
        char buffer[64]{};
        int pair[2];
        address at = here();
        if (is("socket")) fresh();
        else if (is("socketpair")) m_.os.socketpair(family_, family_ == AF_PACKET ? SOCK_RAW : SOCK_STREAM, 0, pair);
        else if (is("bind")) m_.os.bind(first_, at.get(), at.length);
        else if (is("listen")) m_.os.listen(first_, 4);
        else if (is("connect")) connect(first_);
        else if (is("accept")) m_.os.accept(first_, nullptr, nullptr);
        else if (is("send")) {
            m_.os.send(first_, family_ == AF_PACKET ? buffer : "hello", family_ == AF_PACKET ? 60 : 5, 0);
            m_.os.current().let_things_happen();  // what leaves the machine leaves it here
        } else if (is("recv")) m_.os.recv(first_, buffer, sizeof buffer, 0);
        else if (is("close")) {
            m_.os.close(first_);
            m_.os.current().let_things_happen();
        } else return false;
        return true;
    }

    machines& m_;
    std::string call_;
    int family_, first_ = -1, second_ = -1;
};

struct explained {
    const char* call;
    const char* words;
};
constexpr explained calls[] = {
    {"socket", "A number for a socket. The checks of `__sock_create` come first, then the security hook, then the place (`sock_alloc`), then the "
               "family's own create; last the number. What fails on the way undoes what was done, in reverse."},
    {"socketpair", "Two numbers for two sockets that are connected with each other. Both numbers are reserved before anything is made, so that there are "
                   "both or none. inet has no pairs and says EOPNOTSUPP."},
    {"bind", "Gives a socket its local address. The address is copied and checked once, at the entry (`move_addr_to_kernel`)."},
    {"listen", "Turns a socket into a listener, with a bound on those who wait to be accepted."},
    {"connect", "Sends the first segment and waits for the answer: the way down and, at the wake-up, the way back up. A unix socket finds its listener in "
                "this machine and waits for nobody."},
    {"accept", "The new socket and its number are there before the connection is taken, and are put back where there is none."},
    {"send", "Bytes become a segment and leave by the interface. Over unix sockets they become a message in the peer's own queue."},
    {"recv", "What has come is copied out. Where nothing has, the caller waits in the sock's wait_queue until the net's turn brings it."},
    {"close", "The number is free at once; the file goes with its last holder, and the protocol says goodbye in its own time."},
};

int family_number(const std::string& name) { return name == "unix" ? AF_UNIX : name == "packet" ? AF_PACKET : AF_INET; }

std::string drawn(const stations& seen, const std::string& format, const std::string& title) {
    if (format == "mermaid") return trace::as_mermaid(seen);
    if (format == "svg") return trace::as_svg(seen);
    if (format == "html") return trace::as_html(seen, title);
    return trace::as_text(seen);
}
stations flow_of(const std::string& call, const std::string& family) {
    machines m;
    if (const auto counts = m.near.trace().counts(); !counts && *chosen_counter::unit != '\0')
        std::fprintf(stderr, "flow: nothing is counted here: %s\n", weld::message(counts.error()));
    stations seen;
    show one{m, call, family_number(family)};
    if (!one.run(seen)) {
        std::fprintf(stderr, "flow: no such call: %s\n", call.c_str());
        std::exit(2);
    }
    return seen;
}
/// From the first SYN to the end of TIME-WAIT, over a cable of 10 ms.
std::string tcp_sequence(int lose) {
    machines m{cable{10_ms, lose}};
    const trace::connection_watch near_watch{m.near};
    const trace::connection_watch far_watch{m.far};
    m.near.trace().start();
    m.far.trace().start();
    m.far.spawn(echo(m.far));
    const int fd = m.os.socket(AF_INET, SOCK_STREAM, 0);
    address to = inet(0x0a000002, 7);
    m.os.connect(fd, to.get(), to.length);
    char buffer[16];
    m.os.send(fd, "hello", 5, 0);
    m.os.recv(fd, buffer, sizeof buffer, 0);
    m.os.shutdown(fd, SHUT_WR);
    m.os.recv(fd, buffer, sizeof buffer, 0);
    m.os.close(fd);
    static_cast<void>(weld::block_on(m.near, weld::sleep(m.near, 100_s)));
    return trace::as_sequence(m.near.trace().stations(), m.far.trace().stations(), "10.0.0.1", "10.0.0.2");
}

void write(const std::string& path, const std::string& what) {
    std::FILE* const out = std::fopen(path.c_str(), "w");
    if (out == nullptr) {
        std::perror(path.c_str());
        std::exit(1);
    }
    std::fwrite(what.data(), 1, what.size(), out);
    std::fclose(out);
}
constexpr int data_frame = 5;  // behind what ARP says, the SYN and the ACK

void write_docs(const std::string& folder) {
    for (const explained& each : calls) {
        std::string page = "# " + std::string{each.call} + "\n\n" + each.words + "\n";
        for (const char* family : {"inet", "unix", "packet"}) {
            if (std::strcmp(family, "packet") == 0 && std::strstr("socket bind send recv close", each.call) == nullptr) continue;
            const stations seen = flow_of(each.call, family);
            page += "\n## " + std::string{family} + "\n\n```text\n" + trace::as_text(seen) + "```\n\n```mermaid\n" + trace::as_mermaid(seen) + "```\n";
        }
        write(folder + "/" + each.call + ".md", page);
        write(folder + "/" + each.call + ".svg", trace::as_svg(flow_of(each.call, "inet")));
    }
    write(folder + "/tcp.md",
          "# A TCP connection\n\nBoth machines, over a wire of 10 ms, with the time of the simulation: every segment that left, what state a connection\n"
          "came into by it, and which timers were set, went off or were over. From the first SYN to the end of TIME-WAIT.\n\n```mermaid\n" +
              tcp_sequence(0) +
              "```\n\n## A segment is lost\n\nThe same, and the segment with the data gets lost on its way: a timer sends it again.\n\n```mermaid\n" +
              tcp_sequence(data_frame) + "```\n");
}

}  // namespace

int main(int count, char** words) {
    std::string call, family = "inet", format = "text", docs, unit;
    int lose = 0;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const bool more = i + 1 < count;
        if (word == "--family" && more) family = words[++i];
        else if (word == "--format" && more) format = words[++i];
        else if (word == "--docs" && more) docs = words[++i];
        else if (word == "--count" && more) unit = words[++i];
        else if (word == "--lose" && more) lose = std::atoi(words[++i]);
        else call = word;
    }
    if (!docs.empty()) return write_docs(docs), 0;
    const auto one_of = [](const std::string& word, std::initializer_list<const char*> known) {
        for (const char* each : known)
            if (word == each) return true;
        return false;
    };
    if (call.empty() || !one_of(family, {"inet", "unix", "packet"}) || !one_of(format, {"text", "mermaid", "svg", "html"}) ||
        !one_of(unit, {"", "instructions", "ticks"})) {
        std::fprintf(stderr, "usage: flow socket|socketpair|bind|listen|connect|accept|send|recv|close [--family inet|unix|packet]\n"
                             "            [--format text|mermaid|svg|html] [--count instructions|ticks]\n"
                             "       flow tcp [--lose N]\n");
        return 2;
    }
    chosen_counter::unit = unit.c_str();
    const std::string picture = call == "tcp" ? tcp_sequence(lose) : drawn(flow_of(call, family), format, call);
    std::fwrite(picture.data(), 1, picture.size(), stdout);
}
