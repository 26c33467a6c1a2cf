// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/any_socket.hpp>
#include <weld/socket/create_rules.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/socket.hpp>

namespace weld::inline v0 {

namespace detail {

/// What socket(2) takes beside the type. Source: SOCK_TYPE_MASK, linux/net.h.
inline constexpr int type_mask = 0xf, type_flags = 02004000;  // SOCK_CLOEXEC | SOCK_NONBLOCK

/// A socket's making; each step that fails undoes those before it. In the kernel: __sock_create, net/socket.c.
template <class Net>
class creation {
public:
    creation(Net& net, bool kernel_owned) noexcept : net_{net}, kernel_owned_{kernel_owned} {}

    result<any_socket<Net>> one(int family, int type, int protocol) {
        const auto crossing = cross(net_, layer::entry, "creation::one", "__sock_create", family, type, protocol);
        if (const result<> asked = check(family, type, protocol); !asked) return asked.error();
        auto made = any_socket<Net>::allocate(net_);
        if (!made) return made;
        const auto line = find_line(family, type, protocol);
        if (!line) return line.error();
        describe(made->native(), family, type, *line);
        if (const result<> created = create(made->native(), line->number); !created) return created.error();
        if (const result<> kept = asked([&](auto hooks) { return hooks.post_create(family, type, protocol); }); !kept) return kept.error();
        return made;
    }

    /// In the kernel: __sys_socketpair, which makes both and then connects them; so do the host and unix_ at once here.
    result<std::pair<any_socket<Net>, any_socket<Net>>> two(int family, int type, int protocol) {
        const auto crossing = cross(net_, layer::entry, "creation::two", "__sock_create, twice", family, type, protocol);
        if (const result<> asked = check(family, type, protocol); !asked) return asked.error();
        auto first = any_socket<Net>::allocate(net_);
        if (!first) return first.error();
        auto second = any_socket<Net>::allocate(net_);
        if (!second) return second.error();
        const auto line = find_line(family, type, protocol);
        if (!line) return line.error();
        describe(first->native(), family, type, *line);
        describe(second->native(), family, type, *line);
        if (const result<> created = create_pair(first->native(), second->native(), line->number); !created) return created.error();
        if (const result<> kept = asked([&](auto hooks) { return hooks.post_create(family, type, protocol); }); !kept) return kept.error();
        return std::pair<any_socket<Net>, any_socket<Net>>{std::move(*first), std::move(*second)};
    }

private:
    /// The checks that come before anything is made, in their order; they may change the family.
    result<> check(int& family, int type, int protocol) {
        if (const result<> possible = create_rules::check_range(family, type); !possible) return possible;
        if (create_rules::is_obsolete(family, type)) {
            create_rules::warn_once();
            family = create_rules::af_packet;
        }
        const auto crossing = cross(net_, layer::security, "security().create", "security_socket_create", family, type, protocol);
        return crossing.leave(asked([&](auto hooks) { return hooks.create(family, type, protocol); }));
    }
    template <class Hook>
    result<> asked(Hook hook) {
        if (kernel_owned_) return {};
        return hook(net_.security());
    }
    /// What is listed, or what a part can fetch now. In the kernel: net_families[family], and request_module.
    result<create_rules::line> find_line(int family, int type, int protocol) {
        const auto found = create_rules::find({served_protocols<Net>::lines, served_protocols<Net>::size}, family, type, protocol);
        if (found.error() != errc::address_family_not_supported) return found;
        unsigned index = 0, requested = 0;
        bool fetched = false;
        net_.for_each_part([&]<class Part>(Part& part) {
            if constexpr (requires { part.request(family); })
                if (!fetched && part.request(family)) {
                    fetched = true;
                    requested = index;
                }
            index += static_cast<unsigned>(protocols_of_part<Part>::type::size);
        });
        if (!fetched) return found;
        return create_rules::line{requested, protocol, protocol};
    }
    void describe(socket_node& node, int family, int type, const create_rules::line& at) noexcept {
        node.line = at.index;
        node.kernel_owned = kernel_owned_;
        node.family = family;
        node.type = create_rules::effective_type(family, type);
        node.protocol = at.protocol;
        node.state = socket_state::unconnected;
    }
    /// In the kernel: pf->create, as inet_create.
    result<> create(socket_node& node, int number) {
        const auto crossing = cross(net_, layer::proto_ops, "find_line", "net_families[family], inetsw[type]", node.line);
        return with_ops(node.line, [&]<auto Protocol, class Ops>() -> result<> {
            const auto made = [&] {
                if constexpr (requires { Ops::create_by_numbers(net_, node.family, node.type, number); })
                    return Ops::create_by_numbers(net_, node.family, node.type, number);
                else return Ops::create(net_, Protocol, number);
            }();
            if (made) node.sk = *made;
            return made.error();
        });
    }
    result<> create_pair(socket_node& first, socket_node& second, int number) {
        const auto crossing = cross(net_, layer::proto_ops, "create_pair", "sock1->ops->socketpair", first.line);
        const result<> done = with_ops(first.line, [&]<auto Protocol, class Ops>() -> result<> {
            if constexpr (pairing_description<std::remove_const_t<decltype(Protocol)>>) {
                typename Ops::sock* made[2]{};
                const result<> paired = [&] {
                    if constexpr (requires { Ops::create_pair_by_numbers(net_, first.family, first.type, number, made); })
                        return Ops::create_pair_by_numbers(net_, first.family, first.type, number, made);
                    else return Ops::create_pair(net_, Protocol, number, made);
                }();
                first.sk = made[0];
                second.sk = made[1];
                return paired;
            } else return errc::operation_not_supported;
        });
        if (!done) first.sk = second.sk = nullptr;
        else first.state = second.state = socket_state::connected;
        return done;
    }
    template <class Visitor>
    result<> with_ops(unsigned line, Visitor&& visitor) {
        const auto chosen = [&]<auto Protocol>() -> result<> {
            using kernels = kernel_owned<std::remove_const_t<decltype(Protocol)>>;
            if (kernel_owned_) return visitor.template operator()<Protocol, typename Net::template ops<kernels{}>>();
            return visitor.template operator()<Protocol, typename Net::template ops<Protocol>>();
        };
        return served_protocols<Net>::template with<result<>>(line, chosen);
    }

    Net& net_;
    bool kernel_owned_;
};

}  // namespace detail

/// Errors: invalid_argument (flags or a type that do not exist), address_family_not_supported (out of range, or listed
/// by no part), socket_type_not_supported, protocol_not_supported, too_many_files_open_in_system (no memory for the
/// socket), those of the security policy and of the protocol's own create. In the kernel: sys_socket.
template <detail::part... Parts>
auto net<Parts...>::socket(int family, int type, int number) -> result<any_socket<net>> {
    if ((type & ~detail::type_mask & ~detail::type_flags) != 0) return errc::invalid_argument;
    return detail::creation<net>{*this, false}.one(family, type & detail::type_mask, number);
}
template <detail::part... Parts>
auto net<Parts...>::kernel_socket(int family, int type, int number) -> result<any_socket<net>> {
    return detail::creation<net>{*this, true}.one(family, type, number);
}
/// Errors: those of socket, and operation_not_supported (a family without pairs, as inet). In the kernel: sys_socketpair.
template <detail::part... Parts>
auto net<Parts...>::socketpair(int family, int type, int number) -> result<std::pair<any_socket<net>, any_socket<net>>> {
    if ((type & ~detail::type_mask & ~detail::type_flags) != 0) return errc::invalid_argument;
    return detail::creation<net>{*this, false}.two(family, type & detail::type_mask, number);
}

}  // namespace weld::inline v0
