#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>

#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/host_net.hpp"

#include <sys/resource.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace {
std::size_t allocations = 0;
}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // it sees one of a pair inlined and not the other
#endif

// Every way to the heap that C++ has goes through these in this program.
void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using counted_net = weld::net<weld::host::inet, support::counting>;

template <class Socket>
weld::task<> echo(Socket socket) {
    std::byte buffer[256];
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0) co_return;
        if (!co_await socket.send_all({buffer, *got})) co_return;
    }
}

template <class Socket>
weld::task<> ping_pong(Socket& socket, int times) {
    std::byte message[64] = {}, back[256];  // more room than what comes: a short count tells that nothing is left
    for (int i = 0; i < times; ++i) {
        if (!co_await socket.send_all(message)) co_return;
        const auto got = co_await socket.recv(back);
        if (got != sizeof message) co_return;
    }
}

}  // namespace

TEST_CASE("a round trip costs each end one recv, one send, and nothing that fails or allocates", "[host]") {
    support::calls_made calls;
    counted_net net{weld::host::inet{}, support::counting{calls}};
    auto listener = support::listener(net);
    auto near = net.socket(weld::tcp);
    REQUIRE(weld::block_on(net, near->connect(*listener.local_address())));
    auto far = weld::block_on(net, listener.accept());
    REQUIRE(far);
    net.spawn(echo(std::move(*far)));
    weld::block_on(net, ping_pong(*near, 3));  // both ends are registered now

    const support::calls_made calls_before = calls;
    const std::size_t allocations_before = allocations;
    constexpr int times = 100;
    weld::block_on(net, ping_pong(*near, times));
    const std::size_t allocated = allocations - allocations_before;

    const auto made = [&](weld::sys::number call) { return calls.of(call) - calls_before.of(call); };
    CHECK(made(weld::sys::number::recvfrom) == 2 * times);
    CHECK(made(weld::sys::number::sendto) == 2 * times);
    CHECK(made(weld::sys::number::epoll_wait) <= 2 * times + 2);
    CHECK(made(weld::sys::number::epoll_ctl) == 0);
    CHECK(calls.all_failed() == calls_before.all_failed());
    CHECK(allocated <= 2);  // the frames of ping_pong itself
}

TEST_CASE("a net ends with thousands of connections open and leaves nothing", "[host]") {
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t possible = (static_cast<std::size_t>(limit.rlim_cur) - 200) / 2;
    const std::size_t count = possible < 10'000 ? possible : 10'000;
    const int open_before = support::open_descriptors();
    {
        support::host_net net{weld::host::inet{}};
        auto listener = support::listener(net, 4096);
        const auto at = *listener.local_address();
        std::vector<weld::socket<support::host_net, weld::tcp>> clients;
        for (std::size_t i = 0; i < count; ++i) {
            auto client = net.socket(weld::tcp);
            REQUIRE(client);
            REQUIRE(client->connect(at).blocking());
            auto served = listener.accept().blocking();
            REQUIRE(served);
            net.spawn(echo(std::move(*served)));
            clients.push_back(std::move(*client));
        }
        const std::byte one[1] = {};
        std::byte back[1];
        for (const std::size_t i : {std::size_t{0}, count / 2, count - 1}) {
            REQUIRE(clients[i].try_send(one) == 1U);
            CHECK(weld::block_on(net, clients[i].recv(back)) == 1U);
        }
    }
    CHECK(support::open_descriptors() == open_before);
}
