// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/datagram_batch.hpp>

#include <weld/host/all.hpp>
#include <weld/socket/control/ip.hpp>
#include <weld/socket/control/socket_level.hpp>
#include <weld/socket/control/udp.hpp>
#include <weld/socket/control/unix.hpp>
#include <weld/socket/options.hpp>
#include <weld/sys/faulty.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/when_all.hpp>

#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/host_net.hpp"

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace {

using weld::as_bytes;
using weld::as_text;
using weld::errc;
using number = weld::sys::number;

template <class Message>
::mmsghdr header_of(const Message& message) {
    static_assert(sizeof(Message) == sizeof(::mmsghdr) && alignof(Message) == alignof(::mmsghdr));
    ::mmsghdr header;
    std::memcpy(&header, static_cast<const void*>(&message), sizeof header);
    return header;
}
template <class Net>
auto bound(Net& net) {
    auto made = net.socket(weld::udp);
    REQUIRE(made);
    REQUIRE(made->bind({weld::address4::loopback(), 0}));
    return std::move(*made);
}

/// The default faults, of these calls alone.
struct faults_of_batches {
    static constexpr weld::sys::fault_odds of(number call) noexcept {
        return call == number::recvmmsg || call == number::sendmmsg ? weld::sys::default_faults::of(call) : weld::sys::fault_odds{};
    }
};

using small = weld::datagram_batch<weld::endpoint4, 4, 16>;
using with_items = weld::datagram_batch<weld::endpoint4, 2, 16, weld::ip_ttl, weld::timestamp>;

// A batch is what its buffers and descriptions take: 64 bytes of header, an iovec, a name and the buffer.
static_assert(sizeof(weld::datagram_batch<weld::endpoint4, 64, 2048>) <= 64 * (64 + 64 + 2048) + 16);
static_assert(!std::is_copy_constructible_v<small> && !std::is_move_constructible_v<small>);
static_assert(weld::detail::travels_in_batches<weld::timestamp> && weld::detail::travels_in_batches<weld::packet_info>);
static_assert(!weld::detail::travels_in_batches<weld::rights<1>> && !weld::detail::travels_in_batches<weld::extended_error>);

}  // namespace

TEST_CASE("a message lies in memory as the kernel's mmsghdr does", "[batch]") {
    with_items batch;
    auto& message = batch[1];
    message.assign(as_bytes("abc"));
    message.set_address({weld::address4::loopback(), 7});
    message.attach(weld::ip_ttl{3});
    message.point_at_data();
    ::mmsghdr header = header_of(message);
    CHECK(header.msg_len == 3);
    CHECK(header.msg_hdr.msg_iovlen == 1);
    CHECK(header.msg_hdr.msg_iov->iov_base == message.buffer().data());
    CHECK(header.msg_hdr.msg_iov->iov_len == 3);
    CHECK(header.msg_hdr.msg_namelen == sizeof(::sockaddr_in));
    ::sockaddr_in name;
    std::memcpy(&name, header.msg_hdr.msg_name, sizeof name);
    CHECK(name.sin_family == AF_INET);
    CHECK(name.sin_port == __builtin_bswap16(7));
    CHECK(header.msg_hdr.msg_controllen == CMSG_SPACE(sizeof(int)));
    const ::cmsghdr* const item = CMSG_FIRSTHDR(&header.msg_hdr);
    REQUIRE(item != nullptr);
    CHECK(item->cmsg_level == IPPROTO_IP);
    CHECK(item->cmsg_len == CMSG_LEN(sizeof(int)));
    CHECK(CMSG_NXTHDR(&header.msg_hdr, const_cast<::cmsghdr*>(item)) == nullptr);

    message.clear_address();
    CHECK(header_of(message).msg_hdr.msg_namelen == 0);
    batch.take_back();
    header = header_of(message);
    CHECK(header.msg_hdr.msg_iov->iov_len == 16);
    CHECK(header.msg_hdr.msg_namelen == sizeof(::sockaddr_in));
    CHECK(header.msg_hdr.msg_controllen == CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(::timespec)));
    message.add_flags(static_cast<weld::message_flags>(MSG_TRUNC | MSG_CTRUNC));
    CHECK(header_of(message).msg_hdr.msg_flags == (MSG_TRUNC | MSG_CTRUNC));
    CHECK(message.truncated());
    CHECK(message.control_truncated());
}
TEST_CASE("what a batch lends is empty unless it was received", "[batch]") {
    small batch;
    CHECK(batch.size() == 4);
    CHECK(small::message::capacity() == 16);
    batch[3].assign(as_bytes("old"));
    CHECK(batch.take_back().size() == 4);
    CHECK(batch.lend(0).empty());
    CHECK(batch[3].size() == 0);
    CHECK_FALSE(batch[3].has_address());
    CHECK(batch[3].address() == weld::endpoint4{});
}
TEST_CASE("an address of another family, or cut short, is none", "[batch]") {
    weld::datagram_batch<weld::unix_address, 1, 4> batch;
    auto& message = batch[0];
    message.set_address(*weld::unix_address::parse("@name"));
    CHECK(message.address() == *weld::unix_address::parse("@name"));
    message.set_address({});  // unnamed: one cannot send to it
    CHECK_FALSE(message.has_address());
    CHECK(message.address().is_unnamed());
}
TEST_CASE("items that were cut short, or are none, do not come", "[batch]") {
    with_items batch;
    auto& message = batch[0];
    std::byte bytes[48];
    std::byte* end = weld::detail::put_control(bytes, weld::ip_ttl{5});
    CHECK(end - bytes == CMSG_SPACE(sizeof(int)));
    for (const std::size_t length : {std::size_t{0}, sizeof(::cmsghdr) - 1, std::size_t{25}, static_cast<std::size_t>(-1)}) {
        const weld::detail::control_header head{length, weld::levels::ip, weld::ip_ttl::type};
        std::memcpy(bytes, &head, sizeof head);
        bool seen = false;
        weld::detail::visit_control({bytes, 24}, [&](const auto&, weld::const_bytes) { return seen = true; });
        CHECK_FALSE(seen);
    }
    const weld::detail::control_header short_one{sizeof(::cmsghdr) + 1, weld::levels::ip, weld::ip_tos::type};
    std::memcpy(bytes, &short_one, sizeof short_one);
    bytes[16] = std::byte{0x20};
    bytes[17] = std::byte{0xff};
    std::size_t size = 0;
    int tos = 0;
    weld::detail::visit_control({bytes, 24}, [&](const auto&, weld::const_bytes data) {
        size = data.size();
        tos = weld::detail::value_from<weld::ip_tos>(data);
        return false;
    });
    CHECK(size == 1);
    CHECK(tos == 0x20);
    CHECK(message.get<weld::ip_ttl>().error() == errc::no_message);
}
TEST_CASE("a batch goes and comes by one system call each, and none fails", "[batch]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto near = bound(net), far = bound(net);
    small out, in;
    for (auto& message : out.first(4)) {
        message.assign(as_bytes("abcd"));
        message.set_address(*far.local_address());
    }
    calls.clear();
    for (int round = 0; round < 3; ++round) {
        REQUIRE(near.try_send_many(out.first(4)) == 4u);
        const auto got = far.try_recv_many(in);
        REQUIRE(got);
        REQUIRE(got->size() == 4);
        REQUIRE(far.try_send_many(*got) == 4u);
        REQUIRE(near.try_recv_many(out));
        for (auto& message : out.first(4)) message.set_address(*far.local_address());
    }
    CHECK(calls.of(number::sendmmsg) == 6);
    CHECK(calls.of(number::recvmmsg) == 6);
    CHECK(calls.all_failed() == 0);
}
TEST_CASE("a batch that comes back short has emptied the socket: the next receive waits without a call", "[batch]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto near = bound(net), far = bound(net);
    small in;
    const auto to = *far.local_address();
    const auto count = weld::block_on(net, [](auto& from, auto& socket, auto& batch, auto peer, auto& made) -> weld::task<std::size_t> {
        static_cast<void>(from.try_send_to(as_bytes("a"), peer));
        static_cast<void>(co_await socket.recv_many(batch));  // registers
        static_cast<void>(from.try_send_to(as_bytes("b"), peer));
        made.clear();
        const auto got = co_await socket.recv_many(batch);
        const auto none = co_await socket.recv_many(batch, weld::duration::milliseconds(5));
        co_return got && !none ? got->size() : 0;
    }(near, far, in, to, calls));
    CHECK(count == 1);
    CHECK(calls.of(number::recvmmsg) == 1);
    CHECK(calls.all_failed() == 0);
}
TEST_CASE("a batch that fails tells why", "[batch]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto far = bound(net);
    small batch;
    calls.refused[number::recvmmsg] = static_cast<int>(errc::not_enough_memory);
    CHECK(far.try_recv_many(batch).error() == errc::not_enough_memory);
    calls.refused[number::sendmmsg] = static_cast<int>(errc::no_buffer_space);
    CHECK(far.try_send_many(batch.first(1)).error() == errc::no_buffer_space);
}
TEST_CASE("batches that are interrupted, put off and cut short lose nothing and keep the order", "[batch]") {
    std::uint64_t cut = 0, put_off = 0, interrupted = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        weld::sys::faulty<faults_of_batches> faults{seed};
        weld::net net{weld::host::inet{}, faults};
        auto near = bound(net), far = bound(net);
        REQUIRE(near.connect(*far.local_address()).blocking());
        using batch = weld::datagram_batch<weld::endpoint4, 16, 16>;
        constexpr auto send_whole = [](auto& socket, auto rest) -> weld::task<std::size_t> {
            std::size_t failures = 0;
            while (!rest.empty() && failures < 1000) {
                const auto sent = co_await socket.send_many(rest);
                if (!sent) ++failures;
                rest = rest.subspan(sent.value_or(0));
            }
            co_return rest.size();
        };
        constexpr auto echo = [](auto& socket, auto send, std::size_t count) -> weld::task<std::size_t> {
            batch messages;
            std::size_t seen = 0;
            while (seen < count) {
                const auto got = co_await socket.recv_many(messages, weld::duration::seconds(10));
                if (!got) co_return seen;
                seen += got->size();
                const std::size_t left = co_await send(socket, *got);
                if (left != 0) co_return seen;
            }
            co_return seen;
        };
        constexpr auto ask = [](auto& socket, auto send, std::size_t count) -> weld::task<std::size_t> {
            batch out, in;
            std::size_t asked = 0, answered = 0;
            while (asked < count) {
                for (auto& message : out.first(16)) message.assign(as_bytes(weld::text{"0123456789abcdef"}.substr(asked++ % 16)));
                const std::size_t left = co_await send(socket, out.first(16));
                if (left != 0) co_return std::size_t{0};
                while (answered < asked) {
                    const auto got = co_await socket.recv_many(in, weld::duration::seconds(10));
                    if (!got) co_return answered;
                    for (const auto& message : *got)
                        if (message.size() != 16 - answered++ % 16) co_return std::size_t{0};
                }
            }
            co_return answered;
        };
        constexpr std::size_t count = 320;
        const auto [echoed, answered] = weld::block_on(net, weld::when_all(echo(far, send_whole, count), ask(near, send_whole, count)));
        CHECK(echoed == count);
        CHECK(answered == count);
        cut += faults.injected().partial, put_off += faults.injected().try_again, interrupted += faults.injected().interrupted;
    }
    CHECK(cut > 100);
    CHECK(put_off > 20);
    CHECK(interrupted > 5);
}
TEST_CASE("GSO: one call, many datagrams", "[batch]") {
    support::host_net net{weld::host::inet{}};
    auto near = bound(net), far = bound(net);
    static weld::datagram_batch<weld::endpoint4, 2, 4000, weld::merged_size, weld::segment_size> batch;
    batch[0].resize(3500);
    batch[0].set_address(*far.local_address());
    batch[0].attach(weld::segment_size{1000});
    const auto sent = near.try_send_many(batch.first(1));
    if (sent.error() == errc::invalid_argument || sent.error() == errc::io_error) SKIP("this kernel does not segment UDP");
    REQUIRE(sent == 1u);
    weld::datagram_batch<weld::endpoint4, 8, 2000> pieces;
    const auto got = far.try_recv_many(pieces);
    REQUIRE(got);
    REQUIRE(got->size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK((*got)[i].size() == (i < 3 ? 1000u : 500u));
}
