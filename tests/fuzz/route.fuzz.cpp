// SPDX-License-Identifier: MIT
// Any path, in any table, is matched as the plainest matcher does it; what is captured is decoded
// once. Any text is a pattern or says why not. The first byte says how many bytes make patterns;
// what is left is the path, raw.
#include <gust/http/method.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/testing/routes.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/require.hpp"
#include "routing/generator.hpp"
#include "routing/reference.hpp"

namespace {

/// Gives the bytes of the input out, one for each choice; then zeros.
class Choices {
public:
    explicit Choices(std::string_view data) noexcept : left_{data} {}
    bool empty() const noexcept { return left_.empty(); }
    std::size_t operator()(std::size_t n) noexcept {
        if (left_.empty())
            return 0;
        const auto byte = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        return byte % n;
    }

private:
    std::string_view left_;
};

void check_pattern(std::string_view text) {
    std::vector<gust::PatternSegment> segments(gust::pattern_capacity(text));
    const auto parsed = gust::parse_pattern(text, segments);
    FUZZ_REQUIRE(parsed.error != gust::pattern_error::too_long);
    if (parsed.error != gust::pattern_error::none)
        return;
    FUZZ_REQUIRE(parsed.path_size != 0);
    for (std::size_t i = 0; i != parsed.host_size + parsed.path_size; ++i) {
        const auto& segment = segments[i];
        FUZZ_REQUIRE(segment.text.find_first_of("{}/") == std::string_view::npos);
        FUZZ_REQUIRE(segment.captures() == !segment.name.empty());
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    check_pattern(input);

    const auto shape = input.substr(0, std::min<std::size_t>(data[0], input.size()));
    Choices choices{shape};
    RouteGenerator generator{[&choices](std::size_t n) { return choices(n); }};
    std::vector<std::string> patterns;
    do {
        std::string pattern = generator.pattern();
        if (data[0] % 2 != 0) { // in a table without hosts some paths are found without a search
            const std::size_t host = pattern.find(' ') + 1;
            pattern.erase(host, pattern.find('/') - host);
        }
        patterns.push_back(std::move(pattern));
    } while (!choices.empty() && patterns.size() != 16);
    gust::testing::Routes routes{patterns};

    // On the heap, so that a read beyond the path is seen.
    const std::vector<char> raw(
        input.begin() + static_cast<std::ptrdiff_t>(shape.size()), input.end()
    );
    const std::string path = generator.path();
    const std::string host = generator.host();
    constexpr std::array verbs{gust::method::get, gust::method::head, gust::method::put};
    for (const auto verb : verbs) {
        for (const std::string_view one :
             {std::string_view{raw.data(), raw.size()}, std::string_view{path}}) {
            const gust::RouteQuery query{verb, one, host};
            const auto wanted = reference::find(routes.specs(), query);
            FUZZ_REQUIRE(routes.find(query) == wanted);
            FUZZ_REQUIRE(routes.find_from(query, 0) == wanted);
            FUZZ_REQUIRE(routes.allowed(query) == reference::allowed(routes.specs(), query));
        }
    }
    return 0;
}
