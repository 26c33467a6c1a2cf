#include "../../examples/support/http.hpp"
#include "../../examples/support/http_text.hpp"

#include "support/catch.hpp"

#include <string>

namespace http = examples::http;

namespace {
int status_of(std::string_view bytes) { return http::parse(bytes).status; }
std::string decoded(std::string_view target) {
    std::string path;
    const int status = http::decode_path(target, path);
    return status == 200 ? path : std::to_string(status);
}
}  // namespace

TEST_CASE("a request's head, and where the next one begins") {
    const std::string_view bytes = "GET /a?b HTTP/1.1\r\nHost: here\r\nRange:  bytes=1-2 \r\n\r\nGET /next";
    const auto head = http::parse(bytes);
    REQUIRE(head.status == 200);
    CHECK(bytes.substr(head.size) == "GET /next");
    CHECK(head.request.method == "GET");
    CHECK(head.request.target == "/a?b");
    CHECK(head.request.range == "bytes=1-2");
    CHECK(head.request.keep_alive);
    CHECK_FALSE(head.request.has_body());
}

TEST_CASE("every beginning of a good request needs more, and none is an error") {
    const std::string_view bytes = "\r\nHEAD /index.html HTTP/1.1\r\nhost:h\r\nx-empty:\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(status_of(bytes.substr(0, size)) == 0);
    CHECK(status_of(bytes) == 200);
}

TEST_CASE("lines may end in a bare line feed") { CHECK(status_of("GET / HTTP/1.1\nHost: h\n\n") == 200); }

TEST_CASE("what is no request is told at once") {
    const auto bad = GENERATE(as<std::string>{}, "\x16\x03\x01\x02", " GET / HTTP/1.1\r\n", "GET\r\n", "GET /\r\n", "GET  / HTTP/1.1\r\n",
                              "GET / HTTP/1.1 \r\n", "GET / http/1.1\r\n", "GET / HTTP/1.x\r\n", "G(T / HTTP/1.1\r\n", "GET /\x01 HTTP/1.1\r\n",
                              "GET / HTTP/1.1\r\nno colon\r\n", "GET / HTTP/1.1\r\nHost : h\r\n", "GET / HTTP/1.1\r\nA: b\r\n folded\r\n",
                              "GET / HTTP/1.1\r\nA: b\rc\r\n", "GET / HTTP/1.1\r\n: empty\r\n", "\r\n\r\n\r\n\r\n\r\n\r\n");
    CAPTURE(bad);
    CHECK(status_of(bad) == 400);
}

TEST_CASE("a zero byte is an error wherever it stands") {
    const std::string_view good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for (std::size_t i = 0; i + 4 < good.size(); ++i) {
        std::string bad{good};
        bad[i] = '\0';
        CAPTURE(i);
        CHECK(status_of(bad) == 400);
    }
}

TEST_CASE("HTTP/1.1 names one host, HTTP/1.0 need not") {
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nConnection: close\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 200);
    CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 200);
    CHECK(status_of("GET / HTTP/2.0\r\n\r\n") == 505);
}

TEST_CASE("who may send another request") {
    CHECK_FALSE(http::parse("GET / HTTP/1.0\r\n\r\n").request.keep_alive);
    CHECK(http::parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").request.keep_alive);
    CHECK_FALSE(http::parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, CLOSE\r\n\r\n").request.keep_alive);
}

TEST_CASE("bodies are noticed, and lengths that contradict each other refused") {
    CHECK(http::parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").request.has_body());
    CHECK(http::parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").request.has_body());
    CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    CHECK(http::parse("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n").request.has_body());
}

TEST_CASE("a head has a bound") {
    const std::string target(http::head_max, 'a');
    CHECK(status_of("GET /" + target) == 414);
    CHECK(status_of("GET / HTTP/1.1\r\nA: " + target) == 431);
    std::string many = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i <= http::fields_max; ++i) many += "A:\r\n";
    CHECK(status_of(many) == 431);
}

TEST_CASE("a target's path is decoded and stays below the root") {
    CHECK(decoded("/").empty());
    CHECK(decoded("/a%20b/c%2Fd?q=%zz#f") == "a b/c/d");
    CHECK(decoded("/a+b") == "a+b");
    CHECK(decoded("//etc/passwd") == "etc/passwd");
    CHECK(decoded("/...") == "...");
    CHECK(decoded("http://host:80/a") == "a");
    CHECK(decoded("HTTP://host").empty());
    CHECK(decoded("http://host?q").compare("400") == 0);
    for (const char* const bad : {"", "*", "a", "host:80", "/%", "/%4", "/%g0", "/%00", "/a%"}) CHECK(decoded(bad) == "400");
    for (const char* const climbing : {"/..", "/../", "/a/../..", "/%2e%2e/etc", "/%2E./x", "/..%2fetc", "/a%2f..", "http://h/.."})
        CHECK(decoded(climbing) == "403");
}

TEST_CASE("ranges") {
    const auto range = [](std::string_view field, std::uint64_t size = 1000) { return http::parse_range(field, size); };
    const auto is = [](http::byte_range r, std::uint64_t first, std::uint64_t size) {
        return r.kind == http::byte_range::part && r.first == first && r.size == size;
    };
    CHECK(is(range("bytes=0-0"), 0, 1));
    CHECK(is(range("Bytes=10-19"), 10, 10));
    CHECK(is(range("bytes=990-"), 990, 10));
    CHECK(is(range("bytes=990-99999999999999999999999"), 990, 10));
    CHECK(is(range("bytes=-10"), 990, 10));
    CHECK(is(range("bytes=-5000"), 0, 1000));
    for (const char* const all : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "bytes=1", "bytes=0x1-2", "bytes=+1-2"})
        CHECK(range(all).kind == http::byte_range::whole);
    for (const char* const none : {"bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"})
        CHECK(range(none).kind == http::byte_range::unsatisfiable);
    CHECK(range("bytes=0-", 0).kind == http::byte_range::unsatisfiable);
    CHECK(range("bytes=-1", 0).kind == http::byte_range::whole);
}

TEST_CASE("dates in their three forms") {  // RFC 9110 section 5.6.7
    CHECK(http::parse_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
    CHECK(http::parse_date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777);
    CHECK(http::parse_date("Sun Nov  6 08:49:37 1994") == 784111777);
    CHECK(http::parse_date("yesterday") == INT64_MIN);
    CHECK(http::parse_date(std::string(200, 'S')) == INT64_MIN);
    CHECK(http::date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("If-None-Match") {
    CHECK(http::matches("*", "\"a\""));
    CHECK(http::matches("\"x\", W/\"a\"", "\"a\""));
    CHECK_FALSE(http::matches("\"x\", \"ab\"", "\"a\""));
    CHECK_FALSE(http::matches("", "\"a\""));
}

TEST_CASE("what is written is safe where it stands") {
    CHECK(http::html_escaped("<a href='\"&'>") == "&lt;a href=&#39;&quot;&amp;&#39;&gt;");
    CHECK(http::percent_encoded("a b/\r\n\xc3\xa4%?#") == "a%20b/%0D%0A%C3%A4%25%3F%23");
    CHECK(std::string_view{http::content_type("a/b.HTML")} == "text/html; charset=utf-8");
    CHECK(std::string_view{http::content_type(".html")} == "application/octet-stream");
    CHECK(std::string_view{http::content_type("html")} == "application/octet-stream");
}
