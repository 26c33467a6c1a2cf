// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weld::inline v0::sim::detail {

/// Numbers to objects, found in O(1); it owns none and forgets none. Nobody walks it, so its order is nobody's.
template <class T>
class table {
public:
    T* find(std::uint64_t key) const noexcept {
        if (places_.empty()) return nullptr;
        for (std::size_t at = start(key);; at = (at + 1) & (places_.size() - 1)) {
            if (places_[at].object == nullptr) return nullptr;
            if (places_[at].key == key) return places_[at].object;
        }
    }
    /// In place of whatever was found by this number.
    void set(std::uint64_t key, T& object) {
        if (2 * (size_ + 1) > places_.size()) grow();
        std::size_t at = start(key);
        while (places_[at].object != nullptr && places_[at].key != key) at = (at + 1) & (places_.size() - 1);
        if (places_[at].object == nullptr) ++size_;
        places_[at] = {key, &object};
    }
    std::size_t size() const noexcept { return size_; }

private:
    struct place {
        std::uint64_t key = 0;
        T* object = nullptr;
    };
    std::size_t start(std::uint64_t key) const noexcept { return (key * 0x9e3779b97f4a7c15 >> 32) & (places_.size() - 1); }
    void grow() {
        const std::vector<place> before = std::move(places_);
        places_ = std::vector<place>(before.empty() ? 16 : 2 * before.size());
        size_ = 0;
        for (const place& each : before)
            if (each.object != nullptr) set(each.key, *each.object);
    }
    std::vector<place> places_;
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0::sim::detail
