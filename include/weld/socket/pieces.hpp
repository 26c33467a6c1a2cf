// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/socket/message.hpp>

#include <concepts>
#include <cstddef>

namespace weld::inline v0 {

/// Several buffers that one call fills in turn, and several that it sends in a row: `const weld::const_bytes parts[] =
/// {head, body}; co_await socket.send(parts);`. The list outlives the operation, as the bytes do. A span lies in
/// memory as the kernel's struct iovec does, so the list goes to the kernel as it is (the tests assert it).
using scattered = span<const mutable_bytes>;
using gathered = span<const const_bytes>;

/// One buffer or several. It may be copied; it points into nobody but the list it was given.
template <class Bytes>
class one_or_many {
public:
    template <class One>
        requires std::convertible_to<One, Bytes>
    constexpr one_or_many(One&& one) noexcept : one_{one} {}
    template <class Many>
        requires(std::convertible_to<Many, span<const Bytes>> && !std::convertible_to<Many, Bytes>)
    constexpr one_or_many(Many&& many) noexcept : many_{span<const Bytes>{many}.data()}, count_{span<const Bytes>{many}.size()} {}
    constexpr one_or_many(typename Bytes::pointer first, std::size_t size) noexcept : one_{first, size} {}

    /// The pieces, one or many.
    constexpr span<const Bytes> pieces() const noexcept {
        return count_ == single ? span<const Bytes>{&one_, 1} : span<const Bytes>{many_, count_};
    }

private:
    static constexpr std::size_t single = static_cast<std::size_t>(-1);
    Bytes one_{};
    const Bytes* many_ = nullptr;
    std::size_t count_ = single;
};
/// What is received into, and what is sent.
using scatter = one_or_many<mutable_bytes>;
using gather = one_or_many<const_bytes>;

/// One datagram of a batch, to be received: give the buffer; the call fills in the rest.
template <class Address>
struct incoming {
    mutable_bytes buffer;
    std::size_t size = 0;
    Address from{};
    message_flags flags{};  // truncate: it was longer than the buffer
    const_bytes data() const noexcept { return buffer.first(size); }
};
/// One datagram of a batch, to be sent.
template <class Address>
struct outgoing {
    const_bytes data;
    Address to;
};

}  // namespace weld::inline v0
