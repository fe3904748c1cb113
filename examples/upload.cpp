// SPDX-License-Identifier: MIT
// Takes files. `curl -T photo.jpg http://localhost:8888/` writes DIRECTORY/photo.jpg while it
// arrives. Usage: upload DIRECTORY [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

void check(bool done) {
    if (!done) {
        throw std::system_error{errno, std::generic_category()};
    }
}

/// A file that has its name only once it is whole. To be used where blocking does no harm.
class PartialFile {
public:
    explicit PartialFile(const std::string& directory) : name_{directory + "/.upload-XXXXXX"} {
        const int descriptor = ::mkstemp(name_.data());
        check(descriptor != -1);
        file_ = ::fdopen(descriptor, "wb");
        check(file_ != nullptr);
    }
    PartialFile(const PartialFile&) = delete;
    ~PartialFile() {
        std::fclose(file_);
        std::remove(name_.c_str());
    }
    void write(gust::bytes data) {
        check(std::fwrite(data.data(), 1, data.size(), file_) == data.size());
    }
    void keep_as(const std::string& path) {
        check(std::fflush(file_) == 0);
        check(std::rename(name_.c_str(), path.c_str()) == 0);
    }

private:
    std::string name_;
    std::FILE* file_ = nullptr;
};

/// Only letters, digits and "._-", and no dot in front: no way out of the directory.
bool is_harmless(std::string_view name) {
    return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '.' || c == '_' || c == '-';
    });
}

/// PUT /NAME. The disk has threads of its own; until a piece is written, the next one is not read
/// from the client.
struct Upload : gust::HTTPMessageDelegate {
    asio::thread_pool& disk;
    std::string directory;
    std::shared_ptr<PartialFile> file{};

    Upload(asio::thread_pool& pool, std::string where) : disk{pool}, directory{std::move(where)} {}

    gust::awaitable<>
    headers_received(auto& conn, const gust::RequestStartLine& start, const gust::HTTPHeaders&) {
        if (start.method != gust::method::put || !is_harmless(conn.target().path.substr(1))) {
            respond(conn, gust::status::bad_request, "PUT a file with a simple name\n");
            co_return;
        }
        conn.set_max_body_size(gust::unlimited);
        const auto open = [where = directory] { return std::make_shared<PartialFile>(where); };
        file = co_await gust::run_on(disk, open);
    }
    // [write]
    gust::awaitable<> data_received(auto&, gust::bytes chunk) {
        const auto write = [part = file, chunk] { part->write(chunk); };
        co_await gust::run_on(disk, write);
    }
    // [write]
    gust::awaitable<> finish(auto& conn) {
        const std::string path = directory + std::string{conn.target().path};
        const auto keep = [part = file, path] { part->keep_as(path); };
        co_await gust::run_on(disk, keep);
        respond(conn, gust::status::created);
    }
};

struct Uploads {
    asio::thread_pool& disk;
    std::string directory;
    Upload start_request(auto&, auto&) { return {disk, directory}; }
};

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: upload DIRECTORY [PORT]\n");
        return 2;
    }
    asio::io_context io;
    gust::Loop::of(io).set_log(gust::stderr_log()); // says why a hook failed
    asio::thread_pool disk{2};                      // goes before `io`, and waits for its threads
    gust::HTTPServer server{io, Uploads{disk, argv[1]}};
    server.listen(
        argc > 2 ? static_cast<std::uint16_t>(std::atoi(argv[2])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
