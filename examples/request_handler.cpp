// SPDX-License-Identifier: MIT
// Handlers with a member function for each method, and an application of them. Usage:
// request_handler [PORT]
#include <gust/gust.hpp>
#include <gust/web.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// Takes its body in pieces. Verbs, `prepare` and `data_received` may be coroutines.
class CountHandler : public gust::RequestHandler {
public:
    void prepare() { connection().set_max_body_size(gust::unlimited); }
    void data_received(gust::bytes chunk) { size_ += chunk.size(); }
    gust::awaitable<> post() {
        write(fmt::format("{} bytes, ", size_));
        flush();
        co_await drained(); // until the client has taken most of it
        write("and that is all\n");
    }

private:
    std::uint64_t size_ = 0;
};

// [request_handler]
using Notes = std::map<std::string, std::string, std::less<>>;

/// One for each request. What handlers share is passed to their constructor.
class NoteHandler : public gust::RequestHandler {
public:
    explicit NoteHandler(Notes& all) : notes_{&all} {}

    void prepare() { set_header("Cache-Control", "no-store"); } // before every verb

    void get(std::string_view name) { // also answers HEAD, and 304 by its ETag
        const auto note = notes_->find(name);
        if (note == notes_->end()) {
            throw gust::HTTPError{gust::status::not_found, "there is no such note"};
        }
        write(note->second);
    }
    void put(std::string name) { // a capture as a type that can be made of it
        const bool is_new = notes_->insert_or_assign(std::move(name), request().body()).second;
        set_status(is_new ? gust::status::created : gust::status::no_content);
    }

private:
    Notes* notes_;
};

auto make_application(Notes& notes) {
    return gust::Application{
        gust::handle<"/notes/{name}", NoteHandler, "note">(std::ref(notes)),
        gust::handle<"/count", CountHandler>(),
        gust::on<"GET /">([] { return gust::Response::text("PUT and GET /notes/NAME\n"); }),
    };
}
// [request_handler]

int main(int argc, char** argv) {
    Notes notes;
    asio::io_context io;
    gust::HTTPServer server{io, make_application(notes)};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
