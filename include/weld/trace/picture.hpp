// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/trace/flow_recorder.hpp>

/// Drawings of what a flow_recorder has written down, of the same run the same characters.
namespace weld::inline v0::trace {

/// The word by which a picture names a layer.
constexpr const char* name_of(layer at) noexcept {
    switch (at) {
        case layer::entry: return "entry";
        case layer::security: return "security";
        case layer::proto_ops: return "proto_ops";
        case layer::proto: return "proto";
        case layer::network: return "network";
        case layer::interface: return "interface";
        case layer::device: return "device";
        case layer::kernel: return "kernel";
        case layer::wake: return "wake";
        case layer::timer: return "timer";
        case layer::state: return "state";
    }
    return "";
}

namespace detail {
inline std::string called(const station& at) {
    return std::string{at.function} + "(" + at.arguments + ")" + (at.answer.empty() ? "" : " = " + at.answer) +
           (at.unit == nullptr ? "" : " [" + std::to_string(at.spent) + " " + at.unit + "]");
}
inline std::string escaped(const std::string& plain) {
    std::string safe;
    for (const char c : plain) {
        if (c == '<') safe += "&lt;";
        else if (c == '>') safe += "&gt;";
        else if (c == '&') safe += "&amp;";
        else if (c == '"') safe += "&quot;";
        else safe += c;
    }
    return safe;
}
inline std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}
constexpr const char* colour_of(layer at) noexcept {
    constexpr const char* colours[] = {"#dbe9f6", "#f6dbdb", "#dbf6e0", "#f6f0db", "#e6dbf6", "#dbf3f6", "#ececec", "#d9d9d9", "#ffe5b4", "#ffd6e7", "#fff7a8"};
    return colours[static_cast<int>(at)];
}
}  // namespace detail

/// A tree in text: what was called within what, and the kernel's name beside it.
inline std::string as_text(const std::vector<station>& stations) {
    std::string drawn;
    for (const station& at : stations) {
        const std::string tree = std::string(static_cast<std::size_t>(at.depth) * 2, ' ') + detail::called(at);
        drawn += detail::padded(name_of(at.at), 10) + detail::padded(tree, 72) + " " + at.kernel + "\n";
    }
    return drawn;
}

/// A flow chart for Mermaid: each station points to those it calls.
inline std::string as_mermaid(const std::vector<station>& stations) {
    std::string drawn = "flowchart TD\n";
    for (std::size_t i = 0; i < stations.size(); ++i) {
        drawn += "    s" + std::to_string(i) + "[\"" + detail::escaped(detail::called(stations[i])) + "<br/><i>" + detail::escaped(stations[i].kernel) + "</i>\"]\n";
        for (std::size_t above = i; above-- > 0;)
            if (stations[above].depth == stations[i].depth - 1) {
                drawn += "    s" + std::to_string(above) + " -->|" + name_of(stations[i].at) + "| s" + std::to_string(i) + "\n";
                break;
            }
    }
    return drawn;
}

/// Boxes, one a station, moved to the right as they lie within others.
inline std::string as_svg(const std::vector<station>& stations) {
    const std::size_t row = 44, height = stations.size() * row + 20;
    std::string drawn = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"" + std::to_string(height) + "\" font-family=\"monospace\" font-size=\"12\">\n";
    for (std::size_t i = 0; i < stations.size(); ++i) {
        const station& at = stations[i];
        const std::size_t x = 10 + static_cast<std::size_t>(at.depth) * 28, y = 10 + i * row;
        const auto put = [&](std::size_t dy, const char* fill, const std::string& text) {
            drawn += "  <text x=\"" + std::to_string(x + 8) + "\" y=\"" + std::to_string(y + dy) + "\" fill=\"" + fill + "\">" + detail::escaped(text) + "</text>\n";
        };
        drawn += "  <rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" + std::to_string(870 - x) + "\" height=\"36\" rx=\"4\" fill=\"" +
                 detail::colour_of(at.at) + "\" stroke=\"#888\"/>\n";
        put(15, "#000", std::string{name_of(at.at)} + ": " + detail::called(at));
        put(30, "#666", at.kernel);
    }
    return drawn + "</svg>\n";
}

/// As a page with the SVG in it.
inline std::string as_html(const std::vector<station>& stations, const std::string& title) {
    return "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>" + detail::escaped(title) + "</title>\n<h1>" + detail::escaped(title) + "</h1>\n" + as_svg(stations);
}

namespace detail {
/// One line of a conversation: a frame, or what became of somebody by it.
struct message_line {
    std::size_t order;
    time_point when;
    int from;  // 0 left, 1 right
    layer at;
    bool lost;
    std::string what;
};
constexpr bool leaves(const station& at) noexcept { return at.at == layer::interface && text{at.kernel} == "dev_queue_xmit"; }
constexpr bool arrives(const station& at) noexcept { return at.at == layer::interface && text{at.kernel} == "netif_receive_skb"; }
/// Marks the frames that never arrived. Of those that look alike the one that left last has arrived.
inline void mark_lost(std::vector<message_line>& lines, const std::vector<station>& there, int from) {
    for (const station& arrival : there) {
        if (!arrives(arrival)) continue;
        for (std::size_t i = lines.size(); i-- > 0;) {
            message_line& each = lines[i];
            if (!each.lost || each.from != from || each.order > arrival.order || each.what != arrival.arguments) continue;
            each.lost = false;
            break;
        }
    }
}
/// A flow's stations that belong into the picture, in their order among those of the other.
inline void take_lines(std::vector<message_line>& lines, const std::vector<station>& of, int from) {
    for (const station& at : of) {
        message_line line{at.order, at.when, from, at.at, false, at.arguments};
        if (leaves(at)) line.lost = true;  // until it arrives
        else if (at.at == layer::state) line.what += ": " + at.answer;
        else if (at.at == layer::timer) line.what = at.answer.empty() ? std::string{at.function} + " fires" : at.answer;
        else continue;
        std::size_t place = lines.size();
        while (place > 0 && at.order < lines[place - 1].order) --place;
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), std::move(line));
    }
}
}  // namespace detail

/// What two recorders with one count saw, as a sequence diagram of Mermaid's: frames that left, crossed out where they
/// never arrived, and, where a connection_watch looked on, states and timers. The times are those of leaving.
inline std::string as_sequence(const std::vector<station>& left, const std::vector<station>& right, const char* left_name, const char* right_name) {
    std::vector<detail::message_line> lines;
    detail::take_lines(lines, left, 0);
    detail::take_lines(lines, right, 1);
    detail::mark_lost(lines, right, 0);
    detail::mark_lost(lines, left, 1);
    std::string drawn = std::string{"sequenceDiagram\n    participant L as "} + left_name + "\n    participant R as " + right_name + "\n";
    for (const detail::message_line& each : lines) {
        const char* const self = each.from == 0 ? "L" : "R";
        if (each.at == layer::interface) drawn += std::string{"    "} + self + (each.lost ? "-x" : "->>") + (each.from == 0 ? "R: " : "L: ");
        else drawn += std::string{"    Note "} + (each.from == 0 ? "left of L: " : "right of R: ");
        drawn += std::to_string(each.when.since_start().microseconds()) + " us " + each.what + (each.lost ? " (lost)" : "") + "\n";
    }
    return drawn;
}

}  // namespace weld::inline v0::trace
