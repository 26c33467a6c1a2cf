// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/any_family.hpp>

#include <weld/host/inet.hpp>
#include <weld/posix.hpp>
#include <weld/socket/create.hpp>

#include <sys/socket.h>

#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/loadable/looped.hpp"

using weld::errc;

TEST_CASE("a family that is added at run time makes sockets, and cannot go while one lives", "[any_family]") {
    weld::net net{weld::host::inet{}, weld::any_family{}};
    auto& families = net.part<weld::any_family>();
    support::looped mine{30};
    CHECK(net.socket(30, SOCK_DGRAM, 0).error() == errc::address_family_not_supported);
    CHECK(families.add(mine));
    CHECK(families.add(mine).error() == errc::file_exists);
    CHECK(net.socket(30, SOCK_STREAM, 0).error() == errc::socket_type_not_supported);
    CHECK(net.socket(30, SOCK_DGRAM, 9).error() == errc::protocol_not_supported);
    CHECK(families.sockets_of(30) == 0);
    {
        auto socket = net.socket(30, SOCK_DGRAM, 0);
        REQUIRE(socket);
        CHECK(families.remove(30).error() == errc::device_or_resource_busy);
        CHECK(socket->bind(weld::endpoint4{}).error() == errc::operation_not_supported);
        CHECK(socket->listen(1).error() == errc::operation_not_supported);
        CHECK(socket->try_send(support::bytes_of("comes back")) == 10u);
        std::byte buffer[16];
        CHECK(socket->recv(buffer).blocking() == 10u);
        CHECK(net.stats().socks == 1);
    }
    CHECK(net.socketpair(30, SOCK_DGRAM, 0).error() == errc::operation_not_supported);
    CHECK(families.sockets_of(30) == 0);
    CHECK(families.remove(30));
    CHECK(families.remove(30).error() == errc::no_such_file_or_directory);
    CHECK(net.socket(30, SOCK_DGRAM, 0).error() == errc::address_family_not_supported);
    CHECK(net.socket(AF_INET, SOCK_STREAM, 0));  // what is listed is as before
}

TEST_CASE("a loaded family is one of the facade's, too", "[any_family][posix]") {
    weld::net net{weld::host::inet{}, weld::any_family{}};
    support::looped mine{31};
    CHECK(net.part<weld::any_family>().add(mine));
    {
        weld::posix::process os{net};
        const int fd = os.socket(31, SOCK_DGRAM, 0);
        const int epoll = os.epoll_create1(0);
        epoll_event event{EPOLLIN, {}};
        CHECK(os.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
        CHECK(os.epoll_wait(epoll, &event, 1, 0) == 0);
        CHECK(os.write(fd, "four", 4) == 4);
        CHECK(os.epoll_wait(epoll, &event, 1, 1000) == 1);
        char buffer[8];
        CHECK(os.read(fd, buffer, 8) == 4);
        CHECK(os.listen(fd, 1) == -1);
        CHECK(errno == EOPNOTSUPP);
    }
    CHECK(net.stats() == weld::net_stats{});
}

TEST_CASE("a family comes from a shared library by its number, and stays while a socket of it lives", "[any_family]") {
    weld::net net{weld::host::inet{}, weld::any_family{WELD_LOADABLE}};
    auto& families = net.part<weld::any_family>();
    CHECK(families.remove(30).error() == errc::no_such_file_or_directory);
    {
        auto socket = net.socket(30, SOCK_DGRAM, 0);
        REQUIRE(socket);
        CHECK(socket->try_send(support::bytes_of("loaded")) == 6u);
        std::byte buffer[16];
        CHECK(socket->try_recv(buffer) == 6u);
        auto second = net.socket(30, SOCK_DGRAM, 0);
        REQUIRE(second);
        CHECK(families.sockets_of(30) == 2);
        CHECK(families.remove(30).error() == errc::device_or_resource_busy);
        second->close();
        CHECK(families.remove(30).error() == errc::device_or_resource_busy);
        CHECK(socket->try_send(support::bytes_of("its code is there")) == 17u);
    }
    CHECK(families.sockets_of(30) == 0);
    CHECK(families.remove(30));
    CHECK(net.socket(30, SOCK_DGRAM, 0));  // it is loaded again
}

TEST_CASE("what is no family, or another, or for another version, is not loaded", "[any_family]") {
    weld::net net{weld::host::inet{}, weld::any_family{WELD_LOADABLE}};
    for (const int number : {26, 27, 28, 29}) {  // the last has no file
        CAPTURE(number);
        CHECK(net.socket(number, SOCK_DGRAM, 0).error() == errc::address_family_not_supported);
        CHECK(net.part<weld::any_family>().sockets_of(number) == 0);
    }
    CHECK(net.part<weld::any_family>().sockets_of(30) == 0);
    weld::net elsewhere{weld::host::inet{}, weld::any_family{"/nowhere/at/all"}};
    CHECK(elsewhere.socket(30, SOCK_DGRAM, 0).error() == errc::address_family_not_supported);
}

TEST_CASE("a family of a shared library through the facade", "[any_family][posix]") {
    weld::net net{weld::host::inet{}, weld::any_family{WELD_LOADABLE}};
    {
        weld::posix::process os{net};
        const int fd = os.socket(30, SOCK_DGRAM, 0);
        REQUIRE(fd == 0);
        CHECK(net.part<weld::any_family>().remove(30).error() == errc::device_or_resource_busy);
        CHECK(os.write(fd, "four", 4) == 4);
        char buffer[8];
        CHECK(os.read(fd, buffer, 8) == 4);
        CHECK(os.socket(29, SOCK_DGRAM, 0) == -1);
        CHECK(errno == EAFNOSUPPORT);
    }
    CHECK(net.part<weld::any_family>().remove(30));
    CHECK(net.stats() == weld::net_stats{});
}
