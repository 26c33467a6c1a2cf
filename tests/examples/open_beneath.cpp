#include "../../examples/support/open_beneath.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <string>

#include <sys/stat.h>

using examples::file;

namespace {
/// A directory with a root in it, something outside, and ways that lead there.
struct tree {
    tree() {
        char name[] = "/tmp/weld-beneath-XXXXXX";
        top = ::mkdtemp(name);
        for (const char* const directory : {"/root", "/root/sub", "/root/sub/deep", "/outside"}) ::mkdir((top + directory).c_str(), 0700);
        for (const char* const name_of : {"/root/in", "/root/sub/deep/in", "/outside/secret"}) write(name_of);
        link("../../outside/secret", "/root/sub/relative");
        link((top + "/outside").c_str(), "/root/sub/absolute");
        link("../in", "/root/sub/inside");
        link("loop", "/root/loop");
        root = file{::open((top + "/root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    }
    ~tree() { CHECK(std::system(("rm -r " + top).c_str()) == 0); }
    tree(const tree&) = delete;

    void write(const char* path) const { CHECK(file{::open((top + path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)}); }
    void link(const char* to, const char* path) const { CHECK(::symlink(to, (top + path).c_str()) == 0); }
    std::string top;
    file root;
};

bool opens(const file& f) { return static_cast<bool>(f); }
}  // namespace

TEST_CASE("what lies below the root is opened") {
    const tree t;
    for (const char* const path : {"in", "sub/deep/in", "sub//deep/./in", "sub/deep/"}) {
        CAPTURE(path);
        CHECK(opens(examples::open_beneath(t.root.fd(), path)));
        CHECK(opens(examples::open_without_links(t.root.fd(), path)));
    }
    CHECK(opens(examples::open_beneath(t.root.fd(), "")));
    CHECK(opens(examples::open_without_links(t.root.fd(), "")));
    CHECK(opens(examples::open_beneath(t.root.fd(), "sub/inside")));
}

TEST_CASE("no way leads out of the root") {
    const tree t;
    for (const char* const path : {"..", "../outside/secret", "sub/../../outside/secret", "sub/relative", "sub/absolute", "sub/absolute/secret",
                                   "/etc/passwd", "sub/deep/../../../outside/secret"}) {
        CAPTURE(path);
        errno = 0;
        CHECK_FALSE(opens(examples::open_beneath(t.root.fd(), path)));
        CHECK(errno == EXDEV);
    }
    for (const char* const path : {"..", "../outside/secret", "sub/../in", "sub/relative", "sub/absolute", "sub/absolute/secret", "sub/inside", "loop"}) {
        CAPTURE(path);
        CHECK_FALSE(opens(examples::open_without_links(t.root.fd(), path)));
    }
    CHECK_FALSE(opens(examples::open_without_links(t.root.fd(), "/etc/passwd")));  // there is no root/etc
}

TEST_CASE("what cannot be opened tells why") {
    const tree t;
    const auto why = [&t](const char* path) {
        CHECK_FALSE(opens(examples::open_beneath(t.root.fd(), path)));
        return errno;
    };
    CHECK(why("none") == ENOENT);
    CHECK(why("in/x") == ENOTDIR);
    CHECK(why("loop") == ELOOP);
    CHECK(why(std::string(300, 'a').c_str()) == ENAMETOOLONG);
}

TEST_CASE("a FIFO without a writer does not hold the program up") {
    const tree t;
    REQUIRE(::mkfifo((t.top + "/root/fifo").c_str(), 0600) == 0);
    CHECK(opens(examples::open_beneath(t.root.fd(), "fifo")));
    CHECK(opens(examples::open_without_links(t.root.fd(), "fifo")));
}
