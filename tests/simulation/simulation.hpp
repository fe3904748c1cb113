// SPDX-License-Identifier: MIT
// Whole connections in virtual time: a schedule of what may happen to them, and what has to hold.
#ifndef GUST_TESTS_SIMULATION_SIMULATION_HPP
#define GUST_TESTS_SIMULATION_SIMULATION_HPP

#include <gust/gust.hpp>
#include <gust/server/detail/server_core.hpp>
#include <gust/testing/memory_transport.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/application.hpp"
#include "simulation/responses.hpp"

namespace simulation {

/// Marks the time in which the server's loop runs, for programs that want to know.
#if defined(GUST_SIMULATION_LOOP_SCOPE)
using LoopScope = GUST_SIMULATION_LOOP_SCOPE;
#else
struct LoopScope {};
#endif

enum class step : std::uint8_t {
    request,  // the client has a request to send; value: its number
    junk,     // the client breaks a byte of what it has to send
    send,     // some of it leaves
    run,      // the server's loop runs
    tick,     // time passes
    read,     // the client reads
    capacity, // how much the client's side holds unread
    portion,  // how much the server gets from one read
    fin,
    reset,
    close,
    open_gate, // a suspended hook goes on
    answer,    // a handle answers
    drop,      // a handle goes without an answer
    drain,
    destroy_server,
    count
};

inline constexpr std::array<const char*, static_cast<std::size_t>(step::count)> step_names{
    "request",
    "junk",
    "send",
    "run",
    "tick",
    "read",
    "capacity",
    "portion",
    "fin",
    "reset",
    "close",
    "open_gate",
    "answer",
    "drop",
    "drain",
    "destroy_server"
};

struct Action {
    step what = step::run;
    std::uint8_t connection = 0;
    std::uint32_t value = 0;
};

/// How a run ends.
enum class ending_kind : std::uint8_t {
    patient,
    silent,
    reset_all,
    destroy_server,
    destroy_loop,
    count
};

struct Schedule {
    unsigned connections = 1;
    bool has_short_limits = false;
    ending_kind end = ending_kind::patient;
    std::vector<Action> actions;
};

/// A schedule is a function of its seed.
inline Schedule schedule_of(std::uint64_t seed) {
    Random random{seed};
    Schedule s;
    s.connections = random.one_in(4) ? 1 + random.below(8) : 1 + random.below(2);
    s.has_short_limits = random.one_in(3);
    s.end = static_cast<ending_kind>(
        random.below(3) == 0 ? random.below(static_cast<unsigned>(ending_kind::count)) : 0
    );
    constexpr std::array<unsigned, static_cast<std::size_t>(step::count)> weights{
        200, 8, 300, 300, 20, 120, 20, 20, 25, 8, 4, 250, 200, 10, 4, 2
    };
    unsigned total = 0;
    for (const unsigned weight : weights) {
        total += weight;
    }
    const bool is_timeless = random.one_in(2);
    const bool is_tame = random.one_in(2);
    const unsigned size = 4 + random.below(random.one_in(4) ? 120 : 40);
    for (unsigned i = 0; i != size; ++i) {
        unsigned at = random.below(total);
        std::size_t what = 0;
        while (at >= weights[what]) {
            at -= weights[what++];
        }
        Action action;
        action.what = static_cast<step>(what);
        action.connection = static_cast<std::uint8_t>(random.below(s.connections));
        action.value = static_cast<std::uint32_t>(random.next());
        if (is_timeless && action.what == step::tick) {
            action.what = step::run;
        }
        if (action.what == step::request) {
            action.value = is_tame ? action.value | 1U : action.value;
        }
        s.actions.push_back(action);
    }
    return s;
}

inline std::string text_of(const Schedule& s) {
    std::string text = std::to_string(s.connections) + " connections, "
                       + (s.has_short_limits ? "short" : "default") + " limits, end "
                       + std::to_string(static_cast<int>(s.end)) + "\n";
    for (const Action& action : s.actions) {
        text += "    ";
        text += step_names[static_cast<std::size_t>(action.what)];
        text += " " + std::to_string(action.connection) + " " + std::to_string(action.value) + "\n";
    }
    return text;
}

inline gust::HTTP1ConnectionParameters limits_of(const Schedule& s) {
    using namespace std::chrono_literals;
    if (!s.has_short_limits) {
        return {};
    }
    gust::HTTP1ConnectionParameters p;
    p.max_body_size = 2000;
    p.chunk_size = 64;
    p.head_timeout = 2000ms;
    p.body_timeout = 2000ms;
    p.idle_timeout = 3000ms;
    p.drain_idle = 500ms;
    p.write_timeout = 2000ms;
    p.output_high_water = 2000;
    p.output_low_water = 500;
    p.max_output = 200'000;
    p.discard_size = 200;
    p.discard_timeout = 1000ms;
    return p;
}

/// Breaks one place of a text.
inline void mutate(std::string& text, std::uint32_t value) {
    constexpr std::string_view bytes{
        "\r\n :;,/\0\x7f\x80"
        "aA0=\"%*",
        18
    };
    const std::size_t at = value / 64 % text.size();
    switch (value % 4) {
    case 0:
        text[at] = bytes[value / 4 % bytes.size()];
        break;
    case 1:
        text.erase(at, 1);
        break;
    case 2:
        text.insert(at, 1, bytes[value / 4 % bytes.size()]);
        break;
    case 3:
        text.insert(at, text.substr(at, value / 4 % 16));
        break;
    }
}

/// A server that may go while its connections are there.
class Server {
public:
    Server(asio::io_context& io, World& world, const gust::HTTP1ConnectionParameters& parameters)
        : io_{&io}, core_{new Core{Application{world}, parameters, loop(), *this}} {
        loop().stop_timer();
        loop().expect_deadline(std::min(parameters.discard_timeout, parameters.drain_idle));
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() { core_->abandon(); }

    gust::Loop& loop() { return gust::Loop::of(*io_); }
    std::size_t connections() const noexcept { return core_->size(); }
    Application& app() noexcept { return core_->app(); }

    gust::testing::MemoryPeer connect(std::uint16_t index) {
        auto [near, far] = gust::testing::make_memory_pair(*io_);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(index);
        const gust::PeerAddress peer{reinterpret_cast<const sockaddr*>(&address), sizeof address};
        gust::HTTP1ServerConnection<World::Stream, Core>::start(
            World::Stream{loop(), std::move(near)}, core_, peer
        );
        return gust::testing::MemoryPeer{std::move(far)};
    }
    template <class F>
    void drain(std::chrono::milliseconds deadline, F done) {
        gust::detail::WaiterList<gust::StopReport> waiting;
        waiting.add(gust::detail::make_waiter<gust::StopReport>(
            std::move(done), io_->get_executor(), gust::StopReport{}
        ));
        core_->drain(deadline, waiting);
    }

private:
    using Core = gust::detail::ServerCore<Server, Application>;
    friend Core;
    void connection_ended() noexcept {}

    asio::io_context* io_;
    typename Core::Ref core_;
};

struct Peer {
    explicit Peer(gust::testing::MemoryPeer end) : transport{std::move(end)} {}

    gust::testing::MemoryPeer transport;
    std::string pending;
    std::string received;
    std::vector<std::uint32_t> requests;
    bool is_mutated = false;
    bool has_finished = false; // FIN
    bool has_left = false;     // reset or closed by the client
};

/// Plays one schedule.
class Simulation {
public:
    explicit Simulation(const Schedule& schedule) : schedule_{schedule} {
        sink_ = [this](const gust::LogRecord& record) {
            ++logged_;
            if (record.text.empty()) {
                world_.complain("a log record says something");
            }
        };
        io_.emplace();
        gust::Loop::of(*io_).set_log(gust::log_to(sink_), gust::log_level::info);
        server_.emplace(*io_, world_, limits_of(schedule_));
        for (unsigned i = 0; i != schedule_.connections; ++i) {
            peers_.emplace_back(server_->connect(static_cast<std::uint16_t>(i)));
            if (i % 2 == 0) {
                peers_.back().transport.acknowledge_at_once();
            }
        }
    }
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    ~Simulation() { destroy(); }

    /// Lets memory fail: what is answered is not checked, only that all ends well.
    void lack_memory() {
        world_.is_plain = true;
        lacks_memory_ = true;
    }
    /// Gives a client bytes to send that are nobody's request.
    void give(std::size_t connection, std::string bytes) {
        peers_[connection].pending = std::move(bytes);
        peers_[connection].is_mutated = true;
    }
    /// Nothing, or what did not hold.
    std::optional<std::string> play() {
        for (const Action& action : schedule_.actions) {
            act(action);
        }
        finish();
        if (!world_.complaint().empty()) {
            return world_.complaint();
        }
        return std::nullopt;
    }
    std::uint64_t requests() const noexcept { return world_.records.size(); }

private:
    void expect(bool holds, const std::string& what) {
        if (!holds) {
            world_.complain(what);
        }
    }

    void run() {
        [[maybe_unused]] const LoopScope in_loop;
        constexpr int most = 100'000;
        int rounds = 0;
        io_->restart();
        while (io_->poll_one() != 0) {
            io_->restart();
            if (++rounds == most) {
                world_.complain("the loop comes to rest");
                return;
            }
        }
    }
    void tick() {
        [[maybe_unused]] const LoopScope in_loop;
        gust::Loop::of(*io_).tick();
        run();
    }

    void act(const Action& action) {
        Peer& peer = peers_[action.connection % peers_.size()];
        switch (action.what) {
        case step::request:
            peer.requests.push_back(action.value);
            peer.pending += request_text(script_of(action.value));
            break;
        case step::junk:
            if (!peer.pending.empty()) {
                peer.is_mutated = true;
                mutate(peer.pending, action.value);
            }
            break;
        case step::send:
            send(peer, action.value % 4 == 0 ? peer.pending.size() : 1 + action.value / 4 % 60);
            break;
        case step::run:
            run();
            break;
        case step::tick:
            has_ticked_ = true;
            tick();
            break;
        case step::read:
            peer.received += action.value % 3 == 0 ? peer.transport.read_all()
                                                   : peer.transport.read(1 + action.value % 5000);
            break;
        case step::capacity:
            peer.transport.set_capacity(action.value % 4 == 0 ? 1 << 20 : action.value % 300);
            break;
        case step::portion:
            peer.transport.set_read_size(action.value % 3 == 0 ? 1 << 20 : 1 + action.value % 20);
            break;
        case step::fin:
            if (!peer.has_left && !peer.has_finished) {
                peer.has_finished = true;
                peer.transport.shutdown();
            }
            break;
        case step::reset:
        case step::close:
            if (!std::exchange(peer.has_left, true)) {
                peer.received += peer.transport.read_all();
                if (action.what == step::reset) {
                    peer.transport.reset();
                } else {
                    peer.transport.close();
                    has_closed_ = true;
                }
            }
            break;
        case step::open_gate:
            if (!world_.gates.empty()) {
                open(*world_.gates[action.value % world_.gates.size()]);
                run();
            }
            break;
        case step::answer:
            if (!world_.debts.empty()) {
                pay(action.value % world_.debts.size());
            }
            break;
        case step::drop:
            if (!world_.debts.empty()) {
                drop(action.value % world_.debts.size());
            }
            break;
        case step::drain:
            drain(action.value);
            break;
        case step::destroy_server:
            destroy_server();
            break;
        case step::count:
            break;
        }
    }

    void send(Peer& peer, std::size_t n) {
        if (peer.has_finished || peer.has_left) {
            return;
        }
        n = std::min(n, peer.pending.size());
        peer.transport.write(std::string_view{peer.pending}.substr(0, n));
        peer.pending.erase(0, n);
    }
    static void open(Gate& gate) {
        gate.is_open = true;
        gate.timer.cancel();
    }
    void pay(std::size_t which) {
        Debt debt = std::move(world_.debts[which]);
        world_.debts.erase(world_.debts.begin() + static_cast<std::ptrdiff_t>(which));
        if (debt.record->script.what == answer_kind::streamed) {
            ++world_.streaming;
            asio::co_spawn(*io_, stream_debt(world_, std::move(debt)), asio::detached);
            return;
        }
        try {
            Answer<gust::ResponseHandle>{debt.handle, *debt.record}.all();
        } catch (const std::exception&) {
            expect(debt.record->has_failed, "a verb throws for a mistake of its caller only");
        }
        if (!debt.record->has_answered) {
            debt.record->has_failed = true;
        }
    }
    static gust::awaitable<> stream_debt(World& world, Debt debt) {
        struct Count {
            unsigned& count;
            ~Count() { --count; }
        } count{world.streaming};
        try {
            co_await stream(debt.handle, *debt.record);
        } catch (const std::system_error& error) {
            if (!debt.record->has_failed && error.code() != gust::errc::closed) {
                world.complain("a stream ends by itself, or because it is closed");
            }
            debt.record->has_failed = true;
        } catch (const std::exception&) {
        }
    }
    void drop(std::size_t which) {
        Debt debt = std::move(world_.debts[which]);
        world_.debts.erase(world_.debts.begin() + static_cast<std::ptrdiff_t>(which));
        debt.record->has_failed = true;
    }
    void drain(std::uint32_t value) {
        using namespace std::chrono_literals;
        if (!server_) {
            return;
        }
        is_drained_ = true;
        ++stops_;
        server_->drain(value % 3 == 0 ? 0ms : 3'600'000ms, [this](const gust::StopReport& report) {
            ++stopped_;
            if (report.finished + report.aborted > schedule_.connections) {
                world_.complain("a connection is reported once");
            }
        });
        has_cut_ = has_cut_ || value % 3 == 0;
    }
    void destroy_server() {
        if (server_) {
            is_destroyed_ = true;
            on_close_ = server_->app().closed;
            world_.is_abandoned = true;
            server_.reset();
        }
    }

    void finish() {
        switch (schedule_.end) {
        case ending_kind::patient:
        case ending_kind::silent:
            wait_for_the_end();
            break;
        case ending_kind::reset_all:
            reset_all();
            break;
        case ending_kind::destroy_server:
            destroy_server();
            run();
            break;
        case ending_kind::destroy_loop:
        case ending_kind::count:
            destroy();
            return;
        }
        check();
        destroy();
    }

    void help(Peer& peer, bool ends) {
        peer.transport.set_capacity(std::size_t{1} << 24U);
        send(peer, peer.pending.size());
        if (ends && !peer.has_left && !peer.has_finished) {
            peer.has_finished = true;
            peer.transport.shutdown();
        }
        if (!peer.has_left) {
            peer.received += peer.transport.read_all();
        }
    }
    void open_all() {
        for (std::size_t i = 0; i != world_.gates.size(); ++i) {
            open(*world_.gates[i]);
        }
        while (!world_.debts.empty()) {
            pay(0);
        }
    }
    void wait_for_the_end() {
        constexpr int most = 2000;
        for (int round = 0; round != most; ++round) {
            if (!server_ || server_->connections() == 0) {
                if (world_.gates.empty() && world_.debts.empty() && world_.streaming == 0) {
                    break;
                }
            }
            open_all();
            run();
            for (Peer& peer : peers_) {
                help(peer, schedule_.end == ending_kind::patient && round > 2);
            }
            run();
            if (round > 3) {
                tick();
            }
            if (round == 20) {
                world_.detached.clear();
            }
        }
        for (Peer& peer : peers_) {
            help(peer, false);
        }
        run();
        expect(!server_ || server_->connections() == 0, "every connection ends");
        expect(world_.gates.empty(), "every hook ends");
        expect(world_.streaming == 0, "every stream ends");
    }
    /// Everybody goes, and what is suspended is told.
    void reset_all() {
        for (Peer& peer : peers_) {
            if (!std::exchange(peer.has_left, true)) {
                peer.received += peer.transport.read_all();
                peer.transport.reset();
            }
        }
        run();
        tick();
        tick();
        if (!has_closed_ && !is_destroyed_) {
            check_cancelled();
        }
        wait_for_the_end();
    }
    void check_cancelled() {
        std::size_t stubborn = 0;
        for (const auto& record : world_.records) {
            const bool goes_on = record->script.is_stubborn || record->is_detached;
            if (record->is_in_hook) {
                ++stubborn;
                expect(goes_on, "a hook that is cancelled ends");
            }
        }
        expect(world_.streaming == 0, "a stream ends when its peer has gone");
        expect(world_.gates.size() <= stubborn, "only the stubborn wait");
        for (Debt& debt : world_.debts) {
            expect(!debt.handle, "a handle knows when its peer has gone");
        }
    }

    void check() {
        if (lacks_memory_) {
            check_ends();
            return;
        }
        for (Peer& peer : peers_) {
            if (!peer.has_left) {
                peer.received += peer.transport.read_all();
            }
        }
        expect(
            logged_ == 0 || any_failed() || is_destroyed_,
            "only mistakes of the application are logged"
        );
        expect(
            stops_ == stopped_ || is_destroyed_ || (server_ && server_->connections() != 0),
            "stop completes"
        );
        for (std::size_t i = 0; i != peers_.size(); ++i) {
            check(i);
        }
        check_on_close();
    }
    /// What holds although memory lacked: every end comes once, and no answer is a wrong one.
    void check_ends() {
        for (const auto& record : world_.records) {
            expect(is_destroyed_ || record->headers == 1, "headers come once");
            expect(
                is_destroyed_ || record->finished + record->closed == 1,
                "one of finish and on_connection_close"
            );
            expect(is_destroyed_ || record->ended == 1, "response_ended comes once");
            expect(is_destroyed_ || record->is_destroyed, "a delegate goes");
        }
        expect(
            stops_ == stopped_ || is_destroyed_ || (server_ && server_->connections() != 0),
            "stop completes"
        );
        for (Peer& peer : peers_) {
            if (!peer.has_left) {
                peer.received += peer.transport.read_all();
            }
            const ending how =
                peer.transport.is_reset() || peer.has_left ? ending::reset : ending::fin;
            ResponseReader reader{peer.received, how};
            const std::vector<Response> responses = reader.all();
            expect(reader.error().empty(), reader.error());
            for (const Response& response : responses) {
                check_bytes(response);
            }
        }
        check_on_close();
    }
    void check_bytes(const Response& response) {
        if (!response.number || response.status != 200) {
            return;
        }
        const Script script = script_of(*response.number);
        const bool has_body = !response.body.empty();
        expect(
            response.body == bytes_of(script.number, response.body.size()),
            "a body arrives as it was written"
        );
        expect(
            !response.is_whole || !has_body || response.body.size() == script.answer_size,
            "a cut response never looks whole"
        );
    }
    void check_on_close() {
        if (!server_ || server_->connections() != 0) {
            return;
        }
        on_close_ = server_->app().closed;
        std::sort(on_close_.begin(), on_close_.end());
        bool is_complete = on_close_.size() == peers_.size();
        for (std::size_t i = 0; is_complete && i != on_close_.size(); ++i) {
            is_complete = on_close_[i] == i;
        }
        expect(is_complete, "on_close comes once for each connection");
    }
    bool any_failed() const {
        return std::any_of(world_.records.begin(), world_.records.end(), [](const auto& record) {
            return record->has_failed;
        });
    }

    void check(std::size_t index) {
        Peer& peer = peers_[index];
        std::vector<const Record*> records;
        for (const auto& record : world_.records) {
            if (record->connection == index) {
                records.push_back(record.get());
            }
        }
        const bool is_over = !is_destroyed_;
        for (const Record* record : records) {
            check(*record, peer, is_over);
        }
        const ending how = peer.transport.is_reset() || peer.has_left ? ending::reset
                           : peer.transport.has_ended()               ? ending::fin
                                                                      : ending::open;
        ResponseReader reader{peer.received, how};
        const std::vector<Response> responses = reader.all();
        expect(reader.error().empty(), reader.error());
        for (std::size_t i = 0; i != responses.size(); ++i) {
            check(
                responses[i],
                i < records.size() ? records[i] : nullptr,
                peer,
                i + 1 == responses.size()
            );
        }
        if (is_destroyed_ || peer.has_left) {
            return;
        }
        // What was sent in full is there in full, unless the application cut it off.
        const bool was_cut = std::any_of(records.begin(), records.end(), [](const Record* record) {
            return record->script.fails == trouble::closes || record->script.aborts_at_fin;
        });
        for (std::size_t i = 0; i != records.size(); ++i) {
            const bool is_sent = records[i]->outcome == gust::outcome::sent;
            if (is_sent && !was_cut && !has_ticked_ && !has_cut_ && !schedule_.has_short_limits
                && how == ending::fin) {
                expect(i < responses.size() && responses[i].is_whole, "what was sent arrives");
            }
        }
        const bool is_tame =
            std::all_of(peer.requests.begin(), peer.requests.end(), [](std::uint32_t n) {
                return n % 2 != 0;
            });
        if (is_tame && !peer.is_mutated && peer.pending.empty() && !has_ticked_ && !is_drained_
            && !schedule_.has_short_limits && !any_failed()) {
            const bool was_closed = (!responses.empty() && responses.back().says_close)
                                    || (!records.empty() && records.back()->script.closes_after);
            expect(
                was_closed || responses.size() == peer.requests.size(), "every request is answered"
            );
        }
    }
    void check(const Record& record, const Peer& peer, bool is_over) {
        if (is_over) {
            expect(record.headers == 1, "headers come once");
            expect(
                record.finished + record.closed == (record.is_detached ? 0 : 1)
                    || record.is_detached,
                "one of finish and on_connection_close"
            );
            expect(record.ended == 1, "response_ended comes once");
            expect(record.is_destroyed, "a delegate goes");
            if (record.outcome == gust::outcome::sent) {
                expect(record.has_answered, "what was sent was answered");
            }
        }
        if (!peer.is_mutated) {
            const std::string body = bytes_of(record.script.number, record.script.body_size);
            expect(body.starts_with(record.body), "a body arrives as it was sent");
            expect(record.finished == 0 || body == record.body, "finish is behind the whole body");
        }
    }
    void check(const Response& response, const Record* record, const Peer& peer, bool is_last) {
        if (response.status == 101) {
            expect(record != nullptr && record->is_detached, "101 is for who has detached");
            return;
        }
        if (!response.number) {
            check_error(response, record, peer, is_last);
            return;
        }
        expect(
            record != nullptr && record->script.number == *response.number, "answers are in order"
        );
        if (record == nullptr) {
            return;
        }
        expect(record->status == response.status, "the status is the application's");
        if (response.status != 200 || record->script.is_head()) {
            expect(response.body.empty(), "no body where there is none");
            return;
        }
        expect(record->answer.starts_with(response.body), "a body arrives as it was written");
        if (response.is_whole) {
            // All that a length announced is whole, also when the application did not end it.
            const bool is_full = record->script.what == answer_kind::sized
                                 && record->answer.size() == record->script.answer_size;
            expect(record->has_answered || is_full, "a cut response never looks whole");
            expect(record->answer == response.body, "a cut response never looks whole, nor short");
            expect(
                response.has_trailers
                    == (record->script.what == answer_kind::trailers && !record->script.is_1_0),
                "trailers arrive"
            );
        }
    }
    void
    check_error(const Response& response, const Record* record, const Peer& peer, bool is_last) {
        expect(response.status >= 400, "only mistakes are answered by the library");
        expect(response.says_close && is_last, "behind a mistake the connection closes");
        expect(
            !response.is_whole || response.body.empty() || response.body.back() == '\n',
            "an error is a line"
        );
        switch (response.status) {
        case 500:
            expect(record != nullptr && record->has_failed, "500 is for who failed");
            break;
        case 408:
            expect(has_ticked_ || schedule_.end != ending_kind::count, "408 is for who is late");
            break;
        case 413:
            expect(peer.is_mutated || schedule_.has_short_limits, "413 is for what is too large");
            break;
        default:
            expect(
                peer.is_mutated, "a good request is not refused: " + std::to_string(response.status)
            );
        }
    }

    void destroy() {
        if (!io_) {
            return;
        }
        destroy_server();
        world_.debts.clear();
        world_.detached.clear();
        if (schedule_.end != ending_kind::destroy_loop) {
            for (int i = 0; i != 4; ++i) {
                open_all();
                run();
            }
            peers_.clear();
            world_.detached.clear();
            run();
            expect(gust::Loop::of(*io_).blocks().blocks_in_use() == 0, "every block comes back");
        }
        peers_.clear();
        io_.reset();
        for (const auto& record : world_.records) {
            expect(record->is_destroyed, "a delegate goes with its loop");
        }
    }

    Schedule schedule_;
    World world_;
    std::function<void(const gust::LogRecord&)> sink_;
    std::optional<asio::io_context> io_;
    std::optional<Server> server_;
    std::vector<Peer> peers_;
    std::vector<std::size_t> on_close_;
    std::size_t logged_ = 0;
    unsigned stops_ = 0;
    unsigned stopped_ = 0;
    bool lacks_memory_ = false;
    bool has_ticked_ = false;
    bool is_drained_ = false;
    bool has_cut_ = false;
    bool has_closed_ = false; // which looks like a half-close
    bool is_destroyed_ = false;
};

/// Plays a schedule that a failed one is suspected in; says what did not hold.
inline std::optional<std::string> play(const Schedule& schedule) {
    Simulation simulation{schedule};
    return simulation.play();
}

/// Leaves out what the failure does not need.
inline Schedule shrink(Schedule s) {
    const auto fails = [](const Schedule& candidate) { return play(candidate).has_value(); };
    for (std::size_t piece = std::max<std::size_t>(s.actions.size() / 2, 1); piece != 0;
         piece /= 2) {
        for (std::size_t at = 0; at < s.actions.size();) {
            Schedule candidate = s;
            const auto begin = candidate.actions.begin() + static_cast<std::ptrdiff_t>(at);
            const auto left = static_cast<std::ptrdiff_t>(std::min(piece, s.actions.size() - at));
            candidate.actions.erase(begin, begin + left);
            if (fails(candidate)) {
                s = std::move(candidate);
            } else {
                at += piece;
            }
        }
    }
    for (unsigned n = 1; n < s.connections; ++n) {
        Schedule candidate = s;
        candidate.connections = n;
        for (Action& action : candidate.actions) {
            action.connection = static_cast<std::uint8_t>(action.connection % n);
        }
        if (fails(candidate)) {
            s = std::move(candidate);
            break;
        }
    }
    return s;
}

} // namespace simulation

#endif // GUST_TESTS_SIMULATION_SIMULATION_HPP
