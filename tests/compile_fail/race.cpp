// error: race: the losers are destroyed where they wait, so all must be cancel_safe
#include <weld/host/inet.hpp>
#include <weld/task/race.hpp>
#include <weld/task/sleep.hpp>

template <class Socket>
weld::task<> read(Socket& socket, weld::mutable_bytes buffer, std::size_t& cursor) {
#if defined(FIXED)
    auto work = socket.read_exactly(buffer, cursor);
#else
    auto work = socket.read_exactly(buffer);
#endif
    static_cast<void>(co_await weld::race(std::move(work), weld::sleep(socket.net(), weld::duration::seconds(1))));
    static_cast<void>(cursor);
}
template weld::task<> read(weld::socket<weld::net<weld::host::inet>, weld::tcp>&, weld::mutable_bytes, std::size_t&);
