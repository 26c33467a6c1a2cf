// SPDX-License-Identifier: BSL-1.0
// What weld does, in a minute: the way of a call through its layers; one request/response program in four worlds, and what
// it costs in each: the kernel's sockets, weld's own TCP/IP over a wire in memory, the same against the kernel over a tap
// interface, and a simulation in which packets are lost and a cable is cut. The program does not know where it is; `main`
// picks, by a type. Then a simulation looks for a bug. Needs no rights; ends by itself.
//
//     tour
#include "support/terminal.hpp"

#include <weld/device.hpp>
#include <weld/sim.hpp>
#include <weld/stack.hpp>
#include <weld/weld.hpp>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touring {  // named, since g++ 12 warns of coroutines over types without a name for others
using namespace weld::literals;
using weld::endpoint4, weld::task;
namespace own = weld::stack;
namespace sim = weld::sim;
namespace terminal = examples::terminal;

// --- the program ------------------------------------------------------------------------------------------------------

constexpr std::size_t request_size = 64, response_size = 16384;
constexpr int requests = 100;

constexpr std::byte expected(int request, std::size_t at) { return static_cast<std::byte>(static_cast<std::size_t>(request) + at * 7); }

/// What a run tells.
struct account {
    std::uint64_t right = 0, segments = 0, retransmitted = 0, calls = 0;  // bytes that were right; segments sent by both ends
    std::uint64_t bytes() const { return right + static_cast<std::uint64_t>(requests) * request_size; }
    bool is_whole() const { return right == static_cast<std::uint64_t>(requests) * response_size; }
};

struct is_own_tcp {
    template <class Part>
    constexpr bool operator()() const { return std::is_same_v<Part, own::tcp>; }
};
/// Asks the protocol what it sent: weld's own by the counters of its part, the kernel by TCP_INFO.
template <class Socket>
void count_segments(Socket& socket, account& all) {
    if constexpr (Socket::net_type::template lists<is_own_tcp>) {
        const auto& counters = socket.net().template part<own::tcp>().counters;
        all.segments += counters.segments_out;
        all.retransmitted += counters.retransmitted;
    } else if (const auto info = socket.template get<weld::tcp_info>()) {
        all.segments += info->segments_out;
        all.retransmitted += info->total_retrans;
    }
}

template <class Socket>
task<> answer(Socket socket, account& all) {
    std::byte request[request_size];
    std::byte response[response_size];
    for (int i = 0; i < requests; ++i) {
        const auto asked = co_await socket.read_exactly(request);
        if (!asked || *asked < request_size) co_return;
        for (std::size_t at = 0; at < response_size; ++at) response[at] = expected(i, at);
        const auto sent = co_await socket.send_all(response);
        if (!sent) co_return;
    }
    static_cast<void>(co_await socket.recv(request));  // the client's end: all has arrived
    count_segments(socket, all);
}

template <weld::provides<weld::tcp> Net>
task<> server(Net& net, endpoint4 here, account& all) {
    auto listener = weld::listen(net, weld::tcp, here);
    if (listener) co_await weld::serve(net, *listener, [&all](auto socket) { return answer(std::move(socket), all); });
}

template <weld::provides<weld::tcp> Net>
task<> client(Net& net, endpoint4 there, account& all) {
    auto socket = co_await weld::connect(net, weld::tcp, there, 30_s);
    if (!socket) {
        std::fprintf(stderr, "connect: %s\n", weld::message(socket.error()));
        co_return;
    }
    std::byte request[request_size]{};
    std::byte response[response_size];
    for (int i = 0; i < requests; ++i) {
        const auto sent = co_await socket->send_all(request, 60_s);
        if (!sent) break;
        const auto got = co_await socket->read_exactly(response, 60_s);
        if (!got) break;
        for (std::size_t at = 0; at < *got; ++at) all.right += response[at] == expected(i, at);
    }
    static_cast<void>(socket->shutdown(weld::shutdown_type::write));
    static_cast<void>(co_await socket->recv(response, 30_s));  // until the server has closed as well
    count_segments(*socket, all);
}

// --- the worlds -------------------------------------------------------------------------------------------------------

/// How the kernel is entered, with a count: a user's own part of a net.
struct counted {
    using role = weld::role::system_calls;
    std::uint64_t* count;
    template <weld::sys::number Number, class... Arguments>
    long call(Arguments... arguments) noexcept {
        ++*count;
        return weld::sys::direct::call<Number>(arguments...);
    }
};
using loop = weld::io::basic_epoll<counted>;

constexpr endpoint4 at(std::uint8_t last, std::uint16_t port) { return {weld::address4{{10, 0, 0, last}}, port}; }

account over_kernel() {
    account all;
    weld::net net{weld::host::inet{}, counted{&all.calls}};
    endpoint4 here{weld::address4::loopback(), 0};
    {
        auto free = weld::listen(net, weld::tcp, here);  // takes a port that is free
        if (free) here = free->local_address().value_or(here);
    }
    net.spawn(server(net, here, all));
    weld::block_on(net, client(net, here, all));
    return all;
}

account over_memory() {
    account all;
    loop both{counted{&all.calls}};
    weld::device::memory_link wire;
    weld::net near{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{both}};
    weld::net far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{both}};
    far.spawn(server(far, at(2, 80), all));
    weld::block_on(near, client(near, at(2, 80), all));
    return all;
}

/// The kernel serves, weld's own TCP asks; between them a tap interface.
weld::result<account> over_tap() {
    account all;
    using tap = weld::device::basic_tap<weld::link_type::ethernet, counted>;
    auto opened = tap::open("weld%d", {.up = true, .host_address = {weld::address4{{10, 0, 0, 1}}, 24}}, counted{&all.calls});
    if (!opened) return opened.error();
    loop both{counted{&all.calls}};
    weld::net host{weld::host::inet{}, counted{&all.calls}, weld::shared{both}};
    weld::net near{own::interface{"eth0", own::ethernet{std::move(*opened)}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{},
                   counted{&all.calls}, weld::shared{both}};
    if (!near.status()) return near.status().error();
    host.spawn(server(host, at(1, 8080), all));
    weld::block_on(near, client(near, at(1, 8080), all));
    return all;
}

/// The same in a child that has a network of its own: the host's interfaces are left alone.
weld::result<account> over_tap_apart() {
    int ends[2];
    if (::pipe(ends) != 0) return static_cast<weld::errc>(errno);
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        struct { weld::errc why; account all; } told{};
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWNET) != 0) told.why = static_cast<weld::errc>(errno);
        else if (const auto run = over_tap()) told.all = *run;
        else told.why = run.error();
        ::_exit(::write(ends[1], &told, sizeof told) == sizeof told ? 0 : 1);
    }
    ::close(ends[1]);
    struct { weld::errc why; account all; } told{weld::errc::io_error, {}};
    static_cast<void>(::read(ends[0], &told, sizeof told) == sizeof told);
    ::close(ends[0]);
    if (child > 0) ::waitpid(child, nullptr, 0);
    if (told.why != weld::errc{}) return told.why;
    return told.all;
}

task<> cut_and_mend(sim::world& world) {
    co_await weld::sleep(world, 2_s);
    auto cut = world.isolate("server");
    co_await weld::sleep(world, 3_s);
    cut.heal();
}

struct simulated {
    account all;
    weld::duration took;
    std::string story;  // the log's first lines
};
simulated in_simulation(std::uint64_t seed) {
    simulated run;
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const log = ::open_memstream(&text, &size);
    {
        sim::world world{seed, {.network = {.link = {.delay = 10_ms, .loss = 0.05}}}};
        world.log().write_to(log);
        auto& far = world.host("server");
        const endpoint4 there{far.address(), 80};
        far.serve("answers", [&](auto& net) { return server(net, there, run.all); });
        world.host("client").run("asks", [&](auto& net) { return client(net, there, run.all); });
        world.spawn(cut_and_mend(world));
        world.run();
        run.took = world.now().since_start();
        world.log().write_to(nullptr);
    }
    std::fclose(log);
    run.story.assign(text, size);
    std::free(text);
    return run;
}

// --- the table --------------------------------------------------------------------------------------------------------

bool row(const char* world, const weld::result<account>& run, weld::duration took, const char* virtual_time = "-") {
    if (!run) {
        std::printf("%-34s %s\n", world, terminal::dim(std::string{"not here: "} + weld::message(run.error())).c_str());
        return true;
    }
    std::printf("%-34s %9" PRIu64 " %8.1f ms %9s %9" PRIu64 " %9" PRIu64 " %7" PRIu64 "%s\n", world, run->bytes(), took.seconds() * 1e3,
                virtual_time, run->calls, run->segments, run->retransmitted, run->is_whole() ? "" : terminal::bad("  NOT WHOLE").c_str());
    std::fflush(stdout);
    return run->is_whole();
}
template <class Run>
auto timed(const char* what, Run run, weld::duration& took) {
    terminal::working(what);
    const weld::time_point begin = weld::io::epoll::clock();
    auto answer = run();
    took = weld::io::epoll::clock() - begin;
    terminal::done();
    return answer;
}

/// The first lines of a text that have `word` in them; options of segments are left out.
void print_lines(const std::string& story, const char* word, int count) {
    for (std::size_t begin = 0, end = 0; count > 0 && (end = story.find('\n', begin)) != std::string::npos; begin = end + 1) {
        std::string line = story.substr(begin, end - begin);
        if (line.find(word) == std::string::npos) continue;
        const std::size_t options = line.find(", options ["), last = line.find(']', options);
        if (options != std::string::npos) line.erase(options, last + 1 - options);
        if (line.size() + 2 > terminal::columns()) line.resize(terminal::columns() - 2);
        std::printf("  %s\n", line.c_str());
        --count;
    }
}

/// A program that was built beside this one, quoted for the shell; empty where there is none.
std::string beside(const char* self, const char* name) {
    std::string folder{self};
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : folder.substr(0, slash);
    char* const whole = ::realpath((folder + '/' + name).c_str(), nullptr);
    const std::string quoted = whole != nullptr ? "'" + std::string{whole} + "'" : "";
    std::free(whole);
    return quoted;
}

/// A quoted path as somebody in this folder would type it.
std::string typed(const std::string& quoted) {
    char here[4096];
    const std::string folder = ::getcwd(here, sizeof here) != nullptr ? std::string{"'"} + here + '/' : quoted;
    const bool below = quoted.rfind(folder, 0) == 0 && quoted.find(' ') == std::string::npos;
    return below ? quoted.substr(folder.size(), quoted.size() - folder.size() - 1) : quoted;
}
/// What a call crosses in weld, and what the kernel calls each station.
void show_ways(const char* self) {
    const std::string flow = beside(self, "flow");
    if (flow.empty()) return;
    terminal::heading("1. The way of socket(), listen() and accept() through the layers");
    std::printf("As it runs in weld; behind each station the function of the kernel that does the same.\n");
    for (const std::string call : {"socket", "listen", "accept"}) {
        std::printf("\n%s  %s\n", terminal::bold(call + "()").c_str(), terminal::dim("flow " + call + " --family inet").c_str());
        const bool shown = terminal::run(flow + ' ' + call + " --family inet --format text", [](const std::string& line) {
            const std::size_t layer = line.find(' '), gap = line.rfind("  ");  // what stands between: weld's, the kernel's
            if (layer == std::string::npos || gap == std::string::npos || gap <= layer) return static_cast<void>(std::printf("  %s\n", line.c_str()));
            std::string station = line.substr(layer, gap + 2 - layer);
            if (terminal::columns() < 130) station.resize(station.find_last_not_of(' ') + 3, ' ');  // no room for columns
            std::printf("  %s%s%s\n", terminal::coloured("36", line.substr(0, layer)).c_str(), station.c_str(), terminal::dim(line.substr(gap + 2)).c_str());
        });
        if (!shown) std::printf("it could not be shown\n");
    }
}
/// The simulation's own example looks for the seed that breaks a promise.
void explore(const char* self) {
    const std::string simulate = beside(self, "simulate");
    char work[] = "/tmp/weld-tour-XXXXXX";
    if (simulate.empty() || ::mkdtemp(work) == nullptr) return;
    terminal::heading("3. A ledger with a bug that only some seeds show");
    std::printf("A client adds entries to a primary, which copies them to a backup. In a simulation the primary loses power.\n\n");
    std::string seed;
    static_cast<void>(terminal::run("cd '" + std::string{work} + "' && " + simulate + " --explore 2000", [&seed](const std::string& line) {
        const bool says_why = line.rfind("weld: seed ", 0) == 0 || line.find("FAILED: ") != std::string::npos;
        if (says_why && seed.empty()) seed = line.substr(11, line.find(' ', 11) - 11);
        const std::string shown = line.substr(0, terminal::columns() - 2);
        std::printf("  %s\n", says_why ? terminal::bad(shown).c_str() : shown.c_str());
    }));
    if (seed.empty()) return static_cast<void>(std::printf("no seed was found that breaks it\n"));
    std::printf("\nThe log and a capture for Wireshark are in %s.\n", work);
    std::printf("To see the same again, packet for packet:  %s\n", terminal::bold(typed(simulate) + " --seed " + seed).c_str());
    std::printf("The ledger without the bug holds there:    %s\n", terminal::bold(typed(simulate) + " --seed " + seed + " --fixed").c_str());
}
}  // namespace touring

int main(int, char** words) {
    using namespace touring;
    show_ways(words[0]);
    terminal::heading("2. One program, four worlds");
    std::printf("%d requests of %zu bytes, each answered by %zu, checked byte for byte, over one TCP connection.\n\n", requests,
                request_size, response_size);
    std::printf("%s\n", terminal::dim("                                       bytes        time   virtual    system  segments    sent").c_str());
    std::printf("%s\n", terminal::dim("world                                                         time     calls             again").c_str());

    weld::duration took;
    bool fine = true;
    const auto kernel = timed("the kernel's loopback ...", over_kernel, took);
    fine &= row("the kernel's loopback", kernel, took);
    const auto memory = timed("weld's TCP/IP, wire in memory ...", over_memory, took);
    fine &= row("weld's TCP/IP, wire in memory", memory, took);
    const auto tap = timed("weld's TCP/IP to the kernel, tap ...", over_tap_apart, took);
    fine &= row("weld's TCP/IP to the kernel, tap", tap, took);
    const auto simulation = timed("simulation ...", [] { return in_simulation(42); }, took);
    char virtual_time[32];
    std::snprintf(virtual_time, sizeof virtual_time, "%.1f s", simulation.took.seconds());
    fine &= row("simulation: 5 % lost, 3 s cut", simulation.all, took, virtual_time);
    const auto again = in_simulation(42);
    const bool same = again.story == simulation.story;
    std::printf("\nSegments are what both ends sent, system calls what both ends made.\n");
    std::printf("The simulation, run again with its seed, 42, %s.\n", same ? terminal::good("tells the same story, line for line").c_str()
                                                                         : terminal::bad("TELLS ANOTHER STORY").c_str());
    std::printf("\nOf that story the beginning, the first loss, and the cut:\n");
    print_lines(simulation.story, " > ", 4);
    print_lines(simulation.story, "(lost)", 1);
    print_lines(simulation.story, "partition", 2);
    explore(words[0]);

    terminal::heading("4. Where to go next");
    std::printf("  README.md                     what weld is, and how to use it\n"
                "  docs/network-program.md       write a program like this one\n"
                "  docs/protocol.md              write a protocol below it\n"
                "  docs/testing-distributed.md   let a simulation break it\n"
                "  docs/flow/                    the way of each socket call, drawn\n"
                "  examples/                     echo_server, http_server, chat, ping, sniff, simulate, custom_protocol: each says\n"
                "                                with --help what it takes\n");
    return fine && same ? 0 : 1;
}
