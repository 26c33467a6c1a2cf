// From a socket's send down to the device, and from a frame up to the socket, nothing is called through a pointer: layers
// are types, and demultiplexers are switches over the list. What is queued runs by the run queue, a step later.
// no-indirect-call: send_path
// no-indirect-call: recv_path
// no-indirect-call: datagram_out
// no-indirect-call: datagram_in
// no-indirect-call: deliver_frame
// no-indirect-call: tcp_(write|transmit|hand_down|send_first|send_kept|rcv|process_text|check_ack)
// no-indirect-call: ipv4::(send|output|transmit|rcv|deliver)
// no-indirect-call: interface<.*::(queue|output|transmit|receive|input)
// no-indirect-call: tcp_train<.*::add_slots
// no-indirect-call: gso::unfold
// no-indirect-call: gro::merger<.*::merge
// no-symbol: vtable for weld
// no-symbol: typeinfo for weld
#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack.hpp>

namespace own = weld::stack;

using interface = own::interface<own::ethernet<weld::device::memory<>>>;
using net_type = weld::net<interface, own::ipv4, own::icmp, own::tcp, own::udp, weld::io::epoll>;
using tcp_socket = weld::socket<net_type, weld::tcp>;
using udp_socket = weld::socket<net_type, weld::udp>;

weld::result<std::size_t> send_path(tcp_socket& s, weld::const_bytes data) { return s.try_send(data); }
weld::result<std::size_t> recv_path(tcp_socket& s, weld::mutable_bytes buffer) { return s.try_recv(buffer); }
weld::result<std::size_t> datagram_out(udp_socket& s, weld::const_bytes data, const weld::endpoint4& to) { return s.try_send_to(data, to); }
weld::result<std::size_t> datagram_in(udp_socket& s, weld::mutable_bytes buffer) { return s.try_recv(buffer); }
own::rcv_result deliver_frame(net_type& net, weld::packet_buffer skb, const own::frame_info& info) { return own::detail::demultiplex(net, std::move(skb), info); }
template weld::result<> interface::start(net_type&);
