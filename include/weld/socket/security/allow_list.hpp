// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/text.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/role.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::security {

/// One thing that is allowed; the functions below make them.
struct allowance {
    /// What is allowed: to use an address, to talk to it, to hear from it.
    enum direction : std::uint8_t { use = 0, out = 1, in = 2 };
    int family = 0;
    direction way = use;
    std::uint16_t first_port = 0, last_port = 65535;
    prefix4 range{};  // 0.0.0.0/0: every address
    bool any_address = true;
};

/// Sockets of a family whose addresses are not looked at: unix, packet.
constexpr allowance family(int number) noexcept { return {.family = number}; }
/// To be connected to, or sent to: `connect_to(prefix, 443)`.
constexpr allowance connect_to(prefix4 range, std::uint16_t port) noexcept { return {2, allowance::out, port, port, range, false}; }
constexpr allowance connect_to(prefix4 range) noexcept { return {2, allowance::out, 0, 65535, range, false}; }
constexpr allowance connect_to_port(int of_family, std::uint16_t first, std::uint16_t last) noexcept { return {of_family, allowance::out, first, last}; }
/// To be bound and listened on: `listen_on(AF_INET, 8080, 8080)`.
constexpr allowance listen_on(int of_family, std::uint16_t first, std::uint16_t last) noexcept { return {of_family, allowance::in, first, last}; }

/// What was refused last, to be read by people.
struct denial {
    const char* hook = "";
    int family = 0;
    generic_address address{};
};

/// Refuses everything but what is listed, with EPERM or EACCES, and keeps the last refusals:
///
///     weld::net net{..., weld::security::allow_list{security::listen_on(AF_INET, 80, 80), security::family(AF_UNIX)}};
///     for (const auto& each : net.security().policy().denials()) ...
///
/// A port of the system's choice may be bound by everybody who may create the socket: it serves nobody unless listen is
/// allowed. In the kernel: what an LSM such as Landlock does with LANDLOCK_ACCESS_NET_BIND_TCP.
class allow_list {
public:
    using role = role::security_policy;
    static constexpr std::size_t capacity = 32, denials_kept = 16;

    template <class... Allowances>
        requires(sizeof...(Allowances) <= capacity)
    constexpr explicit allow_list(const Allowances&... allowed) noexcept : allowed_{allowed...}, count_{sizeof...(Allowances)} {}

    result<> create(int family, int, int) noexcept {
        for (const allowance& each : rules())
            if (each.family == family) return {};
        return deny("create", family, {}, errc::operation_not_permitted);
    }
    result<> bind(const auto& protocol, const auto& address) noexcept {
        const ports at = look(address);
        if (at.known && at.port == 0) return {};
        return judge("bind", protocol.family, address, at, allowance::in);
    }
    result<> listen(const auto& protocol, int) noexcept {
        for (const allowance& each : rules())
            if (each.family == protocol.family && each.way != allowance::out) return {};
        return deny("listen", protocol.family, {}, errc::permission_denied);
    }
    result<> connect(const auto& protocol, const auto& address) noexcept {
        return judge("connect", protocol.family, address, look(address), allowance::out);
    }
    result<> sendmsg_to(const auto& protocol, const auto& address, std::size_t) noexcept {
        return judge("sendmsg", protocol.family, address, look(address), allowance::out);
    }

    /// How often something was refused.
    std::uint64_t denied() const noexcept { return denied_; }
    /// The last refusals, the newest last.
    span<const denial> denials() const noexcept {
        return {log_.data(), denied_ < denials_kept ? static_cast<std::size_t>(denied_) : denials_kept};
    }

private:
    struct ports {
        bool known = false;  // an address with a port
        bool is4 = false;
        std::uint16_t port = 0;
        address4 address{};
    };
    span<const allowance> rules() const noexcept { return {allowed_.data(), count_}; }

    /// By numbers a host's address comes as its bytes (raw_sockaddr), and means the same.
    template <class Address>
    static ports look(const Address& at) noexcept {
        if constexpr (std::is_same_v<Address, endpoint4>) return {true, true, at.port(), at.address()};
        else if constexpr (std::is_same_v<Address, endpoint6>) return {true, false, at.port(), {}};
        else if constexpr (std::is_convertible_v<const Address&, const generic_address&>) {
            const generic_address& any = at;
            if (const auto four = any.as<endpoint4>()) return look(*four);
            if (const auto six = any.as<endpoint6>()) return look(*six);
        }
        return {};
    }

    static bool fits(const allowance& rule, const ports& at) noexcept {
        if (at.port < rule.first_port || at.port > rule.last_port) return false;
        return rule.any_address || (at.is4 && rule.range.contains(at.address));
    }
    result<> judge(const char* hook, int family, const auto& address, const ports& at, allowance::direction way) noexcept {
        for (const allowance& each : rules())
            if (each.family == family && (each.way == allowance::use || (each.way == way && (!at.known || fits(each, at))))) return {};
        return deny(hook, family, address, errc::permission_denied);
    }
    result<> deny(const char* hook, int family, const generic_address& address, errc why) noexcept {
        if (denied_ >= denials_kept)
            for (std::size_t i = 1; i < denials_kept; ++i) log_[i - 1] = log_[i];
        log_[denied_ < denials_kept ? denied_ : denials_kept - 1] = {hook, family, address};
        ++denied_;
        return why;
    }

    std::array<allowance, capacity> allowed_;
    std::size_t count_;
    std::array<denial, denials_kept> log_{};
    std::uint64_t denied_ = 0;
};

}  // namespace weld::inline v0::security
