// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/socket/events.hpp>
#include <weld/socket/role.hpp>
#include <weld/socket/wait_queue.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace weld::inline v0::sim {

/// Knows the sockets of a host's net and what is waited for on them, so that a deadlock can be told: a trace_policy.
class watch {
public:
    using role = role::trace_policy;

    /// Ops that note who waits.
    template <class Ops, auto Protocol>
    struct ops : Ops {
        using typename Ops::sock;
        template <class Net, class Description>
        static result<sock*> create(Net& net, Description description, int number) {
            return added(net, Ops::create(net, description, number));
        }
        template <class Net>
        static result<sock*> accept(Net& net, sock& sk) {
            return added(net, Ops::accept(net, sk));
        }
        template <class Net>
        static void release(Net& net, sock& sk) noexcept {
            if (sk.holders == 1) net.trace().remove(&sk);
            Ops::release(net, sk);
        }

    private:
        template <class Net>
        static result<sock*> added(Net& net, result<sock*> made) {
            if (made) net.trace().add({*made, &net, &describe<Net>});
            return made;
        }
        template <class Net>
        static std::string describe(void* in, void* of) {
            Net& net = *static_cast<Net*>(in);
            sock& sk = *static_cast<sock*>(of);
            if (sk.waiters.empty()) return {};
            using address = typename decltype(Protocol)::address;
            std::string line = decltype(Protocol)::name;
            const auto with = [&](const char* before, const auto& name) {
                if (!name) return;
                const auto printed = name->to_text();
                line.append(before).append(printed.data(), printed.size());
            };
            with(" ", Ops::template local_address<address>(net, sk));
            with(" > ", Ops::template peer_address<address>(net, sk));
            const bool reads = sk.waiters.one_waits_for(events::readable), writes = sk.waiters.one_waits_for(events::writable);
            return line + (reads ? ", until it is readable" : writes ? ", until it is writable" : ", several at once");
        }
    };

    /// The sockets that somebody waits for, in the order of their making, a line each behind `before`.
    std::string waiting(const std::string& before) const {
        std::string all;
        for (const entry& each : entries_)
            if (each.sk != nullptr)
                if (const std::string line = each.describe(each.net, each.sk); !line.empty()) all += before + line + '\n';
        return all;
    }

private:
    struct entry {
        void* sk;
        void* net;
        std::string (*describe)(void* net, void* sk);
    };
    void add(entry fresh) {
        places_[fresh.sk] = entries_.size();
        entries_.push_back(fresh);
    }
    void remove(void* sk) noexcept {
        const auto place = places_.find(sk);
        if (place == places_.end()) return;
        entries_[place->second].sk = nullptr;
        places_.erase(place);
        while (!entries_.empty() && entries_.back().sk == nullptr) entries_.pop_back();
        if (entries_.size() > 64 && entries_.size() > 2 * places_.size()) close_up();
    }
    void close_up() noexcept {
        std::size_t kept = 0;
        for (const entry& each : entries_) {
            if (each.sk == nullptr) continue;
            places_[each.sk] = kept;
            entries_[kept++] = each;
        }
        entries_.resize(kept);
    }
    std::vector<entry> entries_;
    std::unordered_map<void*, std::size_t> places_;  // asked, never walked
};

}  // namespace weld::inline v0::sim
