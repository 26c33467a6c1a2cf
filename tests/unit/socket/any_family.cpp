// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/any_family.hpp>

#include <weld/host/inet.hpp>
#include <weld/posix.hpp>
#include <weld/socket/create.hpp>

#include <sys/socket.h>

#include <cstdlib>
#include <string>

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

TEST_CASE("a family comes from a shared library by its number", "[any_family]") {
    const std::string here = __FILE__, tests = here.substr(0, here.rfind("/unit/"));
    char folder[] = "/tmp/weld-families-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    const std::string built = std::string{folder} + "/net-pf-30.so";
    const char* const compiler = std::getenv("CXX") != nullptr ? std::getenv("CXX") : "c++";
    const std::string command = std::string{compiler} + " -std=c++20 -shared -fPIC -I" + tests + "/../include -x c++ " + tests +
                                "/support/loadable/net-pf-30.cc -o " + built + " 2>/dev/null";
    const bool compiled = std::system(command.c_str()) == 0;
    if (!compiled) {
        static_cast<void>(std::system((std::string{"rm -r "} + folder).c_str()));
        SKIP("no compiler here to build a shared library with");
    }
    weld::net net{weld::host::inet{}, weld::any_family{folder}};
    CHECK(net.socket(29, SOCK_DGRAM, 0).error() == errc::address_family_not_supported);
    {
        auto socket = net.socket(30, SOCK_DGRAM, 0);
        REQUIRE(socket);
        CHECK(socket->try_send(support::bytes_of("loaded")) == 6u);
        std::byte buffer[16];
        CHECK(socket->try_recv(buffer) == 6u);
        CHECK(net.part<weld::any_family>().remove(30).error() == errc::device_or_resource_busy);
    }
    CHECK(net.part<weld::any_family>().remove(30));
    CHECK(net.socket(30, SOCK_DGRAM, 0));  // it is loaded again
    static_cast<void>(std::system((std::string{"rm -r "} + folder).c_str()));
}
