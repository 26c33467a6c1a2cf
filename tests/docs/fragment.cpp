// The names around a fragment: a net of the host, sockets and buffers of it, in a coroutine.
#include <weld/weld.hpp>
#include <weld/std.hpp>
#include <weld/stack.hpp>
#include <weld/device.hpp>
#include <weld/sim.hpp>
#include <weld/posix.hpp>
#include <weld/io/sharded.hpp>
#include <weld/socket/datagram_batch.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>
#include <signal.h>
#include <sys/socket.h>
#include <netinet/in.h>
using namespace weld::literals;
namespace own = weld::stack;
namespace sim = weld::sim;
using net_type = weld::net<weld::host::all>;
using tcp_socket = weld::socket<net_type, weld::tcp>;
using udp_socket = weld::socket<net_type, weld::udp>;
using unix_socket = weld::socket<net_type, weld::unix_stream>;
weld::task<> echo(tcp_socket socket);
weld::task<> fragment(net_type& net, tcp_socket socket, tcp_socket listener, udp_socket datagrams, unix_socket local, weld::endpoint4 server,
                      weld::endpoint4 here, weld::endpoint6 here6, std::byte (&buffer)[4096], weld::const_bytes data, weld::text line, int file) {
BLOCK
co_return;
}
