// SPDX-License-Identifier: MIT
// Pistache's tree of routes, alone: the same tables as micro_router.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <pistache/router.h>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "../micro/route_tables.hpp"

namespace {

class Tree {
public:
    explicit Tree(const micro::RouteTables& tables) {
        for (const std::string& path : tables.paths)
            paths_.push_back(path.substr(1)); // it wants no slash in front
        for (const std::string& resource : tables.resources) {
            const std::string text = resource.substr(1);
            // A node keeps views into this.
            std::shared_ptr<char> kept{new char[text.size()], std::default_delete<char[]>{}};
            std::copy(text.begin(), text.end(), kept.get());
            tree_.addRoute(
                std::string_view{kept.get(), text.size()},
                [](const Pistache::Rest::Request&, Pistache::Http::ResponseWriter) {
                    return Pistache::Rest::Route::Result::Ok;
                },
                kept
            );
        }
    }
    void run() {
        for (const std::string& path : paths_) {
            const auto found = tree_.findRoute(path);
            if (std::get<0>(found) == nullptr)
                std::abort();
        }
    }

private:
    std::vector<std::string> paths_;
    Pistache::Rest::SegmentTreeNode tree_;
};

} // namespace

int main(int argc, char** argv) {
    if (micro::measure_matcher<Tree>("pistache", argc, argv))
        return 0;
    std::fputs("usage: peer_pistache_router [pistache RULES ROUNDS]\n", stderr);
    return 2;
}
