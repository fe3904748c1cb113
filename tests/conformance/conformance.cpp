// SPDX-License-Identifier: MIT
// test_conformance: whether a server does what cases.txt says.
//
//     test_conformance                      the cases in memory
//     test_conformance --start PROGRAM      over TCP, with a contract_server that is started here
//     test_conformance --server HOST:PORT   over TCP, with one that runs; not the cases that wait
//                                           for a deadline
//
// Behind these, a word that a case's name has to contain. Prints every case that fails, and a
// count.
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/memory.hpp"
#include "conformance/sockets.hpp"

#ifndef GUST_CONFORMANCE_CASES
#error "GUST_CONFORMANCE_CASES has to be the path of cases.txt"
#endif

namespace {

using namespace conformance;

class Report {
public:
    void add(const Case& c, const Cut& cut, const Observed& observed) {
        ++checks_;
        const Judge judge{c, observed};
        if (judge.complaints().empty()) {
            return;
        }
        ++failures_;
        fmt::print("{} ({}, {}), {}:\n", c.name, c.section, c.weight, cut.name);
        for (const std::string& complaint : judge.complaints()) {
            fmt::print("    {}\n", complaint);
        }
    }
    void fail(std::string_view what) {
        ++failures_;
        fmt::print("{}\n", what);
    }
    int end(std::size_t cases) const {
        fmt::print("{} cases, {} checks, {} failed\n", cases, checks_, failures_);
        return failures_ == 0 && checks_ != 0 ? 0 : 1;
    }

private:
    std::size_t checks_ = 0;
    std::size_t failures_ = 0;
};

template <class Run>
void run_all(const std::vector<Case>& cases, Run& run, Report& report) {
    for (const Case& c : cases) {
        for (const Cut& cut : cuts_of(c, run.most_single_bytes())) {
            report.add(c, cut, run.observe(c, cut));
        }
    }
}

/// Those that wait for a deadline wait together.
void run_waiting(const std::vector<Case>& cases, SocketRun& run, Report& report) {
    std::vector<SocketRun::Conversation> conversations;
    for (const Case& c : cases) {
        conversations.push_back(run.begin(c, {"whole", {c.bytes}}));
    }
    for (std::size_t i = 0; i != cases.size(); ++i) {
        Observed observed = run.finish(conversations[i]);
        observed.requests = cases[i].requests; // cannot be told apart here
        report.add(cases[i], {"whole", {}}, observed);
    }
}

Address parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    return {text.substr(0, colon), static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

int run(const std::vector<std::string>& arguments) {
    std::string mode;
    std::string target;
    std::string word;
    for (std::size_t i = 0; i != arguments.size(); ++i) {
        if (arguments[i].starts_with("--") && i + 1 != arguments.size()) {
            mode = arguments[i];
            target = arguments[++i];
        } else {
            word = arguments[i];
        }
    }
    if ((!mode.empty() && mode != "--start" && mode != "--server") || word.starts_with("--")) {
        fmt::print(
            stderr, "usage: test_conformance [--start PROGRAM | --server HOST:PORT] [WORD]\n"
        );
        return 2;
    }

    std::vector<Case> cases;
    std::vector<Case> waiting;
    for (Case& c : read_cases(GUST_CONFORMANCE_CASES)) {
        if (c.name.find(word) != c.name.npos) {
            (c.waits && !mode.empty() ? waiting : cases).push_back(std::move(c));
        }
    }
    Report report;
    if (mode.empty()) {
        MemoryRun in_memory;
        run_all(cases, in_memory, report);
        return report.end(cases.size());
    }
    if (mode == "--server") {
        SocketRun sockets{parse_address(target)};
        run_all(cases, sockets, report);
        return report.end(cases.size());
    }
    ServerProcess server{target};
    SocketRun sockets{server.address()};
    run_all(cases, sockets, report);
    run_waiting(waiting, sockets, report);
    if (!server.stop()) {
        report.fail("the server did not end with 0");
    }
    return report.end(cases.size() + waiting.size());
}

} // namespace

int main(int argc, char* argv[]) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "test_conformance: {}\n", error.what());
        return 2;
    }
}
