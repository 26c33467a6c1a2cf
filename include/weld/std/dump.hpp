// SPDX-License-Identifier: BSL-1.0
#pragma once

/// `net.dump()`: the sockets of a net as a table, as ss(8) prints those of the kernel. A header of its own, because it
/// takes memory and strings, which weld itself stays free of.

#include <weld/host/dump.hpp>
#include <weld/socket/net.hpp>

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <string>
#include <vector>

namespace weld::inline v0 {
namespace detail {

/// The table: each column as wide as its widest entry.
class socket_table_text {
public:
    void put(const sock_diag& row) {
        lines_.push_back({string(row.protocol), string(row.state), std::to_string(row.receive_queue), std::to_string(row.send_queue),
                         string(row.local), string(row.peer)});
    }
    template <class Put>
    void print(Put&& put_line) const {
        constexpr bool to_the_right[columns] = {false, false, true, true, true, false};
        std::size_t width[columns]{};
        for (const line& each : lines_)
            for (std::size_t i = 0; i < columns; ++i) width[i] = std::max(width[i], each.cell[i].size());
        for (const line& each : lines_) {
            std::string text;
            for (std::size_t i = 0; i < columns; ++i) {
                const std::string space(width[i] - each.cell[i].size(), ' ');
                text += (i == 0 ? "" : "  ") + (to_the_right[i] ? space + each.cell[i] : each.cell[i] + space);
            }
            text.resize(text.find_last_not_of(' ') + 1);
            text += '\n';
            put_line(weld::text{text});
        }
    }

private:
    static constexpr std::size_t columns = 6;
    struct line { std::string cell[columns]; };
    static std::string string(text t) { return {t.data(), t.size()}; }
    std::vector<line> lines_{{{"Protocol", "State", "Recv-Q", "Send-Q", "Local address", "Peer address"}}};
};

}  // namespace detail

/// A line for each socket, first those of the host and then those of the own stack, which stand in the order in which they
/// were made: protocol, state, what waits to be read, what waits to be acknowledged, addresses. Connections that only the protocol
/// knows any more (TIME-WAIT, half open) are among them. Sockets of the host are asked by getsockopt(2); those of other
/// nets over the same event source are printed as well.
template <detail::part... Parts>
template <class Sink>
void net<Parts...>::dump(Sink&& sink) {
    detail::socket_table_text table;
    if constexpr (requires { source().for_each_descriptor([](int) {}); } && sys::entry_policy<system_calls_type>)
        source().for_each_descriptor([&](int fd) {
            const host::socket_report about{system_calls(), fd};
            if (about.is_socket()) table.put(about.row());
        });
    for_each_part([&](auto& each) {
        using part = std::remove_reference_t<decltype(each)>;
        if constexpr (requires { each.dump(*this, [](const sock_diag&) {}); })
            each.dump(*this, [&table](sock_diag row) {
                if (row.protocol.empty()) row.protocol = diag::protocol_name<part>();
                table.put(row);
            });
    });
    table.print([&](text line) {
        if constexpr (std::convertible_to<Sink, std::FILE*>) std::fwrite(line.data(), 1, line.size(), sink);
        else sink(line);
    });
}
template <detail::part... Parts>
void net<Parts...>::dump() { dump(stdout); }

}  // namespace weld::inline v0
