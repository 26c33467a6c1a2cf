// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/siphash.hpp>
#include <weld/core/text.hpp>
#include <weld/sim/table.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>

#include <deque>
#include <string>

namespace weld::inline v0::sim {

namespace detail {
/// Hosts are found by it, and it is the same in every run.
inline std::uint64_t number_for(text name) noexcept { return siphash13({1, 2}, as_bytes(name)); }
}  // namespace detail

/// The names of a world's hosts, and their first addresses.
class directory {
public:
    void add(text name, address4 address, const address6& of_version_6) {
        entries_.push_back({{name.data(), name.size()}, address, of_version_6});
        by_name_.set(detail::number_for(name), entries_.back());
    }
    /// An address, of either version of IP, by a host's name, or as it is written. Errors: no_such_device_or_address.
    template <class Address = address4>
    result<Address> find(text name) const noexcept {
        if (const entry* const known = by_name_.find(detail::number_for(name)); known != nullptr && text{known->name} == name) {
            if constexpr (std::is_same_v<Address, address6>) return known->of_version_6;
            else return known->address;
        }
        if (const auto literal = Address::parse(name)) return *literal;
        return errc::no_such_device_or_address;
    }

private:
    struct entry {
        std::string name;
        address4 address;
        address6 of_version_6;
    };
    std::deque<entry> entries_;
    detail::table<entry> by_name_;
};

/// The part of a simulated host's net that knows the others by name: a hosts(5) file that is never out of date.
class names {
public:
    struct role {};
    explicit names(const directory& of) noexcept : directory_{&of} {}
    template <class Address = address4>
    result<Address> find(text name) const noexcept { return directory_->find<Address>(name); }

private:
    const directory* directory_;
};

/// Looks a host of this world up: `co_await socket.connect({*sim::resolve(net, "db1"), 80})`; `resolve<address6>` where they
/// talk over IPv6.
template <class Address = address4, class Net>
result<Address> resolve(Net& net, text name) noexcept {
    return net.template part<names>().template find<Address>(name);
}

}  // namespace weld::inline v0::sim
