// SPDX-License-Identifier: MIT
// Sends much with little memory: /numbers is made while it is sent, /file goes from the page cache
// to the socket. Usage: download FILE [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

/// An open file; closes itself.
struct OpenFile {
    int descriptor;
    std::uint64_t size = 0;

    explicit OpenFile(const std::string& path)
        : descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {
        struct stat about{};
        if (descriptor == -1 || ::fstat(descriptor, &about) != 0) {
            throw std::system_error{errno, std::generic_category(), path};
        }
        size = static_cast<std::uint64_t>(about.st_size);
    }
    OpenFile(const OpenFile&) = delete;
    ~OpenFile() { ::close(descriptor); }
};

class Download : public gust::HTTPMessageDelegate {
public:
    explicit Download(const std::string& path) : path_{path} {}

    gust::awaitable<> finish(auto& conn) {
        if (conn.target().path == "/numbers") {
            co_await send_numbers(conn);
        } else if (conn.target().path == "/file") {
            send_file(conn);
        } else {
            respond(conn, gust::status::not_found, "try /numbers and /file\n");
        }
    }

private:
    // [numbers]
    /// A million numbers; the next thousand is made when the client has taken those before.
    gust::awaitable<> send_numbers(auto& conn) {
        conn.write_headers({gust::status::ok}, {{"Content-Type", "text/plain"}});
        for (int thousand = 0; thousand != 1000; ++thousand) {
            std::string lines;
            for (int n = 0; n != 1000; ++n) {
                lines += fmt::format("{}\n", thousand * 1000 + n);
            }
            conn.write(std::move(lines));
            co_await conn.drained();
        }
        conn.finish();
    }
    // [numbers]

    // [file]
    /// The descriptor is closed when its last byte is sent, or when the client has gone.
    void send_file(auto& conn) {
        auto open = std::make_shared<const OpenFile>(path_);
        respond(
            conn,
            gust::status::ok,
            {{"Content-Type", "application/octet-stream"}},
            gust::file{open->descriptor, 0, open->size, open}
        );
    }
    // [file]

    const std::string& path_;
};

struct Downloads {
    std::string path;
    Download start_request(auto&, auto&) { return Download{path}; }
};

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: download FILE [PORT]\n");
        return 2;
    }
    asio::io_context io;
    gust::HTTPServer server{io, Downloads{argv[1]}};
    server.listen(
        argc > 2 ? static_cast<std::uint16_t>(std::atoi(argv[2])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
