// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/message_attempts.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/operation.hpp>
#include <weld/socket/option.hpp>
#include <weld/socket/retry.hpp>

namespace weld::inline v0 {

namespace detail {
struct how {
    static constexpr message_flags flags() noexcept { return {}; }
    static constexpr message_flags flags(message_flags given) noexcept { return given; }
    static constexpr message_flags flags(deadline) noexcept { return {}; }
    static constexpr message_flags flags(message_flags given, deadline) noexcept { return given; }
    static constexpr deadline until() noexcept { return {}; }
    static constexpr deadline until(message_flags) noexcept { return {}; }
    static constexpr deadline until(deadline given) noexcept { return given; }
    static constexpr deadline until(message_flags, deadline given) noexcept { return given; }
};
}  // namespace detail

/// What an operation takes last: nothing, message_flags, a deadline, or both in this order.
template <class... How>
concept how_to_call = requires(How... how) { detail::how::flags(how...); };

/// What a socket and its two halves have in common: they hold one sock, let go of it at their end, move, are never
/// copied, and tell and set what belongs to the sock and to neither direction.
/// Operations that a protocol lacks are refused by overloads that take anything and say so in one sentence; the
/// concepts of socket/protocol.hpp ask without an error.
template <class Net, auto Protocol>
class [[nodiscard]] socket_handle {
public:
    using net_type = Net;
    using description = std::remove_const_t<decltype(Protocol)>;
    using address = typename description::address;
    using ops = typename Net::template ops<Protocol>;
    using sock = typename ops::sock;
    static constexpr auto protocol = Protocol;

    /// Takes over a sock that a part has made.
    socket_handle(Net& net, sock& sk) noexcept : net_{&net}, sock_{&sk} {}
    socket_handle(socket_handle&& other) noexcept : net_{other.net_}, sock_{std::exchange(other.sock_, nullptr)} {}
    socket_handle& operator=(socket_handle&& other) noexcept {
        if (this != &other) {
            close();
            net_ = other.net_;
            sock_ = std::exchange(other.sock_, nullptr);
        }
        return *this;
    }
    ~socket_handle() {
        if (sock_ != nullptr) ops::release(*net_, *sock_);
    }

    /// Lets go of the sock; the last handle's end closes it. What was sent and not yet delivered still is, in the
    /// background: lingering_close (socket/lingering_close.hpp) waits for it. A host socket with SO_LINGER's time blocks
    /// the thread here, as close(2) does. Source: close(2).
    void close() noexcept {
        if (sock_ != nullptr) ops::release(*net_, *std::exchange(sock_, nullptr));
    }

    /// Sets an option: `socket.set(weld::no_delay{true})`. Errors: those of the option's page, of them most often
    /// operation_not_permitted, invalid_argument, no_protocol_option (this kernel does not know it).
    /// Source: setsockopt(2); socket/option.hpp shows how to add one.
    template <settable_option_of<Protocol> Option>
    result<> set(const Option& option) {
        const auto value = detail::to_kernel(option);
        return ops::set_option(*net_, *sock_, Option::level, Option::name, object_bytes(value));
    }
    /// Asks for one: `socket.get<weld::receive_buffer>()`, a result of the option's value. Source: getsockopt(2).
    template <gettable_option_of<Protocol> Option>
    result<detail::value_of<Option>> get() {
        detail::kernel_bytes<Option> value{};
        const auto length = ops::get_option(*net_, *sock_, Option::level, Option::name,
                                            mutable_bytes{reinterpret_cast<std::byte*>(&value), sizeof value});
        if (!length) return length.error();
        return detail::from_kernel<Option>(value);
    }
    template <class Option>
    result<> set(const Option&) {
        detail::refuse_option<Option, Protocol>();
        return {};
    }
    template <class Option>
    result<int> get() {
        detail::refuse_option<Option, Protocol>();
        return 0;
    }

    /// The local and the remote address. Errors: not_connected. Source: getsockname(2), getpeername(2).
    result<address> local_address() { return ops::template local_address<address>(*net_, *sock_); }
    result<address> peer_address() { return ops::template peer_address<address>(*net_, *sock_); }

    /// What lies underneath, for those who compose.
    Net& net() const noexcept { return *net_; }
    sock& native() const noexcept { return *sock_; }

protected:
    /// Gives the sock up to another handle.
    sock& give_up() noexcept { return *std::exchange(sock_, nullptr); }

    /// Attempts go by reference, so that each is copied once: into the operation.
    template <class Attempt>
    auto start(Attempt&& attempt) { return operation<Net, ops, Attempt>{*net_, *sock_, std::move(attempt)}; }
    /// Of an attempt that is made in the operation itself.
    template <class Attempt, class... Arguments>
    auto start_with(Arguments&... arguments) { return operation<Net, ops, Attempt>{*net_, *sock_, std::in_place, arguments...}; }
    template <class Attempt>
    auto start(Attempt&& attempt, deadline until) {
        return timed_operation<Net, ops, Attempt>{*net_, *sock_, std::move(attempt), until};
    }
    template <class Attempt>
    auto start(Attempt&& attempt, message_flags) { return start(std::move(attempt)); }
    template <class Attempt>
    auto start(Attempt&& attempt, message_flags, deadline until) { return start(std::move(attempt), until); }
    /// For calls whose end of "not now" nobody announces.
    template <bool Retried, class Attempt, class... How>
    auto start_retried(Attempt&& attempt, How... how) {
        if constexpr (Retried) return retried_operation<Net, ops, Attempt>{*net_, *sock_, std::move(attempt), detail::how::until(how...)};
        else return start(std::move(attempt), how...);
    }

    Net* net_;
    sock* sock_;
};

}  // namespace weld::inline v0
