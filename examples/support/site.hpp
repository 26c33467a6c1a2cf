// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http.hpp"
#include "http_text.hpp"
#include "open_beneath.hpp"

#include <weld/core/bytes.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace examples::http {

/// An answer: a head, and then a page, a part of a file, or nothing.
struct reply {
    int status = 200;
    bool keep_alive = false;
    std::string head, page;  // the page is sent where no file is
    file content;
    std::uint64_t offset = 0, left = 0;  // of the content

    /// The next bytes of the content, as many as fit: 0 at its end, -1 where the file has none of what was promised.
    std::ptrdiff_t read(weld::mutable_bytes into) {
        const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
        if (most == 0) return 0;
        std::ptrdiff_t got = static_cast<std::ptrdiff_t>(most);
        if (content) got = ::pread(content.fd(), into.data(), most, static_cast<::off_t>(offset));
        else weld::copy(into, weld::as_bytes(page).subspan(static_cast<std::size_t>(offset)));
        if (got <= 0) return -1;  // the file has shrunk
        offset += static_cast<std::uint64_t>(got);
        left -= static_cast<std::uint64_t>(got);
        return got;
    }
};

/// A directory as a web site: decides what a request gets. It knows no sockets, and nothing outside of its root.
class site {
public:
    /// `root` is an open directory.
    explicit site(file root) : root_{std::move(root)} {}

    reply answer(const request& asked) const {
        const bool keep_alive = asked.keep_alive && !asked.has_body();  // a body is not read, so nothing can follow it
        const bool head_only = asked.method == "HEAD";
        if (asked.method != "GET" && !head_only) return error(405, keep_alive, false);
        if (asked.has_body()) return error(413, false, head_only);
        std::string path;
        if (const int status = decode_path(asked.target, path); status != 200) return error(status, keep_alive, head_only);

        file found = open_beneath(root_.fd(), path);
        struct ::stat about{};
        if (!found || ::fstat(found.fd(), &about) != 0) return error(status_of(errno), keep_alive, head_only);
        if (S_ISDIR(about.st_mode)) {
            if (!path.empty() && path.back() != '/') return redirect(path + '/', keep_alive, head_only);
            file index = open_beneath(root_.fd(), path + "index.html");
            if (!index && errno != ENOENT) return error(status_of(errno), keep_alive, head_only);
            if (!index) return listing(std::move(found), path, keep_alive, head_only);
            found = std::move(index);
            path += "index.html";
            if (::fstat(found.fd(), &about) != 0) return error(500, keep_alive, head_only);
        }
        if (!S_ISREG(about.st_mode)) return error(403, keep_alive, head_only);
        return contents(asked, std::move(found), about, path, keep_alive, head_only);
    }

    /// An error as a page.
    static reply error(int status, bool keep_alive, bool head_only) {
        std::string more;
        if (status == 405) more = "Allow: GET, HEAD\r\n";
        if (status == 503) more = "Retry-After: 1\r\n";
        return page_of(status, page(std::to_string(status) + ' ' + reason(status), ""), more, keep_alive, head_only);
    }

private:
    static int status_of(int number) {
        switch (number) {
            case ENOENT: case ENOTDIR: case ENAMETOOLONG: case ELOOP: return 404;
            case EACCES: case EPERM: case EXDEV: case ENXIO: return 403;
            case EMFILE: case ENFILE: case ENOMEM: case EAGAIN: return 503;
            default: return 500;
        }
    }

    static std::string head(int status, bool keep_alive, std::string_view fields) {
        std::string out = "HTTP/1.1 " + std::to_string(status) + ' ' + reason(status) + "\r\nServer: weld\r\nDate: ";
        static thread_local std::int64_t second = -1;
        static thread_local std::string date_now;
        if (const std::int64_t now = ::time(nullptr); now != second) date_now = date(second = now);
        return out.append(date_now).append("\r\n").append(fields)
                  .append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    }
    static reply page_of(int status, std::string text, const std::string& more, bool keep_alive, bool head_only) {
        reply made;
        made.status = status;
        made.keep_alive = keep_alive;
        made.head = head(status, keep_alive, more + "Content-Type: text/html; charset=utf-8\r\nContent-Length: " +
                                                 std::to_string(text.size()) + "\r\n");
        made.page = std::move(text);
        made.left = head_only ? 0 : made.page.size();
        return made;
    }
    static reply redirect(const std::string& path, bool keep_alive, bool head_only) {
        const std::string to = '/' + percent_encoded(path);
        return page_of(301, page("Moved", "<p>It is <a href=\"" + to + "\">here</a>.</p>"), "Location: " + to + "\r\n",
                       keep_alive, head_only);
    }

    /// A file, or the part of it that was asked for, or that the asker has it already. Source: RFC 9110 section 13.2.2.
    static reply contents(const request& asked, file found, const struct ::stat& about, const std::string& path,
                          bool keep_alive, bool head_only) {
        const auto size = static_cast<std::uint64_t>(about.st_size);
        char etag[64];
        std::snprintf(etag, sizeof etag, "\"%llx-%llx%09lx\"", static_cast<unsigned long long>(size),
                      static_cast<unsigned long long>(about.st_mtim.tv_sec), static_cast<unsigned long>(about.st_mtim.tv_nsec));
        const std::string modified = date(about.st_mtim.tv_sec);
        std::string fields = "Last-Modified: " + modified + "\r\nETag: " + etag + "\r\nAccept-Ranges: bytes\r\n";

        reply made;
        made.keep_alive = keep_alive;
        const bool unchanged = !asked.if_none_match.empty() ? matches(asked.if_none_match, etag)
                             : !asked.if_modified_since.empty() && about.st_mtim.tv_sec <= parse_date(asked.if_modified_since);
        if (unchanged) {
            made.status = 304;
            made.head = head(304, keep_alive, fields);
            return made;
        }
        byte_range range{byte_range::whole, 0, size};
        if (!head_only && (asked.if_range.empty() || asked.if_range == etag || asked.if_range == modified))
            range = parse_range(asked.range, size);
        const std::string of_size = std::to_string(size);
        if (range.kind == byte_range::unsatisfiable)
            return page_of(416, page("416 Range Not Satisfiable", ""), "Content-Range: bytes */" + of_size + "\r\n", keep_alive, head_only);
        if (range.kind == byte_range::part) {
            made.status = 206;
            fields += "Content-Range: bytes " + std::to_string(range.first) + '-' + std::to_string(range.first + range.size - 1) + '/' + of_size + "\r\n";
        }
        fields.append("Content-Type: ").append(content_type(path)).append("\r\nContent-Length: ").append(std::to_string(range.size)).append("\r\n");
        made.head = head(made.status, keep_alive, fields);
        made.content = std::move(found);
        made.offset = range.first;
        made.left = head_only ? 0 : range.size;
        return made;
    }

    /// The names in a directory, at most ten thousand of them.
    static reply listing(file directory, const std::string& path, bool keep_alive, bool head_only) {
        ::DIR* const open = ::fdopendir(directory.fd());
        if (open == nullptr) return error(status_of(errno), keep_alive, head_only);
        directory.release();  // it is the stream's now
        std::vector<std::string> names;
        while (const ::dirent* const entry = ::readdir(open)) {
            const std::string_view name = entry->d_name;
            if (name == "." || name == ".." || names.size() == 10'000) continue;
            names.emplace_back(name);
            if (entry->d_type == DT_DIR) names.back() += '/';
        }
        ::closedir(open);
        std::sort(names.begin(), names.end());
        std::string rows = path.empty() ? "<ul>\n" : "<ul>\n<li><a href=\"../\">../</a></li>\n";
        for (const std::string& name : names)
            rows += "<li><a href=\"./" + percent_encoded(name) + "\">" + html_escaped(name) + "</a></li>\n";
        return page_of(200, page('/' + html_escaped(path), rows + "</ul>"), "", keep_alive, head_only);
    }

    file root_;
};

}  // namespace examples::http
