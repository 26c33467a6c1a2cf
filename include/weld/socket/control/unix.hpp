// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control/socket_level.hpp>

#include <new>

namespace weld::inline v0 {

/// Descriptors that arrived: handles that own them, close them at their end, and can be moved out. At most `Count`.
template <class Handle, std::size_t Count>
class received_rights {
public:
    received_rights() noexcept {}
    received_rights(received_rights&& other) noexcept { take(other); }
    received_rights& operator=(received_rights&& other) noexcept {
        if (this != &other) {
            clear();
            take(other);
        }
        return *this;
    }
    ~received_rights() { clear(); }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    Handle& operator[](std::size_t i) noexcept { WELD_ASSERT(i < size_); return handles_[i]; }
    const Handle& operator[](std::size_t i) const noexcept { WELD_ASSERT(i < size_); return handles_[i]; }
    Handle* begin() noexcept { return handles_; }
    Handle* end() noexcept { return handles_ + size_; }

    /// For proto_ops: one more. False, and closed, where there is no room.
    bool add(Handle handle) noexcept {
        if (size_ == Count) return false;
        ::new (static_cast<void*>(handles_ + size_++)) Handle(std::move(handle));
        return true;
    }

private:
    void clear() noexcept {
        while (size_ > 0) handles_[--size_].~Handle();
    }
    void take(received_rights& other) noexcept {
        for (Handle& handle : other) add(std::move(handle));
        other.clear();
    }
    union {
        Handle handles_[Count];
    };
    std::size_t size_ = 0;
};

/// Descriptors, which the receiver gets as its own: `socket.send(data, weld::rights{file, pipe})`. They stay open
/// here. Receiving says how many there may be: `weld::control<weld::rights<2>>`; the answer owns them. On a stream at
/// least one byte must go with them. Source: unix(7), SCM_RIGHTS.
template <std::size_t Count = 1>
struct rights {
    static constexpr int level = levels::socket, type = 1;  // SCM_RIGHTS
    template <class Description> static constexpr bool legal = Description::family == 1;
    /// What a receiver gets: handles that own their descriptors.
    template <class Handle> using received = received_rights<Handle, Count>;

    template <class... Descriptors>
        requires(sizeof...(Descriptors) == Count)
    constexpr explicit rights(const Descriptors&... descriptors) noexcept : value{{number_of(descriptors)...}} {}

    /// The descriptors as the kernel takes them.
    struct numbers { int fd[Count]; } value;

private:
    static constexpr int number_of(int fd) noexcept { return fd; }
    template <class Descriptor>
        requires requires(const Descriptor& d) { d.fd(); }
    static constexpr int number_of(const Descriptor& descriptor) noexcept { return descriptor.fd(); }
};
template <class... Descriptors>
rights(const Descriptors&...) -> rights<sizeof...(Descriptors)>;

/// Who sent the message; the kernel checks what is sent. Option pass_credentials of the receiver turns it on, and then
/// every message has it. Source: unix(7), SCM_CREDENTIALS.
struct credentials {
    static constexpr int level = levels::socket, type = 2;  // SCM_CREDENTIALS
    template <class Description> static constexpr bool legal = Description::family == 1;
    process_credentials value;
};

}  // namespace weld::inline v0
