// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/loadable_family.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>

#include <dlfcn.h>

namespace weld::inline v0 {

/// What the run-time path calls a family that any_family holds: any number, any type.
struct loaded_description {
    static constexpr const char* name = "loaded";
    static constexpr int family = -1, type = -1, number = -1;
    static constexpr bool is_stream = false, connects = true, listens = true, addressed = true, pairs = true;
    using address = raw_sockaddr;
};
inline constexpr loaded_description loaded{};

/// Each call goes through a loadable_socket's table: the dynamic door, and its price (benchmarks/dispatch).
struct loaded_ops {
    using sock = loadable_socket;
    static constexpr bool takes_raw_sockaddr = true;

    template <class Net>
    static result<sock*> create(Net&, loaded_description, int) { return errc::address_family_not_supported; }
    /// socket(2), and socketpair(2), of a family that came at run time.
    template <class Net>
    static result<sock*> create_by_numbers(Net& net, int family, int type, int protocol) {
        return net.template part_for<loaded>().create(net, family, type, protocol);
    }
    template <class Net>
    static result<> create_pair_by_numbers(Net& net, int family, int type, int protocol, sock* (&made)[2]) {
        return net.template part_for<loaded>().create_pair(net, family, type, protocol, made);
    }
    template <class Net>
    static void release(Net& net, sock& sk) noexcept { net.template part_for<loaded>().release(sk); }
    static result<> bind(auto&, sock& sk, const raw_sockaddr& local) { return sk.bind(local); }
    static result<> connect(auto&, sock& sk, const raw_sockaddr& to) { return sk.connect(to); }
    static result<> listen(auto&, sock& sk, int backlog) { return sk.listen(backlog); }
    template <class Net>
    static result<sock*> accept(Net&, sock& sk) {
        const auto made = sk.accept();
        if (made) (*made)->owner = sk.owner, ++sk.owner->references;
        return made;
    }
    static result<> shutdown(auto&, sock& sk, shutdown_type how) { return sk.shutdown(how); }
    static result<std::size_t> send_message(auto&, sock& sk, const any_outgoing& message, message_flags flags) { return sk.send(message, flags); }
    static result<std::size_t> recv_message(auto&, sock& sk, any_incoming& message, message_flags flags) { return sk.recv(message, flags); }
    static result<std::size_t> send(auto&, sock& sk, const_bytes data, message_flags flags) {
        return sk.send(any_outgoing{.pieces = {&data, 1}}, flags);
    }
    static result<std::size_t> recv(auto&, sock& sk, mutable_bytes buffer, message_flags flags) {
        any_incoming message{.pieces = {&buffer, 1}};
        return sk.recv(message, flags);
    }
    static result<> set_option(auto&, sock& sk, int level, int name, const_bytes value) { return sk.set_option(level, name, value); }
    static result<std::size_t> get_option(auto&, sock& sk, int level, int name, mutable_bytes value) { return sk.get_option(level, name, value); }
    template <class Address>
    static result<Address> local_address(auto&, sock& sk) { return answer(sk.local_address()); }
    template <class Address>
    static result<Address> peer_address(auto&, sock& sk) { return answer(sk.peer_address()); }
    static events poll(auto&, sock& sk) { return sk.poll(); }
    static bool is_ready(auto&, sock& sk, events what) { return any(sk.poll() & (what | events::always)); }
    static result<> wait(auto& net, sock& sk, wait_entry& entry) {
        if (is_ready(net, sk, entry.interest())) net.runnable().push(entry);
        else sk.waiters.add(entry);
        return {};
    }
    static time_point clock(auto& net) { return net.now(); }
    static result<> wait_here(auto& net, sock& sk, events what, time_point until) {
        timer limit{[](runnable&) {}};
        net.timers().arm(limit, until);
        while (!is_ready(net, sk, what)) {
            if (!limit.armed() && until != time_point::never()) return errc::timed_out;
            net.step();
        }
        return {};
    }

private:
    static result<raw_sockaddr> answer(const result<generic_address>& from) {
        if (!from) return from.error();
        return raw_sockaddr{*from};
    }
};

/// Families that are chosen at run time: objects that the program adds, and shared libraries `net-pf-N.so` that are
/// loaded from a directory when somebody first asks for family N. A family cannot go while one of its sockets lives.
///
///     weld::net net{weld::host::inet{}, weld::any_family{"/usr/lib/weld"}};
///     net.part<weld::any_family>().add(mine);
///     auto socket = net.socket(30, SOCK_DGRAM, 0);
///
/// In the kernel: request_module("net-pf-%d"), sock_register, sock_unregister, try_module_get, module_put.
class any_family {
public:
    using role = role::family;
    using protosw = protosw_table<entry<loaded, loaded_ops>>;
    static constexpr std::size_t capacity = 16;

    any_family() noexcept = default;
    /// Pre: the characters outlive the net.
    explicit any_family(const char* directory) noexcept : directory_{directory} {}

    /// The object outlives its removal, or the net. Errors: file_exists (the number is taken), no_buffer_space.
    /// In the kernel: sock_register.
    result<> add(loadable_family& family) noexcept { return add(family, nullptr); }
    /// Errors: device_or_resource_busy (a socket of it lives), no_such_file_or_directory. In the kernel: sock_unregister.
    result<> remove(int number) noexcept {
        family_module* const at = find(number);
        if (at == nullptr) return errc::no_such_file_or_directory;
        if (at->references != 0) return errc::device_or_resource_busy;
        at->family = nullptr;
        if (void* const library = std::exchange(at->library, nullptr)) ::dlclose(library);
        return {};
    }
    /// How many sockets of a family live.
    unsigned sockets_of(int number) noexcept { return find(number) == nullptr ? 0 : find(number)->references; }
    std::size_t socks_in_use() const noexcept {
        std::size_t sum = 0;
        for (const family_module& each : modules_) sum += each.references;
        return sum;
    }
    template <class Net>
    void stop(Net&) noexcept {
        for (family_module& each : modules_) {
            if (each.references != 0) continue;  // a socket that outlives its net: its code stays
            each.family = nullptr;
            if (void* const library = std::exchange(each.library, nullptr)) ::dlclose(library);
        }
    }

    /// Whether a family is there, after an attempt to load it. In the kernel: request_module.
    bool request(int number) noexcept {
        if (find(number) != nullptr) return true;
        if (directory_ == nullptr) return false;
        text_buffer<256> path;
        const text folder{directory_};
        if (folder.size() > 200) return false;
        path.append(folder).append("/net-pf-").append_decimal(static_cast<std::uint32_t>(number)).append(".so");
        char zero_terminated[257]{};
        copy(as_writable_bytes(zero_terminated), as_bytes(text{path}));
        void* const library = ::dlopen(zero_terminated, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) return false;
        const auto entry = reinterpret_cast<loadable_family* (*)(int)>(::dlsym(library, "weld_family"));
        loadable_family* const family = entry == nullptr ? nullptr : entry(loadable_family::version);
        if (family != nullptr && family->number() == number && add(*family, library)) return true;
        ::dlclose(library);
        return false;
    }
    template <class Net>
    result<loadable_socket*> create(Net& net, int number, int type, int protocol) {
        family_module* const at = find(number);
        if (at == nullptr) return errc::address_family_not_supported;
        ++at->references;  // it stays while its create runs
        const auto made = at->family->create({&net.runnable(), &net.timers()}, type, protocol);
        if (made) (*made)->owner = at;
        else --at->references;
        return made;
    }
    template <class Net>
    result<> create_pair(Net& net, int number, int type, int protocol, loadable_socket* (&made)[2]) {
        family_module* const at = find(number);
        if (at == nullptr) return errc::address_family_not_supported;
        at->references += 2;
        const result<> done = at->family->create_pair({&net.runnable(), &net.timers()}, type, protocol, made);
        if (done) made[0]->owner = made[1]->owner = at;
        else at->references -= 2;
        return done;
    }
    void release(loadable_socket& sk) noexcept {
        family_module* const owner = sk.owner;
        delete &sk;
        --owner->references;
    }

private:
    family_module* find(int number) noexcept {
        for (family_module& each : modules_)
            if (each.family != nullptr && each.family->number() == number) return &each;
        return nullptr;
    }
    result<> add(loadable_family& family, void* library) noexcept {
        if (find(family.number()) != nullptr) return errc::file_exists;
        for (family_module& each : modules_)
            if (each.family == nullptr) {
                each = {&family, library, 0};
                return {};
            }
        return errc::no_buffer_space;
    }

    const char* directory_ = nullptr;
    family_module modules_[capacity];
};

}  // namespace weld::inline v0
