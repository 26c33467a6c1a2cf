// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/message.hpp>
#include <weld/socket/pieces.hpp>
#include <weld/trace/kernel_names.hpp>

namespace weld::inline v0::trace {

/// A protocol's proto_ops, with each call noted at its stations: the ops that the net's socket layer calls, and the
/// protocol, or the host's kernel, that they call in turn. A net without a trace policy uses the ops as they are.
template <class Ops, auto Protocol>
struct traced_ops : Ops {
    using typename Ops::sock;

    template <class Net, class Description>
    static auto create(Net& net, Description description, int number) -> result<sock*> {
        return noted(net, call::create, "create", [&] { return Ops::create(net, description, number); }, Protocol.name);
    }
    template <class Net>
    static void release(Net& net, sock& sk) noexcept {
        static_cast<void>(noted(net, call::release, "release", [&] {
            Ops::release(net, sk);
            return result<>{};
        }));
    }
    template <class Net, class Description, class O = Ops>
    static auto create_pair(Net& net, Description description, int number, sock* (&pair)[2])
        -> decltype(O::create_pair(net, description, number, pair)) {
        return noted(net, call::pair, "create_pair", [&] { return O::create_pair(net, description, number, pair); }, Protocol.name);
    }
    template <class Net, class Address>
    static result<> bind(Net& net, sock& sk, const Address& local) {
        return noted(net, call::bind, "bind", [&] { return Ops::bind(net, sk, local); }, local);
    }
    template <class Net, class Address>
    static result<> connect(Net& net, sock& sk, const Address& to) {
        return noted(net, call::connect, "connect", [&] { return Ops::connect(net, sk, to); }, to);
    }
    template <class Net>
    static result<> listen(Net& net, sock& sk, int backlog) {
        return noted(net, call::listen, "listen", [&] { return Ops::listen(net, sk, backlog); }, backlog);
    }
    template <class Net>
    static auto accept(Net& net, sock& sk) -> result<sock*> {
        return noted(net, call::accept, "accept", [&] { return Ops::accept(net, sk); });
    }
    template <class Net>
    static result<> shutdown(Net& net, sock& sk, shutdown_type how) {
        return noted(net, call::shutdown, "shutdown", [&] { return Ops::shutdown(net, sk, how); }, how);
    }
    template <class Net>
    static result<std::size_t> send(Net& net, sock& sk, const_bytes data, message_flags flags) {
        return noted(net, call::send, "send", [&] { return Ops::send(net, sk, data, flags); }, data);
    }
    template <class Net>
    static result<std::size_t> recv(Net& net, sock& sk, mutable_bytes buffer, message_flags flags) {
        return noted(net, call::recv, "recv", [&] { return Ops::recv(net, sk, buffer, flags); }, buffer);
    }
    template <class Net, class Address, class Items, class O = Ops>
    static auto sendmsg(Net& net, sock& sk, gathered pieces, const Address* to, const Items& items, message_flags flags)
        -> decltype(O::sendmsg(net, sk, pieces, to, items, flags)) {
        return noted(net, call::send, "sendmsg", [&] { return O::sendmsg(net, sk, pieces, to, items, flags); }, size_of(pieces));
    }
    template <class Received, class Net, class O = Ops>
    static auto recvmsg(Net& net, sock& sk, scattered buffers, message_flags flags)
        -> decltype(O::template recvmsg<Received>(net, sk, buffers, flags)) {
        return noted(net, call::recv, "recvmsg", [&] { return O::template recvmsg<Received>(net, sk, buffers, flags); }, size_of(buffers));
    }
    template <class Net, class Message, class O = Ops>
    static auto send_message(Net& net, sock& sk, const Message& message, message_flags flags)
        -> decltype(O::send_message(net, sk, message, flags)) {
        return noted(net, call::send, "send_message", [&] { return O::send_message(net, sk, message, flags); }, size_of(message.pieces));
    }
    template <class Net, class Message, class O = Ops>
    static auto recv_message(Net& net, sock& sk, Message& message, message_flags flags)
        -> decltype(O::recv_message(net, sk, message, flags)) {
        return noted(net, call::recv, "recv_message", [&] { return O::recv_message(net, sk, message, flags); }, size_of(message.pieces));
    }

private:
    static constexpr bool is_host = requires { requires Ops::takes_raw_sockaddr; };
    static constexpr int family = decltype(Protocol)::family, type = decltype(Protocol)::type;

    struct bytes_in { std::size_t count; std::size_t size() const { return count; } const void* data() const { return nullptr; } };
    static bytes_in size_of(const auto& pieces) noexcept {
        bytes_in sum{0};
        for (const auto& piece : pieces) sum.count += piece.size();
        return sum;
    }
    static constexpr const char* hook_of(call what) noexcept {
        constexpr const char* hooks[] = {"security().sk_alloc", "security().socketpair", "security().bind", "security().listen", "security().connect",
                                         "security().accept", "security().sendmsg", "security().recvmsg", "security().shutdown", "security().sk_free",
                                         "security().getsockname", "security().setsockopt"};
        return hooks[static_cast<int>(what)];
    }
    /// The ops, and inside of it who serves it.
    template <class Net, class Call, class... Arguments>
    static auto noted(Net& net, call what, const char* function, Call served, const Arguments&... arguments) {
        constexpr auto names = [](call of) { return kernel_name_of(of, family, type); };
        { const auto hook = cross(net, layer::security, hook_of(what), security_name_of(what)); }  // here it has allowed
        const auto ops = cross(net, layer::proto_ops, function, names(what).ops, arguments...);
        if constexpr (is_host) {
            const auto kernel = cross(net, layer::kernel, "sys", "the host's kernel: entry_SYSCALL_64", Protocol.name);
            return ops.leave(kernel.leave(served()));
        } else {
            const auto proto = cross(net, layer::proto, function, names(what).proto, Protocol.name);
            return ops.leave(proto.leave(served()));
        }
    }
};

}  // namespace weld::inline v0::trace
