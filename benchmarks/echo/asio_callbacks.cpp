// SPDX-License-Identifier: BSL-1.0
// The same with Asio's callbacks: an object for every connection that its handlers keep alive.  Usage: asio_callbacks PORT
#include <asio.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace {

using asio::ip::tcp;

class connection : public std::enable_shared_from_this<connection> {
public:
    explicit connection(tcp::socket socket) : socket_{std::move(socket)} {}
    void read() {
        socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](std::error_code error, std::size_t got) {
            if (!error) self->write(got);
        });
    }

private:
    void write(std::size_t size) {
        asio::async_write(socket_, asio::buffer(buffer_, size), [self = shared_from_this()](std::error_code error, std::size_t) {
            if (!error) self->read();
        });
    }
    tcp::socket socket_;
    char buffer_[4096];
};

void accept(tcp::acceptor& listener) {
    listener.async_accept([&listener](std::error_code error, tcp::socket socket) {
        if (!error) std::make_shared<connection>(std::move(socket))->read();
        accept(listener);
    });
}

}  // namespace

int main(int, char** arguments) {
    asio::io_context context{1};
    tcp::acceptor listener{context, {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(arguments[1]))}};
    std::puts("listening");
    std::fflush(stdout);
    accept(listener);
    context.run();
}
