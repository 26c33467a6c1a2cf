// SPDX-License-Identifier: BSL-1.0
// A family that a net is not compiled with: what is sent comes back.
#pragma once

#include <weld/socket/loadable_family.hpp>

#include <string>

namespace support {

class looped_socket : public weld::loadable_socket {
public:
    explicit looped_socket(const weld::family_services& of) : services_{of} {}
    weld::result<std::size_t> send(const weld::any_outgoing& message, weld::message_flags) override {
        std::size_t size = 0;
        for (const auto& piece : message.pieces) {
            held_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
            size += piece.size();
        }
        waiters.wake(weld::events::readable, *services_.runnable);
        return size;
    }
    weld::result<std::size_t> recv(weld::any_incoming& message, weld::message_flags) override {
        if (held_.empty()) return weld::errc::resource_unavailable_try_again;
        std::size_t size = 0;
        for (const auto& piece : message.pieces) {
            const std::size_t count = held_.copy(reinterpret_cast<char*>(piece.data()), piece.size());
            held_.erase(0, count);
            size += count;
        }
        return size;
    }
    weld::events poll() override { return held_.empty() ? weld::events::writable : weld::events::writable | weld::events::readable; }

private:
    weld::family_services services_;
    std::string held_;
};

class looped final : public weld::loadable_family {
public:
    explicit looped(int number) : number_{number} {}
    int number() const noexcept override { return number_; }
    weld::result<weld::loadable_socket*> create(const weld::family_services& services, int type, int protocol) override {
        if (type != 2) return weld::errc::socket_type_not_supported;
        if (protocol != 0) return weld::errc::protocol_not_supported;
        return new looped_socket{services};
    }

private:
    int number_;
};

}  // namespace support
