// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <time.h>

/// What an HTTP server writes: statuses, dates, types, pages, and text made safe for where it stands.
namespace examples::http {

/// The words behind a status. Source: RFC 9110 section 15, RFC 6585.
inline const char* reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 416: return "Range Not Satisfiable";
        case 431: return "Request Header Fields Too Large";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Internal Server Error";
    }
}

/// As in "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 section 5.6.7.
inline std::string date(std::int64_t seconds) {
    const ::time_t moment = seconds;
    ::tm calendar{};
    char printed[40]{};
    if (::gmtime_r(&moment, &calendar) != nullptr) ::strftime(printed, sizeof printed, "%a, %d %b %Y %H:%M:%S GMT", &calendar);
    return printed;
}

/// A file's media type, by the end of its name.
inline const char* content_type(std::string_view path) {
    struct type { std::string_view suffix; const char* name; };
    static constexpr type types[] = {
        {".html", "text/html; charset=utf-8"}, {".htm", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"}, {".mjs", "text/javascript; charset=utf-8"}, {".json", "application/json"},
        {".txt", "text/plain; charset=utf-8"}, {".md", "text/markdown; charset=utf-8"}, {".csv", "text/csv; charset=utf-8"},
        {".c", "text/plain; charset=utf-8"}, {".cpp", "text/plain; charset=utf-8"}, {".h", "text/plain; charset=utf-8"},
        {".hpp", "text/plain; charset=utf-8"}, {".log", "text/plain; charset=utf-8"}, {".xml", "application/xml"},
        {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"},
        {".gif", "image/gif"}, {".webp", "image/webp"}, {".avif", "image/avif"}, {".ico", "image/x-icon"},
        {".pdf", "application/pdf"}, {".wasm", "application/wasm"}, {".zip", "application/zip"}, {".gz", "application/gzip"},
        {".mp3", "audio/mpeg"}, {".ogg", "audio/ogg"}, {".mp4", "video/mp4"}, {".webm", "video/webm"},
        {".woff", "font/woff"}, {".woff2", "font/woff2"}, {".ttf", "font/ttf"},
    };
    for (const type& t : types) {
        if (path.size() <= t.suffix.size()) continue;
        std::size_t i = 0;
        const std::string_view end = path.substr(path.size() - t.suffix.size());
        while (i < end.size() && (end[i] == t.suffix[i] || (end[i] >= 'A' && end[i] <= 'Z' && end[i] + 32 == t.suffix[i]))) ++i;
        if (i == end.size()) return t.name;
    }
    return "application/octet-stream";
}

/// Text as it may stand in a page.
inline std::string html_escaped(std::string_view s) {
    std::string out;
    for (const char c : s) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

/// A path as it may stand in a link or a field: everything but letters, digits, "-._~" and "/" is escaped.
inline std::string percent_encoded(std::string_view s) {
    std::string out;
    for (const char c : s) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                           c == '_' || c == '~' || c == '/';
        if (plain) out += c;
        else (out += '%') += {"0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4], "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15]};
    }
    return out;
}

/// A page of ours: a title and what stands below it, both HTML already.
inline std::string page(std::string_view title, std::string_view body) {
    std::string out{"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
                    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
                    "</style><title>"};
    return out.append(title).append("</title></head><body><h1>").append(title).append("</h1>\n").append(body).append("\n</body></html>\n");
}

}  // namespace examples::http
