// SPDX-License-Identifier: MIT
// What it costs to find a route, against the obvious alternative: one std::regex for each rule,
// tried in order. `micro_router` prints nanoseconds for a match; see route_tables.hpp for more.
#include <gust/http/method.hpp>
#include <gust/testing/routes.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string>
#include <vector>

#include "route_tables.hpp"

namespace {

/// The trie that a `Router` of these rules has, and what it does with it.
class Trie {
public:
    explicit Trie(const micro::RouteTables& tables)
        : paths_{tables.paths}, routes_{tables.patterns} {}
    void run() {
        for (std::size_t i = 0; i != paths_.size(); ++i) {
            const gust::RouteQuery query{gust::method::get, paths_[i], {}};
            std::size_t rule = routes_.find_path(query);
            if (rule == gust::RouteTable::none)
                rule = routes_.search(query).next();
            if (rule != i)
                std::abort();
        }
    }

private:
    std::vector<std::string> paths_;
    gust::testing::Routes routes_;
};

class Scan {
public:
    explicit Scan(const micro::RouteTables& tables) : paths_{tables.paths} {
        for (const std::string& expression : tables.expressions)
            rules_.emplace_back(expression, std::regex::optimize);
    }
    void run() {
        for (std::size_t i = 0; i != paths_.size(); ++i) {
            std::smatch match;
            std::size_t rule = 0;
            while (!std::regex_match(paths_[i], match, rules_[rule]))
                ++rule;
            if (rule != i)
                std::abort();
        }
    }

private:
    std::vector<std::string> paths_;
    std::vector<std::regex> rules_;
};

} // namespace

int main(int argc, char** argv) {
    const bool trie = micro::measure_matcher<Trie>("gust", argc, argv);
    const bool scan = micro::measure_matcher<Scan>("regex", argc, argv);
    if (trie || scan)
        return 0;
    std::fputs("usage: micro_router [(gust|regex) RULES ROUNDS]\n", stderr);
    return 2;
}
