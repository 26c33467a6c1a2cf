// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/wire/tcp_options.hpp>

#include <algorithm>
#include <cstddef>

namespace weld::inline v0::stack {

/// The blocks a receiver reports, the one that grew last first. Source: RFC 2018 section 4.
class sack_list {
public:
    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }

    /// Something has arrived out of order.
    void add(seq32 left, seq32 right) noexcept {
        for (std::size_t i = 0; i < count_;) {
            if (blocks_[i].left <= right && left <= blocks_[i].right) {
                left = earlier(left, blocks_[i].left);
                right = later(right, blocks_[i].right);
                remove(i);
            } else {
                ++i;
            }
        }
        if (count_ < most) ++count_;
        std::copy_backward(blocks_, blocks_ + count_ - 1, blocks_ + count_);
        blocks_[0] = {left, right};
    }
    /// What lies before `rcv_nxt` is in order now.
    void acknowledge(seq32 rcv_nxt) noexcept {
        for (std::size_t i = 0; i < count_;) {
            if (blocks_[i].right <= rcv_nxt || blocks_[i].left <= rcv_nxt) remove(i);
            else ++i;
        }
    }
    void clear() noexcept { count_ = 0; }

    void write(wire::tcp_options& options, std::size_t room_for) const noexcept {
        options.sack_count = static_cast<std::uint8_t>(std::min(count_, room_for));
        for (std::size_t i = 0; i < options.sack_count; ++i) options.sack[i] = {blocks_[i].left.value(), blocks_[i].right.value()};
    }

private:
    static constexpr std::size_t most = wire::tcp_options::sack_max;
    struct block {
        seq32 left, right;
    };
    void remove(std::size_t i) noexcept {
        std::copy(blocks_ + i + 1, blocks_ + count_, blocks_ + i);
        --count_;
    }
    block blocks_[most];
    std::size_t count_ = 0;
};

}  // namespace weld::inline v0::stack
