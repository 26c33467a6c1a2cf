// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What the kernel calls the functions of proto_ops and proto behind one socket call. Source: inet_stream_ops and
/// inet_dgram_ops in net/ipv4/af_inet.c, tcp_prot in net/ipv4/tcp_ipv4.c, udp_prot, unix_stream_ops, packet_ops.
namespace weld::inline v0::trace {

/// The calls of a socket.
enum class call : unsigned char { create, pair, bind, listen, connect, accept, send, recv, shutdown, release, name, option };

/// The functions of the kernel that do the same.
struct kernel_name {
    const char* ops;
    const char* proto;
};

/// The kernel's names for a call on sockets of AF_INET.
constexpr kernel_name inet_name(call what, int type) noexcept {
    const bool stream = type == 1;
    switch (what) {
        case call::create: return {"inet_create", stream ? "tcp_v4_init_sock" : "udp_init_sock"};
        case call::pair: return {"sock_no_socketpair", ""};
        case call::bind: return {"inet_bind", stream ? "inet_csk_get_port" : "udp_v4_get_port"};
        case call::listen: return {"inet_listen", "inet_csk_listen_start"};
        case call::connect: return stream ? kernel_name{"inet_stream_connect", "tcp_v4_connect"} : kernel_name{"inet_dgram_connect", "ip4_datagram_connect"};
        case call::accept: return {"inet_accept", "inet_csk_accept"};
        case call::send: return {"inet_sendmsg", stream ? "tcp_sendmsg" : "udp_sendmsg"};
        case call::recv: return {"inet_recvmsg", stream ? "tcp_recvmsg" : "udp_recvmsg"};
        case call::shutdown: return {"inet_shutdown", stream ? "tcp_shutdown" : "sock_def_wakeup"};
        case call::release: return {"inet_release", stream ? "tcp_close" : "udp_lib_close"};
        case call::name: return {"inet_getname", ""};
        case call::option: return {"sock_common_setsockopt", stream ? "tcp_setsockopt" : "udp_setsockopt"};
    }
    return {"", ""};
}
/// The same for AF_UNIX.
constexpr kernel_name unix_name_of(call what, int type) noexcept {
    const bool datagram = type == 2;
    switch (what) {
        case call::create: return {"unix_create", "unix_create1"};
        case call::pair: return {"unix_socketpair", "init_peercred"};
        case call::bind: return {"unix_bind", "unix_bind_abstract"};
        case call::listen: return {"unix_listen", "init_peercred"};
        case call::connect: return {datagram ? "unix_dgram_connect" : "unix_stream_connect", "unix_find_other"};
        case call::accept: return {"unix_accept", "sock_graft"};
        case call::send: return {datagram ? "unix_dgram_sendmsg" : "unix_stream_sendmsg", "skb_queue_tail"};
        case call::recv: return {datagram ? "unix_dgram_recvmsg" : "unix_stream_recvmsg", datagram ? "__skb_recv_datagram" : "unix_stream_read_generic"};
        case call::shutdown: return {"unix_shutdown", "sock_def_wakeup"};
        case call::release: return {"unix_release", "unix_release_sock"};
        case call::name: return {"unix_getname", ""};
        case call::option: return {"sk_setsockopt", ""};
    }
    return {"", ""};
}
/// The same for AF_PACKET.
constexpr kernel_name packet_name(call what) noexcept {
    switch (what) {
        case call::create: return {"packet_create", "sk_alloc"};
        case call::bind: return {"packet_bind", "packet_do_bind"};
        case call::send: return {"packet_sendmsg", "packet_snd"};
        case call::recv: return {"packet_recvmsg", "skb_recv_datagram"};
        case call::release: return {"packet_release", "unregister_prot_hook"};
        case call::name: return {"packet_getname", ""};
        case call::option: return {"packet_setsockopt", ""};
        case call::pair: return {"sock_no_socketpair", ""};
        case call::listen: return {"sock_no_listen", ""};
        case call::connect: return {"sock_no_connect", ""};
        case call::accept: return {"sock_no_accept", ""};
        case call::shutdown: return {"sock_no_shutdown", ""};
    }
    return {"", ""};
}
/// The same for any family.
constexpr kernel_name kernel_name_of(call what, int family, int type) noexcept {
    return family == 1 ? unix_name_of(what, type) : family == 17 ? packet_name(what) : inet_name(what, type);
}
/// The hook that is asked first.
constexpr const char* security_name_of(call what) noexcept {
    switch (what) {
        case call::create: return "security_sk_alloc";
        case call::pair: return "security_socket_socketpair";
        case call::bind: return "security_socket_bind";
        case call::listen: return "security_socket_listen";
        case call::connect: return "security_socket_connect";
        case call::accept: return "security_socket_accept";
        case call::send: return "security_socket_sendmsg";
        case call::recv: return "security_socket_recvmsg";
        case call::shutdown: return "security_socket_shutdown";
        case call::release: return "security_sk_free";
        case call::name: return "security_socket_getsockname";
        case call::option: return "security_socket_setsockopt";
    }
    return "";
}

}  // namespace weld::inline v0::trace
