// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/acknowledgement/acknowledgement.hpp>
#include <weld/stack/tcp/congestion/congestion_control.hpp>
#include <weld/stack/tcp/recovery/loss_recovery.hpp>
#include <weld/stack/tcp/tcp_options.hpp>

namespace weld::inline v0::stack {

/// The choices that make one tcp, in one type: what its socks are templates over.
template <class Ip, congestion_control Congestion, loss_recovery Recovery, acknowledgement Acknowledgement, tcp_options Options>
struct tcp_policies {
    using ip = Ip;
    /// The choices: what is in flight, what was lost, when to acknowledge.
    using congestion = Congestion;
    using recovery = Recovery;
    using acknowledgement = Acknowledgement;
    static constexpr tcp_options options = Options;
};

}  // namespace weld::inline v0::stack
