// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/role.hpp>
#include <weld/socket/security/hooks.hpp>

#include <tuple>
#include <utility>

namespace weld::inline v0::security {

/// Several policies as one: each is asked in turn, and the first that refuses decides, as the kernel's stacked modules
/// do. `all_of{allow_list{...}, my_own{}}`; `get<Policy>()` gives one of them. In the kernel: call_int_hook.
template <class... Policies>
class all_of {
public:
    using role = role::security_policy;

    explicit all_of(Policies... policies) : policies_{std::move(policies)...} {}

    template <class Policy>
    Policy& get() noexcept { return std::get<Policy>(policies_); }

    result<> create(int family, int type, int protocol) {
        return ask([&](auto hooks) { return hooks.create(family, type, protocol); });
    }
    /// The hooks, each asked of every policy until one says no. In the kernel: call_int_hook.
    result<> post_create(int family, int type, int protocol) {
        return ask([&](auto hooks) { return hooks.post_create(family, type, protocol); });
    }
    result<> socketpair(const auto& p) { return ask([&](auto hooks) { return hooks.socketpair(p); }); }
    /// In the kernel: security_sk_alloc.
    result<> sk_alloc(const auto& p) { return ask([&](auto hooks) { return hooks.sk_alloc(p); }); }
    result<> bind(const auto& p, const auto& address) { return ask([&](auto hooks) { return hooks.bind(p, address); }); }
    result<> connect(const auto& p, const auto& address) { return ask([&](auto hooks) { return hooks.connect(p, address); }); }
    result<> listen(const auto& p, int backlog) { return ask([&](auto hooks) { return hooks.listen(p, backlog); }); }
    result<> accept(const auto& p) { return ask([&](auto hooks) { return hooks.accept(p); }); }
    result<> sendmsg(const auto& p, std::size_t size) { return ask([&](auto hooks) { return hooks.sendmsg(p, size); }); }
    result<> sendmsg_to(const auto& p, const auto& address, std::size_t size) {
        return ask([&](auto hooks) { return hooks.sendmsg_to(p, address, size); });
    }
    result<> recvmsg(const auto& p, std::size_t size) { return ask([&](auto hooks) { return hooks.recvmsg(p, size); }); }
    result<> getsockname(const auto& p) { return ask([&](auto hooks) { return hooks.getsockname(p); }); }
    result<> getpeername(const auto& p) { return ask([&](auto hooks) { return hooks.getpeername(p); }); }
    result<> setsockopt(const auto& p, int level, int name) { return ask([&](auto hooks) { return hooks.setsockopt(p, level, name); }); }
    result<> getsockopt(const auto& p, int level, int name) { return ask([&](auto hooks) { return hooks.getsockopt(p, level, name); }); }
    result<> shutdown(const auto& p, int how) { return ask([&](auto hooks) { return hooks.shutdown(p, how); }); }
    /// In the kernel: security_sk_free.
    void sk_free(const auto& p) { (security_hooks{std::get<Policies>(policies_)}.sk_free(p), ...); }

private:
    template <class Question>
    result<> ask(Question question) {
        result<> answer;
        static_cast<void>(((answer = question(security_hooks{std::get<Policies>(policies_)})).has_value() && ...));
        return answer;
    }
    std::tuple<Policies...> policies_;
};

}  // namespace weld::inline v0::security
