// SPDX-License-Identifier: MIT
#include <gust/core/log.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace gust;

namespace {

struct Recorder {
    void operator()(const LogRecord& record) {
        texts.emplace_back(record.text);
        suppressed += record.suppressed;
    }
    std::vector<std::string> texts;
    std::uint64_t suppressed = 0;
};

} // namespace

TEST_CASE("a log without a sink is silent", "[core][log]") {
    Log log;
    CHECK_FALSE(log.wants(log_level::error));
    log.write(log_level::error, log_kind::server, "nobody hears");
}

TEST_CASE("a sink gets records of its level and above", "[core][log]") {
    Recorder recorder;
    Log log;
    log.set_sink(log_to(recorder), log_level::warning);
    CHECK_FALSE(log.wants(log_level::info));
    log.write(log_level::info, log_kind::server, "low");
    log.write(log_level::warning, log_kind::server, "equal");
    log.write(log_level::error, log_kind::server, {"put ", "together"});
    CHECK(recorder.texts == std::vector<std::string>{"equal", "put together"});
    log.set_sink({});
    log.write(log_level::error, log_kind::server, "silent again");
    CHECK(recorder.texts.size() == 2);
}

TEST_CASE("an exception is written with what it says", "[core][log]") {
    Recorder recorder;
    Log log;
    log.set_sink(log_to(recorder));
    log.write(
        log_level::error,
        log_kind::hook,
        "a hook failed",
        std::make_exception_ptr(std::runtime_error{"why"})
    );
    log.write(log_level::error, log_kind::hook, "a hook failed", std::make_exception_ptr(5));
    CHECK(recorder.texts[0] == "a hook failed: why");
    CHECK(recorder.texts[1] == "a hook failed: an exception of unknown type");
}

TEST_CASE(
    "a flood of one kind is counted instead of written, and leaves the others alone", "[core][log]"
) {
    Recorder recorder;
    Log log;
    log.set_sink(log_to(recorder), log_level::debug);
    log.set_rate(3);
    for (int i = 0; i != 100; ++i) {
        log.write(log_level::debug, log_kind::protocol, "bad request");
    }
    CHECK(recorder.texts.size() <= 6); // the second may have turned in between
    log.write(log_level::info, log_kind::accept, "another kind");
    CHECK(recorder.texts.back() == "another kind");
}

TEST_CASE("a long text is cut", "[core][log]") {
    Recorder recorder;
    Log log;
    log.set_sink(log_to(recorder));
    const std::string text(10'000, 'x');
    log.write(log_level::info, log_kind::server, text);
    log.write(log_level::info, log_kind::server, {text, text});
    CHECK(recorder.texts[0].size() == Log::most_text);
    CHECK(recorder.texts[1].size() == Log::most_text);
}
