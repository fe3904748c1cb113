// SPDX-License-Identifier: MIT
// A server in memory whose delegate does what a test says, and remembers which hooks were called.
#ifndef GUST_TESTS_HTTP1_SCRIPT_HPP
#define GUST_TESTS_HTTP1_SCRIPT_HPP

#include <gust/gust.hpp>
#include <gust/testing/exchange.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gust_test {

/// What the delegate does in each hook; nothing by default, and 200 "ok" in `finish`.
struct Script {
    using Hook = std::function<void(gust::HTTPConnection&)>;

    Hook headers = [](gust::HTTPConnection&) {};
    std::function<void(gust::HTTPConnection&, std::string_view)> data = [](gust::HTTPConnection&,
                                                                           std::string_view) {};
    Hook finish = [](gust::HTTPConnection& conn) { respond(conn, "ok"); };
    std::function<void()> connection_close = [] {};
    std::function<void()> ended = [] {};

    /// The hooks in order: `H`, `D5` for five bytes, `F`, `C` for on_connection_close, `E:sent` for
    /// response_ended, and `X` for the application's on_close.
    std::string log = {};

    void note(std::string_view hook) {
        log += log.empty() ? "" : " ";
        log += hook;
    }
};

class ScriptedDelegate : public gust::HTTPMessageDelegate {
public:
    explicit ScriptedDelegate(Script& script) noexcept : script_{&script} {}

    void
    headers_received(gust::HTTPConnection& conn, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        script_->note("H");
        script_->headers(conn);
    }
    void data_received(gust::HTTPConnection& conn, gust::bytes piece) {
        script_->note("D" + std::to_string(piece.size()));
        script_->data(conn, gust::as_text(piece));
    }
    void finish(gust::HTTPConnection& conn) {
        script_->note("F");
        script_->finish(conn);
    }
    void on_connection_close() noexcept {
        script_->note("C");
        script_->connection_close();
    }
    void response_ended(gust::outcome o) noexcept {
        script_->note("E:" + std::string{to_string(o)});
        script_->ended();
    }

private:
    Script* script_;
};

struct ScriptedApp {
    Script* script;

    ScriptedDelegate start_request(auto& /*server_conn*/, auto& /*conn*/) const {
        return ScriptedDelegate{*script};
    }
    void on_close(auto& /*server_conn*/) const noexcept { script->note("X"); }
};

/// `text` with a star for every date.
inline std::string without_dates(std::string text) {
    constexpr std::string_view name = "Date: ";
    constexpr std::size_t size = 29;
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
        at += name.size();
        text.replace(at, size, "*");
    }
    return text;
}

/// A server with one connection. What it logs is kept, and is expected to be nothing.
template <class App>
class Session {
public:
    explicit Session(App app, const gust::HTTP1ConnectionParameters& parameters = {})
        : server{std::move(app), parameters}, peer{server.connect()} {
        server.loop().set_log(gust::log_to(recorder));
        server.run();
    }

    /// Sends, and returns what has come since the last call, without dates.
    std::string send(std::string_view text) {
        peer.write(text);
        return receive();
    }
    std::string receive() {
        std::string bytes;
        std::size_t before = 0;
        do {
            before = bytes.size();
            server.run();
            bytes += peer.read_all();
        } while (bytes.size() != before);
        return without_dates(std::move(bytes));
    }
    std::string pass(std::chrono::milliseconds time) {
        server.pass(time);
        return receive();
    }
    /// Ends this side, and tells whether the other then went in peace.
    bool ends_cleanly() {
        peer.shutdown();
        server.run();
        return !peer.is_reset() && peer.is_closed() && server.connections() == 0;
    }

    struct Recorder {
        std::string text = {};
        void operator()(const gust::LogRecord& record) { text += std::string{record.text} + '\n'; }
    };

    Recorder recorder;
    gust::testing::MemoryServer<App> server;
    gust::testing::MemoryPeer peer;
};

struct ScriptedSession : Script, Session<ScriptedApp> {
    explicit ScriptedSession(const gust::HTTP1ConnectionParameters& parameters = {})
        : Session<ScriptedApp>{ScriptedApp{this}, parameters} {}
};

/// The code that `f` throws, or none.
template <class F>
std::error_code thrown_by(F&& f) {
    try {
        std::forward<F>(f)();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

inline const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// What `respond(conn, "ok")` sends.
inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Length: 2\r\nDate: *\r\n\r\nok";
inline const std::string ok_close = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Length: 2\r\nDate: *\r\nConnection: close\r\n\r\nok";

} // namespace gust_test

#endif // GUST_TESTS_HTTP1_SCRIPT_HPP
