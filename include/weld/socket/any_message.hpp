// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/message.hpp>
#include <weld/socket/pieces.hpp>

#include <cstddef>

namespace weld::inline v0 {

/// Something that descriptors share and that a message may carry. Who holds it last calls `put`, which ends it.
/// In the kernel: struct file, with fget and fput.
struct shared_object {
    /// How an object ends when its last holder lets go.
    using function = void (*)(shared_object&) noexcept;
    explicit shared_object(function end) noexcept : last_put{end} {}
    shared_object(const shared_object&) = delete;
    shared_object& operator=(const shared_object&) = delete;

    void hold() noexcept { ++references; }
    void put() noexcept {
        if (--references == 0) last_put(*this);
    }
    function last_put;
    unsigned references = 1;
};

/// Objects on their way in a message, each held. In the kernel: struct scm_fp_list.
class shared_objects {
public:
    static constexpr std::size_t capacity = 253;  // SCM_MAX_FD

    shared_objects() noexcept = default;
    shared_objects(const shared_objects&) = delete;
    shared_objects& operator=(const shared_objects&) = delete;
    ~shared_objects() { clear(); }

    std::size_t size() const noexcept { return size_; }
    shared_object* const* begin() const noexcept { return objects_; }
    shared_object* const* end() const noexcept { return objects_ + size_; }
    /// Takes over one hold. Pre: there is room.
    void add(shared_object& object) noexcept { objects_[size_++] = &object; }
    /// Gives the first up; the hold is the caller's.
    shared_object& take_back() noexcept { return *objects_[--size_]; }
    /// Lets those be forgotten that somebody else has taken over.
    void forget() noexcept { size_ = 0; }
    void clear() noexcept {
        while (size_ > 0) objects_[--size_]->put();
    }

private:
    shared_object* objects_[capacity];
    std::size_t size_ = 0;
};

/// Who sent a message. In the kernel: struct ucred in struct scm_cookie.
struct message_credentials {
    std::int32_t pid = 0;
    std::uint32_t uid = 0, gid = 0;
    friend constexpr bool operator==(const message_credentials&, const message_credentials&) noexcept = default;
};

/// One message to be sent, its protocol known at run time only. In the kernel: struct msghdr.
struct any_outgoing {
    gathered pieces;
    const generic_address* to = nullptr;   // null: none was given
    const_bytes control{};                 // struct cmsghdr, for a family of the host
    shared_objects* objects = nullptr;     // SCM_RIGHTS, for a family of this process
    const message_credentials* credentials = nullptr;
};

/// One message received.
struct any_incoming {
    scattered pieces;
    generic_address from{};
    mutable_bytes control{};
    std::size_t control_size = 0;          // what of `control` was used
    shared_objects* objects = nullptr;     // where to put them; null: they are let go
    message_credentials credentials{};
    bool has_credentials = false;
    int flags = 0;                         // MSG_TRUNC, MSG_CTRUNC, MSG_EOR
};

/// A sockaddr for a family that checks it itself, as the host's kernel does.
class raw_sockaddr : public generic_address {
public:
    static constexpr std::size_t sockaddr_size_max = generic_address::capacity;

    raw_sockaddr() noexcept = default;
    explicit raw_sockaddr(const generic_address& from) noexcept : generic_address{from} {}
    std::size_t store(mutable_bytes out) const noexcept { return copy(out, bytes()); }
    static result<raw_sockaddr> load(const_bytes in) noexcept {
        const auto loaded = generic_address::load(in);
        if (!loaded) return loaded.error();
        return raw_sockaddr{*loaded};
    }
};

}  // namespace weld::inline v0
