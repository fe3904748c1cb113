// SPDX-License-Identifier: MIT
// Compares what a server did with what a case expects.
#ifndef GUST_TESTS_CONFORMANCE_JUDGE_HPP
#define GUST_TESTS_CONFORMANCE_JUDGE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/responses.hpp"
#include "conformance/table.hpp"

namespace conformance {

/// Asks an open connection whether it is still in step, and ends it.
inline constexpr std::string_view probe =
    "GET /hello HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";

/// What was seen of a server.
struct Observed {
    enum class ending { open, fin, reset };

    std::string bytes = {};
    ending end = ending::open;
    std::size_t requests = 0; // heads that reached the application, that of the probe included
};

/// One sentence for everything that differs.
class Judge {
public:
    Judge(const Case& c, const Observed& observed) : case_{&c}, observed_{&observed} {
        std::vector<Expected> due = c.responses;
        std::size_t requests = c.requests;
        if (c.end == Case::ending::open) {
            due.push_back({.status = 200, .compare = Expected::text::equal, .body = "Hello, World!"}
            );
            ++requests;
        }
        if (observed.end != Observed::ending::fin) {
            complain(observed.end == Observed::ending::reset ? "was reset" : "was not closed");
        }
        if (observed.requests != requests) {
            complain(
                std::to_string(observed.requests) + " requests reached the application, not "
                + std::to_string(requests)
            );
        }
        read(due);
    }

    const std::vector<std::string>& complaints() const { return complaints_; }

private:
    void complain(std::string what) { complaints_.push_back(std::move(what)); }

    void read(const std::vector<Expected>& due) {
        ResponseReader reader{observed_->bytes};
        const auto ended = observed_->end == Observed::ending::open ? ResponseReader::ended::no
                                                                    : ResponseReader::ended::yes;
        for (std::size_t i = 0; i != due.size(); ++i) {
            const auto response = reader.next(due[i].to_head, ended);
            if (!response) {
                complain("response " + std::to_string(i + 1) + ": " + reader.mistake());
                return;
            }
            compare(i, due[i], *response, i + 1 == due.size());
        }
        if (!reader.rest().empty()) {
            complain("more than was due: " + std::string{reader.rest().substr(0, 60)});
        }
    }

    void compare(std::size_t i, const Expected& due, const Response& found, bool is_last) {
        const std::string name = "response " + std::to_string(i + 1);
        if (found.status != due.status) {
            complain(name + ": " + std::to_string(found.status));
            return;
        }
        if (due.compare == Expected::text::equal && found.body != due.body) {
            complain(name + " has another body: " + found.body.substr(0, 200));
        }
        if (due.compare == Expected::text::within && found.body.find(due.body) == found.body.npos) {
            complain(name + " has another body: " + found.body.substr(0, 200));
        }
        if (due.is_interim()) {
            return;
        }
        if (found.says_close() != is_last) {
            complain(name + (is_last ? " does not say close" : " says close"));
        }
        if (found.end == Response::body_end::close && !is_last) {
            complain(name + " has no end");
        }
        if (found.count("date") != 1 || found.field("date").size() != 29
            || !found.field("date").ends_with(" GMT")) {
            complain(name + " has no Date");
        }
        const std::string lines = "\r\n" + found.head;
        if (i + 1 == case_->responses.size()) {
            for (const std::string& field : case_->fields) {
                if (lines.find("\r\n" + field) == lines.npos) {
                    complain(name + " has no " + field);
                }
            }
        }
        if (i < case_->responses.size()) {
            for (const std::string& field : case_->no_fields) {
                if (lines.find("\r\n" + field) != lines.npos) {
                    complain(name + " has " + field);
                }
            }
        }
    }

    const Case* case_;
    const Observed* observed_;
    std::vector<std::string> complaints_;
};

/// How the bytes of a case are cut.
struct Cut {
    std::string name;
    std::vector<std::string_view> pieces;
};

/// Whole, byte by byte up to `most_single_bytes`, and three times at chance, the same in every run.
inline std::vector<Cut> cuts_of(const Case& c, std::size_t most_single_bytes) {
    const std::string_view bytes = c.bytes;
    std::vector<Cut> cuts{{"whole", {bytes}}};
    if (bytes.size() > 1 && bytes.size() <= most_single_bytes) {
        Cut cut{"byte by byte", {}};
        for (std::size_t i = 0; i != bytes.size(); ++i) {
            cut.pieces.push_back(bytes.substr(i, 1));
        }
        cuts.push_back(cut);
    }
    std::uint64_t state = 0x9E3779B97F4A7C15U + bytes.size();
    const auto chance = [&state](std::size_t below) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<std::size_t>(state % below);
    };
    for (int round = 0; round != 3 && bytes.size() > 1; ++round) {
        Cut cut{"cut at", {}};
        const std::size_t largest = 1 + bytes.size() / (2 + chance(8));
        for (std::size_t at = 0; at != bytes.size();) {
            const std::size_t n = std::min(bytes.size() - at, 1 + chance(largest));
            cut.pieces.push_back(bytes.substr(at, n));
            at += n;
            cut.name += ' ' + std::to_string(at);
        }
        cuts.push_back(cut);
    }
    return cuts;
}

} // namespace conformance

#endif // GUST_TESTS_CONFORMANCE_JUDGE_HPP
