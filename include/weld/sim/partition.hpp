// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weld::inline v0::sim {

namespace detail {
/// Which side each host is on, by its number; 0: it talks to all.
struct partition_entry : list_node {
    std::vector<std::uint8_t> sides;
    std::uint8_t others = 0;  // the side of hosts that are not listed
    std::uint8_t side_of(std::size_t host) const noexcept {
        return host < sides.size() && sides[host] != 0 ? sides[host] : others;
    }
    bool parts(std::size_t one, std::size_t other) const noexcept {
        const std::uint8_t a = side_of(one), b = side_of(other);
        return a != b && a != 0 && b != 0;
    }
};
}  // namespace detail

/// A cut between groups of hosts while this lives; what is under way across it is lost.
class [[nodiscard]] partition {
public:
    explicit partition(std::unique_ptr<detail::partition_entry> entry) noexcept : entry_{std::move(entry)} {}
    /// Ends it now.
    void heal() noexcept { entry_.reset(); }

private:
    std::unique_ptr<detail::partition_entry> entry_;
};

/// The cuts in force. Asking costs as many steps as there are cuts, whatever the number of hosts.
class partitions {
public:
    partition add(std::unique_ptr<detail::partition_entry> entry) noexcept {
        entries_.push_back(*entry);
        return partition{std::move(entry)};
    }
    /// Whether the two cannot reach each other.
    bool part(std::size_t one, std::size_t other) noexcept {
        for (const detail::partition_entry& each : entries_)
            if (each.parts(one, other)) return true;
        return false;
    }

private:
    list<detail::partition_entry> entries_;
};

}  // namespace weld::inline v0::sim
