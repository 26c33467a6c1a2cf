// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::sim {

/// How packets travel from one host to another: `{.delay = 50_ms, .bandwidth = 10'000'000, .loss = 0.01}`. Chances are
/// shares of the packets, from 0 to 1. The default is a good local network. In the kernel: tc-netem(8), tc-tbf(8).
struct link_options {
    duration delay = duration::microseconds(250);      ///< one way
    duration jitter{};                                 ///< up to so much more, each packet for itself; the order is kept
    std::uint64_t bandwidth = 0;                       ///< bits a second; 0: no limit
    std::size_t queue_limit = 256 * 1024;              ///< bytes that wait for the bandwidth; what comes then is lost
    double loss = 0;                                   ///< vanishes
    double duplicate = 0;                              ///< comes twice
    double reorder = 0;                                ///< is overtaken: comes reorder_by later than it would
    double corrupt = 0;                                ///< comes with one bit turned
    duration reorder_by = duration::milliseconds(5);
};

/// How a host's port gives it what comes for it: the last hop, which all its peers share.
struct port_options {
    std::uint64_t bandwidth = 0;                       ///< bits a second; 0: no limit
    std::size_t queue_limit = 256 * 1024;              ///< bytes that wait there; what comes then is lost
};

}  // namespace weld::inline v0::sim
