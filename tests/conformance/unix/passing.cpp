// SPDX-License-Identifier: BSL-1.0
// Descriptors and credentials in messages: unix(7), socketpair(2).
#include "support/worlds.hpp"

#include <dirent.h>

using weld::as_bytes;
using weld::errc;

namespace {
int open_descriptors() {
    int count = 0;
    ::DIR* const folder = ::opendir("/proc/self/fd");
    REQUIRE(folder != nullptr);
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}
struct pipe_ends {
    pipe_ends() {
        int fds[2];
        REQUIRE(::pipe(fds) == 0);
        read = weld::sys::descriptor{fds[0]};
        write = weld::sys::descriptor{fds[1]};
    }
    weld::sys::descriptor read, write;
};
template <class World>
auto pair_of(World& world) {
    auto made = world.net().socketpair(World::protocol);
    REQUIRE(made);
    return std::move(*made);
}
}  // namespace

TEMPLATE_LIST_TEST_CASE("a pair is connected both ways and has no names", "[conformance][unix]", every_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    REQUIRE(near.send(as_bytes("there")).blocking());
    REQUIRE(far.send(as_bytes("back")).blocking());
    CHECK(received(far) == "there");
    CHECK(received(near) == "back");
    CHECK(near.local_address()->is_unnamed());
    CHECK(near.peer_address()->is_unnamed());
}
TEMPLATE_LIST_TEST_CASE("a passed descriptor is the receiver's own", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    const int before = open_descriptors();
    {
        auto [near, far] = pair_of(world);
        {
            pipe_ends pipe;
            REQUIRE(near.send(as_bytes("take it"), weld::rights{pipe.write}).blocking());
            char buffer[16];
            auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::rights<1>>, patience).blocking();
            REQUIRE(got);
            CHECK(got->size == 7);
            auto* const descriptors = got->template get<weld::rights<1>>();
            REQUIRE(descriptors != nullptr);
            REQUIRE(descriptors->size() == 1);
            CHECK((*descriptors)[0].fd() != pipe.write.fd());
            pipe.write.close();
            CHECK(::write((*descriptors)[0].fd(), "!", 1) == 1);
            char through = 0;
            CHECK(::read(pipe.read.fd(), &through, 1) == 1);
            CHECK(through == '!');
        }
    }
    CHECK(open_descriptors() == before);
}
TEMPLATE_LIST_TEST_CASE("several descriptors come in their order, and can be kept", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    pipe_ends pipe;
    REQUIRE(near.send(as_bytes("x"), weld::rights{pipe.read, pipe.write}).blocking());
    weld::sys::descriptor read, write;
    {
        char buffer[16];
        auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::rights<4>>, patience).blocking();
        REQUIRE(got);
        auto& descriptors = *got->template get<weld::rights<4>>();
        REQUIRE(descriptors.size() == 2);
        read = std::move(descriptors[0]);
        write = std::move(descriptors[1]);
    }
    REQUIRE(::write(write.fd(), "!", 1) == 1);
    char through = 0;
    CHECK(::read(read.fd(), &through, 1) == 1);
}
TEMPLATE_LIST_TEST_CASE("descriptors beyond the room for them are an error, and none stays open", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    pipe_ends pipe;
    const int before = open_descriptors();
    REQUIRE(near.send(as_bytes("x"), weld::rights{pipe.read, pipe.write, pipe.read}).blocking());
    REQUIRE(near.send(as_bytes("y"), weld::rights{pipe.read, pipe.write}).blocking());
    char buffer[16];
    for (int i = 0; i < 2; ++i) {
        CHECK(far.recv(weld::as_writable_bytes(buffer), weld::control<weld::rights<1>>, patience).blocking().error() == errc::message_size);
        CHECK(open_descriptors() == before);
    }
}
TEMPLATE_LIST_TEST_CASE("descriptors that nobody asked for do not stay open", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    REQUIRE(far.set(weld::pass_credentials{}));
    pipe_ends pipe;
    const int before = open_descriptors();
    REQUIRE(near.send(as_bytes("a"), weld::rights{pipe.read}).blocking());
    CHECK(received(far) == "a");
    CHECK(open_descriptors() == before);
    REQUIRE(near.send(as_bytes("b"), weld::rights{pipe.read}).blocking());
    char buffer[16];
    static_cast<void>(far.recv(weld::as_writable_bytes(buffer), weld::control<weld::credentials>, patience).blocking());
    CHECK(open_descriptors() == before);
}
TEMPLATE_LIST_TEST_CASE("descriptors that were never received end with the socket", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    pipe_ends pipe;
    {
        auto [near, far] = pair_of(world);
        REQUIRE(near.send(as_bytes("x"), weld::rights{pipe.write}).blocking());
        pipe.write.close();
    }
    char byte = 0;
    CHECK(::read(pipe.read.fd(), &byte, 1) == 0);
}
TEMPLATE_LIST_TEST_CASE("a descriptor that is not open is bad_file_descriptor", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    CHECK(near.send(as_bytes("x"), weld::rights{-1}).blocking().error() == errc::bad_file_descriptor);
    std::byte buffer[1];
    CHECK(far.try_recv(buffer).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("a read ends at descriptors, and what follows is not lost", "[conformance][unix]", every_host_unix_stream_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    auto take = [](auto& from, auto& to) -> weld::task<std::string> {
        std::byte buffer[16];
        static_cast<void>(co_await from.recv(buffer, moment));  // epoll watches from now on
        static_cast<void>(co_await to.send(as_bytes("ab"), weld::rights{0}));
        static_cast<void>(co_await to.send(as_bytes("cd")));
        std::string all;
        while (all.size() < 4) {
            const auto got = co_await from.recv(buffer, patience);
            if (!got || *got == 0) co_return message(got.error());
            all.append(reinterpret_cast<const char*>(buffer), *got);
        }
        co_return all;
    };
    CHECK(world.run(take(far, near)) == "abcd");
}
TEMPLATE_LIST_TEST_CASE("a passed socket can be adopted", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    auto [one, other] = pair_of(world);
    REQUIRE(near.send(as_bytes("x"), weld::rights{one.native().fd}).blocking());
    one.close();
    char buffer[16];
    auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::rights<1>>, patience).blocking();
    REQUIRE(got);
    auto adopted = weld::host::adopt(world.net(), TestType::protocol, std::move((*got->template get<weld::rights<1>>())[0]));
    REQUIRE(adopted);
    REQUIRE(adopted->send(as_bytes("from afar")).blocking());
    CHECK(received(other) == "from afar");

    auto wrong = weld::host::adopt(world.net(), weld::tcp, weld::sys::descriptor{::dup(other.native().fd)});
    CHECK(wrong.error() == errc::wrong_protocol_type);
}
TEMPLATE_LIST_TEST_CASE("a pair knows who made it", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    const auto maker = near.template get<weld::peer_credentials>();
    REQUIRE(maker);
    CHECK(*maker == weld::process_credentials{::getpid(), ::getuid(), ::getgid()});
}
TEMPLATE_LIST_TEST_CASE("messages tell who sent them where the receiver wants it", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    REQUIRE(far.set(weld::pass_credentials{}));
    REQUIRE(near.send(as_bytes("x")).blocking());
    char buffer[16];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::credentials>, patience).blocking();
    REQUIRE(got);
    REQUIRE(got->template get<weld::credentials>() != nullptr);
    CHECK(*got->template get<weld::credentials>() == weld::process_credentials{::getpid(), ::getuid(), ::getgid()});
}
TEMPLATE_LIST_TEST_CASE("an unprivileged sender cannot claim to be another process", "[conformance][unix]", every_host_unix_world) {
    if (::geteuid() == 0) SKIP("root may claim to be anybody");
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    CHECK(near.send(as_bytes("x"), weld::credentials{{1, 0, 0}}).blocking().error() == errc::operation_not_permitted);
}
TEMPLATE_LIST_TEST_CASE("without pass_credentials nobody is told", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    auto [near, far] = pair_of(world);
    REQUIRE(near.send(as_bytes("x")).blocking());
    char buffer[16];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::credentials>, patience).blocking();
    REQUIRE(got);
    CHECK(got->template get<weld::credentials>() == nullptr);
}
