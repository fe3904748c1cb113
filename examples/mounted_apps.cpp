// SPDX-License-Identifier: MIT
// Routers and other applications below prefixes and hosts, and links between them. Usage:
// mounted_apps [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

// [mounted]
/// An application of its own: it sees the whole path of every request below its prefix.
class Legacy {
public:
    struct Answer : gust::HTTPMessageDelegate {
        void finish(auto& conn) { respond(conn, fmt::format("old {}\n", conn.target().path)); }
    };
    Answer start_request(auto&, auto&) {
        ++requests_;
        return {};
    }
    int requests() const noexcept { return requests_; }

private:
    int requests_ = 0;
};

/// A router that knows nothing of where it is mounted.
auto make_users() {
    return gust::Router{
        gust::on<"GET /", "list">(gust::Response::text("all users\n")),
        gust::on<"GET /{id:int}", "one">([](int id) {
            return gust::Response::text(fmt::format("user {}\n", id));
        }),
        gust::on_not_found(gust::Response::text("no such user\n", gust::status::not_found)),
    };
}

/// Captures of the prefix come first.
auto make_tenants() {
    return gust::Router{gust::on<"GET /">([](std::string_view tenant) {
        return gust::Response::text(fmt::format("welcome, {}\n", tenant));
    })};
}
// [mounted]

int main(int argc, char** argv) {
    Legacy legacy;
    auto users = make_users();
    // Both mounts lead to the same router; the names tell them apart.
    auto api = gust::Router{
        gust::mount<"{tenant}.example.com/">(make_tenants()),
        gust::mount<"/v1/users", "v1">(std::ref(users)),
        gust::mount<"/v2/users", "v2">(std::ref(users)),
        gust::mount<"/legacy">(std::ref(legacy)),
        gust::on<"GET /old/{id}">(gust::redirect_to<"/v2/users/{id}">),
        gust::on<"GET /legacy-requests">([&legacy] {
            return gust::Response::text(fmt::format("{}\n", legacy.requests()));
        }),
    };

    asio::io_context io;
    gust::HTTPServer server{io, std::ref(api)};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "user 7 is at {}\n", api.reverse<"v2.one">(7));
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
