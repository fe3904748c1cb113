// SPDX-License-Identifier: MIT
// The application of a simulation: does what each request's number says, and notes what it is told.
#ifndef GUST_TESTS_SIMULATION_APPLICATION_HPP
#define GUST_TESTS_SIMULATION_APPLICATION_HPP

#include <gust/gust.hpp>
#include <gust/testing/memory_transport.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "simulation/script.hpp"

namespace simulation {

struct Violation : std::logic_error {
    using std::logic_error::logic_error;
};

/// What one delegate has seen and done.
struct Record {
    Script script{};
    std::size_t connection = 0;
    std::string target;

    unsigned headers = 0;
    unsigned finished = 0;
    unsigned closed = 0;
    unsigned ended = 0;
    gust::outcome outcome = gust::outcome::sent;
    std::string body;
    bool is_in_hook = false;
    bool is_destroyed = false;

    unsigned status = 0; // 0: has not begun to answer
    std::string answer;
    bool has_answered = false;
    bool has_failed = false; // threw, closed, or never answered
    bool is_detached = false;
};

class World;

/// Suspends a coroutine until the schedule opens it.
struct Gate {
    Gate(World& owner, const asio::any_io_executor& loop);
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate();

    World& world;
    asio::basic_waitable_timer<std::chrono::steady_clock> timer;
    bool is_open = false;
};

/// An answer that a handle owes.
struct Debt {
    gust::ResponseHandle handle;
    std::shared_ptr<Record> record;
};

/// What outlives server and connections: the notes, and what the application keeps.
class World {
public:
    using Stream = gust::IOStream<gust::testing::MemoryTransport>;

    /// The first thing that went wrong. Hooks may not throw it, so it is kept.
    void complain(const std::string& what) {
        if (complaint_.empty()) {
            complaint_ = what;
        }
    }
    const std::string& complaint() const noexcept { return complaint_; }

    std::vector<std::shared_ptr<Record>> records;
    std::vector<Gate*> gates;
    std::deque<Debt> debts;
    std::vector<std::unique_ptr<Stream>> detached;
    bool is_plain = false;     // no coroutines
    bool is_tame = false;      // no trouble, and no answer whose moment matters
    unsigned streaming = 0;    // coroutines that send large answers from a handle
    bool is_abandoned = false; // the server was destroyed: no hook may be called any more

private:
    std::string complaint_;
};

inline Gate::Gate(World& owner, const asio::any_io_executor& loop) : world{owner}, timer{loop} {
    world.gates.push_back(this);
}
inline Gate::~Gate() {
    std::erase(world.gates, this);
}

inline gust::awaitable<> pass(World& world, bool is_stubborn) {
    Gate gate{world, co_await asio::this_coro::executor};
    if (is_stubborn) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
    while (!gate.is_open) {
        std::error_code ec;
        gate.timer.expires_at(std::chrono::steady_clock::time_point::max());
        co_await gate.timer.async_wait(asio::redirect_error(gust::use_awaitable, ec));
        if (ec && !gate.is_open) {
            throw std::system_error{ec}; // cancelled
        }
    }
}

/// Answers, and notes every verb that was accepted.
template <class Target>
class Answer {
public:
    Answer(Target& target, Record& record) noexcept : target_{&target}, record_{&record} {}

    void begin() {
        const Script& s = record_->script;
        if (s.sends_interim) {
            target_->write_interim(gust::status::early_hints, {{"Link", "</a>"}});
        }
        const std::string number = std::to_string(s.number) + (s.is_head() ? " HEAD" : "");
        const gust::Field name{"X-Number", std::string_view{number}};
        switch (s.what) {
        case answer_kind::whole:
            target_->respond(
                {gust::status::ok}, {name}, gust::Chunk{bytes_of(s.number, s.answer_size)}
            );
            note_head(200);
            note(s.answer_size);
            record_->has_answered = true;
            break;
        case answer_kind::sized:
            target_->write_headers(
                {gust::status::ok}, {name, {"Content-Length", gust::Decimal{s.answer_size}}}
            );
            note_head(200);
            break;
        case answer_kind::chunked:
        case answer_kind::streamed:
        case answer_kind::trailers:
            target_->write_headers({gust::status::ok}, {name});
            note_head(200);
            break;
        case answer_kind::no_content:
            target_->write_headers({gust::status::no_content}, {name});
            note_head(204);
            break;
        case answer_kind::not_modified:
            target_->write_headers({gust::status::not_modified}, {name});
            note_head(304);
            break;
        case answer_kind::reset_content:
            target_->write_headers({gust::status::reset_content}, {name});
            note_head(205);
            break;
        }
        if (s.fails == trouble::throws_after_begin) {
            record_->has_failed = true;
            throw std::runtime_error{"after the head"};
        }
        if (s.closes_after) {
            if constexpr (requires { target_->close_after_response(); }) {
                target_->close_after_response();
            }
        }
        if (s.fails == trouble::closes) {
            record_->has_failed = true;
            target_->close();
        }
    }
    bool has_body() const noexcept {
        const answer_kind what = record_->script.what;
        return what == answer_kind::sized || what == answer_kind::chunked
               || what == answer_kind::streamed || what == answer_kind::trailers;
    }
    /// Writes the next piece. False: there is none.
    bool write() {
        const Script& s = record_->script;
        if (!has_body() || written_ == s.answer_size) {
            return false;
        }
        const std::size_t most = s.what == answer_kind::streamed ? 20'000 : 700;
        const std::size_t n = std::min(most, s.answer_size - written_);
        std::string piece(n, ' ');
        for (std::size_t i = 0; i != n; ++i) {
            piece[i] = byte_at(s.number, written_ + i);
        }
        if (n % 2 == 0) {
            target_->write(std::string_view{piece});
        } else {
            target_->write(std::move(piece));
        }
        written_ += n;
        note(n);
        return true;
    }
    void end() {
        const Script& s = record_->script;
        if (s.what == answer_kind::whole) {
            return;
        }
        if (s.fails == trouble::forgets_the_end) {
            record_->has_failed = true;
            return;
        }
        if (s.fails == trouble::writes_too_much && s.what != answer_kind::chunked
            && s.what != answer_kind::streamed && s.what != answer_kind::trailers) {
            record_->has_failed = true;
            target_->write("too much");
        }
        if (s.what == answer_kind::trailers) {
            target_->finish({{"X-Trailer", "1"}});
        } else {
            target_->finish();
        }
        record_->has_answered = true;
    }
    void all() {
        begin();
        while (write()) {
        }
        end();
        if (record_->script.fails == trouble::answers_twice) {
            record_->has_failed = true;
            target_->respond({gust::status::ok}, {}, "once more");
        }
    }

private:
    void note_head(unsigned status) {
        if (record_->status == 0) {
            record_->status = status;
        }
    }
    void note(std::size_t n) {
        const std::size_t at = record_->answer.size();
        for (std::size_t i = 0; i != n; ++i) {
            record_->answer += byte_at(record_->script.number, at + i);
        }
    }

    Target* target_;
    Record* record_;
    std::size_t written_ = 0;
};

/// Sends an answer piece by piece, each when there is room for it.
template <class Target>
gust::awaitable<> stream(Target& target, Record& record) {
    Answer<Target> answer{target, record};
    answer.begin();
    while (answer.write()) {
        co_await target.drained();
    }
    answer.end();
}

class Delegate : public gust::HTTPMessageDelegate {
public:
    Delegate(World& world, std::shared_ptr<Record> record)
        : world_{&world}, record_{std::move(record)} {}
    Delegate(const Delegate&) = delete;
    Delegate& operator=(const Delegate&) = delete;
    ~Delegate() {
        if (record_->is_destroyed) {
            world_->complain("a delegate is destroyed once");
        }
        if (record_->is_in_hook) {
            world_->complain("a delegate outlives its hook");
        }
        record_->is_destroyed = true;
    }

    gust::awaitable<>
    headers_received(auto& conn, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        Hook hook{*this};
        ++record_->headers;
        expect(record_->headers == 1, "headers come once");
        const Script& s = script();
        if (s.aborts_at_fin) {
            conn.set_half_close(gust::half_close::abort);
        }
        if (s.fails == trouble::detaches && s.where == place::headers && !s.is_1_0) {
            return suspend(detach(conn));
        }
        if (s.headers_waits != 0) {
            return suspend(headers_later(conn));
        }
        in_headers(conn);
        return {};
    }
    gust::awaitable<> data_received(auto& conn, gust::bytes piece) {
        Hook hook{*this};
        expect(
            record_->headers == 1 && record_->finished + record_->closed == 0, "data comes in time"
        );
        expect(!piece.empty(), "a piece holds bytes");
        const bool is_first = record_->body.empty();
        record_->body += gust::as_text(piece);
        if (script().data_waits != 0 && is_first) {
            return suspend(data_later(conn, piece));
        }
        in_data(conn, is_first);
        return {};
    }
    gust::awaitable<> finish(auto& conn) {
        Hook hook{*this};
        ++record_->finished;
        expect(record_->finished + record_->closed == 1, "one of finish and on_connection_close");
        if (script().finish_waits != 0) {
            return suspend(finish_later(conn));
        }
        if (script().where == place::finish && script().what == answer_kind::streamed
            && script().fails == trouble::none) {
            return suspend(stream(conn, *record_));
        }
        in_finish(conn);
        return {};
    }
    void on_connection_close() noexcept {
        ++record_->closed;
        expect(!record_->is_in_hook, "hooks do not overlap");
        expect(record_->finished + record_->closed == 1, "one of finish and on_connection_close");
        expect(!world_->is_abandoned, "no hook after the server has gone");
    }
    void response_ended(gust::outcome outcome) noexcept {
        ++record_->ended;
        record_->outcome = outcome;
        expect(!record_->is_in_hook, "hooks do not overlap");
        expect(record_->ended == 1, "response_ended comes once");
        expect(
            record_->is_detached || record_->finished + record_->closed == 1,
            "response_ended comes last"
        );
        expect(record_->is_detached == (outcome == gust::outcome::detached), "detached says so");
        expect(!world_->is_abandoned, "no hook after the server has gone");
    }

private:
    /// Marks the time in which a hook runs.
    struct Hook {
        explicit Hook(Delegate& owner) : delegate{owner} {
            delegate.expect(!delegate.record_->is_in_hook, "hooks do not overlap");
            delegate.expect(delegate.record_->ended == 0, "response_ended comes last");
            delegate.expect(!delegate.world_->is_abandoned, "no hook after the server has gone");
            delegate.record_->is_in_hook = true;
        }
        Hook(const Hook&) = delete;
        Hook& operator=(const Hook&) = delete;
        ~Hook() { delegate.record_->is_in_hook = false; }
        Delegate& delegate;
    };

    void expect(bool holds, const char* what) const {
        if (!holds) {
            world_->complain(what);
        }
    }
    const Script& script() const noexcept { return record_->script; }

    gust::awaitable<> suspend(gust::awaitable<> work) { return marked(*this, std::move(work)); }
    static gust::awaitable<> marked(Delegate& self, gust::awaitable<> work) {
        const Hook hook{self}; // not begun at all when it is cancelled before
        co_await std::move(work);
    }

    void fail(trouble at) {
        if (script().fails == at) {
            record_->has_failed = true;
            throw std::runtime_error{"as the script says"};
        }
    }
    template <class Conn>
    void answer(Conn& conn) {
        Answer<Conn>{conn, *record_}.all();
    }
    template <class Conn>
    void owe(Conn& conn) {
        world_->debts.push_back({conn.keep(), record_});
    }
    template <class Conn>
    void in_headers(Conn& conn) {
        fail(trouble::throws_in_headers);
        if (script().where == place::headers) {
            answer(conn);
        } else if (script().where == place::later_from_headers) {
            owe(conn);
        }
    }
    template <class Conn>
    void in_data(Conn& conn, bool is_first) {
        fail(trouble::throws_in_data);
        if (script().where == place::data && is_first) {
            answer(conn);
        }
    }
    template <class Conn>
    void in_finish(Conn& conn) {
        fail(trouble::throws_in_finish);
        switch (script().where) {
        case place::headers:
        case place::later_from_headers:
            break;
        case place::data: // there was no data
        case place::finish:
            if (record_->status == 0) {
                answer(conn);
            }
            break;
        case place::later_from_finish:
            owe(conn);
            break;
        case place::never:
            record_->has_failed = true;
            break;
        }
    }
    template <class Conn>
    gust::awaitable<> headers_later(Conn& conn) {
        for (unsigned i = 0; i != script().headers_waits; ++i) {
            co_await pass(*world_, script().is_stubborn);
        }
        in_headers(conn);
    }
    template <class Conn>
    gust::awaitable<> data_later(Conn& conn, gust::bytes piece) {
        const std::string before{gust::as_text(piece)};
        co_await pass(*world_, script().is_stubborn);
        expect(before == gust::as_text(piece), "a piece stays until its hook has ended");
        in_data(conn, true);
    }
    template <class Conn>
    gust::awaitable<> finish_later(Conn& conn) {
        for (unsigned i = 0; i != script().finish_waits; ++i) {
            co_await pass(*world_, script().is_stubborn);
            expect(
                conn.start_line().target == record_->target,
                "the target stays until the response has ended"
            );
        }
        if (script().where == place::finish && script().what == answer_kind::streamed
            && script().fails == trouble::none) {
            co_await stream(conn, *record_);
        } else {
            in_finish(conn);
        }
    }
    template <class Conn>
    gust::awaitable<> detach(Conn& conn) {
        if (script().headers_waits != 0) {
            co_await pass(*world_, script().is_stubborn);
        }
        conn.write_headers({gust::status::switching_protocols}, {{"Upgrade", "simulation"}});
        record_->is_detached = true;
        world_->detached.push_back(std::make_unique<World::Stream>(conn.detach()));
        world_->detached.back()->flush();
        if (script().finish_waits != 0) {
            co_await pass(*world_, script().is_stubborn);
        }
    }

    World* world_;
    std::shared_ptr<Record> record_;
};

class Application {
public:
    explicit Application(World& world) : world_{&world} {
        closed.reserve(256); // it is added to where nothing may fail
    }

    Delegate start_request(auto& /*server_conn*/, auto& conn) {
        auto record = std::make_shared<Record>();
        std::uint32_t number = 0;
        const std::string_view target = conn.start_line().target;
        if (target.size() > 1) {
            std::from_chars(target.data() + 1, target.data() + target.size(), number);
        }
        record->script = script_of(world_->is_tame ? number | 1U : number);
        if (world_->is_tame && record->script.where == place::later_from_headers) {
            record->script.where = place::later_from_finish;
        }
        if (world_->is_plain) {
            record->script.headers_waits = record->script.data_waits = 0;
            record->script.finish_waits = 0;
            if (record->script.what == answer_kind::streamed) {
                record->script.what = answer_kind::chunked;
            }
            if (record->script.fails == trouble::detaches) {
                record->script.fails = trouble::none;
            }
        }
        record->target = target;
        // The request may have been broken: what counts is what arrived.
        record->script.is_1_0 = conn.start_line().version == gust::version::http_1_0;
        record->script.method = conn.start_line().method == gust::method::head ? "HEAD" : "GET";
        record->connection = conn.peer().port();
        world_->records.push_back(record);
        return Delegate{*world_, std::move(record)};
    }
    void on_close(auto& conn) noexcept {
        if (world_->is_abandoned) {
            world_->complain("no hook after the server has gone");
        }
        closed.push_back(conn.peer().port());
    }

    std::vector<std::size_t> closed;

private:
    World* world_;
};

} // namespace simulation

#endif // GUST_TESTS_SIMULATION_APPLICATION_HPP
