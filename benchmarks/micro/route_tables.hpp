// SPDX-License-Identifier: MIT
// The tables of routes that routers are measured with, in three notations. Plain C++17.
#ifndef GUST_BENCHMARKS_MICRO_ROUTE_TABLES_HPP
#define GUST_BENCHMARKS_MICRO_ROUTE_TABLES_HPP

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "timing.hpp"

namespace micro {

/// An API of resources, each with five rules; and a path for each rule.
struct RouteTables {
    std::vector<std::string> patterns;    // of gust
    std::vector<std::string> expressions; // regular ones
    std::vector<std::string> resources;   // of Pistache
    std::vector<std::string> paths;

    explicit RouteTables(std::size_t rules) {
        for (std::size_t i = 0; i != rules / 5; ++i) {
            const std::string name = "/resource" + std::to_string(i);
            add(name, name, name, name);
            add(name + "/{id:int}", name + "/(-?[0-9]+)", name + "/:id", name + "/4711");
            add(name + "/{id:int}/items",
                name + "/(-?[0-9]+)/items",
                name + "/:id/items",
                name + "/4711/items");
            add(name + "/{id:int}/items/{item}",
                name + "/(-?[0-9]+)/items/([^/]+)",
                name + "/:id/items/:item",
                name + "/1/items/x");
            add(name + "/files/{path...}",
                name + "/files/(.*)",
                name + "/files/*",
                name + "/files/a.txt");
        }
    }

private:
    void add(std::string pattern, std::string expression, std::string resource, std::string path) {
        patterns.push_back(std::move(pattern));
        expressions.push_back(std::move(expression));
        resources.push_back(std::move(resource));
        paths.push_back(std::move(path));
    }
};

/// Without arguments: nanoseconds for a match in tables of three sizes. With `KIND RULES ROUNDS`:
/// matches every path of one table that often, for tools that count instructions. A matcher finds
/// every path of its table in `run()`.
template <class Matcher>
bool measure_matcher(const char* kind, int argc, char** argv) {
    if (argc == 4) {
        if (std::strcmp(argv[1], kind) != 0)
            return false;
        Matcher matcher{RouteTables{std::strtoul(argv[2], nullptr, 10)}};
        for (long rounds = std::atol(argv[3]); rounds > 0; --rounds)
            matcher.run();
        return true;
    }
    for (const std::size_t rules : {10U, 100U, 1000U}) {
        Matcher matcher{RouteTables{rules}};
        const std::string name = std::string{kind} + " " + std::to_string(rules);
        measure(name.c_str(), [&matcher] { matcher.run(); }, static_cast<double>(rules));
    }
    return argc == 1;
}

} // namespace micro

#endif // GUST_BENCHMARKS_MICRO_ROUTE_TABLES_HPP
