// SPDX-License-Identifier: MIT
// Routes: a route table that is made at run time, for tests and measurements.
#ifndef GUST_TESTING_ROUTES_HPP
#define GUST_TESTING_ROUTES_HPP

#include <gust/core/error.hpp>
#include <gust/routing/capture.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/routing/route_table_builder.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gust::testing {

/// What a search in a table finds.
struct FoundRoute {
    std::size_t rule = RouteTable::none;
    std::vector<std::string> captures; // decoded

    bool operator==(const FoundRoute&) const = default;
};

/// Patterns that are known at run time only, with the captures that the library knows. The same
/// trie and the same search as those of a `Router`.
class Routes {
public:
    /// Throws errc::bad_request for a text that is no pattern.
    explicit Routes(std::vector<std::string> texts) : texts_{std::move(texts)} {
        for (const std::string& text : texts_)
            add(text);
        const RouteTableSize size{specs_};
        nodes_.resize(size.segments + size.roots);
        literals_.resize(size.segments);
        captures_.resize(size.segments);
        entries_.resize(2 * size.keys);
        roots_.resize(size.roots);
        std::vector<gust::detail::RouteKey> keys(2 * size.keys);
        paths_.resize(size.paths);
        path_texts_.resize(size.texts);
        const RouteTableBuilder::Storage parts{
            nodes_, literals_, captures_, entries_, roots_, paths_, path_texts_, keys
        };
        result_ = RouteTableBuilder{specs_, parts}.build();
        table_ = RouteTableBuilder::table_of(parts, result_);
        scratch_.resize(most_captures_);
        found_.resize(most_captures_);
    }
    Routes(const Routes&) = delete;
    Routes& operator=(const Routes&) = delete;

    const std::vector<std::string>& texts() const noexcept { return texts_; }
    const std::vector<RouteSpec>& specs() const noexcept { return specs_; }
    const RouteTable& table() const noexcept { return table_; }
    const RouteTableBuilder::Result& built() const noexcept { return result_; }
    /// A search in this table, of which there may be one at a time.
    RouteSearch search(const RouteQuery& query) noexcept {
        return {table_, query, found_.data(), scratch_.data()};
    }

    /// The first rule that matches, if no search is needed to tell.
    std::size_t find_path(const RouteQuery& query) const noexcept {
        return table_.find_path(query.verb, query.path);
    }
    /// The first rule that matches, as a `Router` finds it.
    FoundRoute find(const RouteQuery& query) {
        const std::size_t rule = find_path(query);
        return rule != RouteTable::none ? FoundRoute{rule, {}} : find_from(query, 0);
    }
    /// The first rule that matches and whose number is at least `from`, by a search.
    FoundRoute find_from(const RouteQuery& query, std::size_t from) {
        RouteSearch searching{table_, query, found_.data(), scratch_.data(), from};
        FoundRoute found{searching.next(), {}};
        if (found.rule == RouteTable::none)
            return found;
        std::vector<std::string_view> decoded(searching.captured().size());
        std::string storage;
        decode_captures(searching.captured(), decoded, storage);
        found.captures.assign(decoded.begin(), decoded.end());
        return found;
    }
    MethodSet allowed(const RouteQuery& query) { return search(query).allowed(); }

private:
    using Accepts = bool (*)(std::string_view);
    template <FixedString Word>
    static bool accepts(std::string_view text) {
        return CaptureType<Word>::parse(text).has_value();
    }
    static Accepts find_type(std::string_view word) {
        static constexpr std::array<std::pair<std::string_view, Accepts>, 5> known{{
            {"int", &accepts<"int">},
            {"uint", &accepts<"uint">},
            {"int64", &accepts<"int64">},
            {"uint64", &accepts<"uint64">},
            {"uuid", &accepts<"uuid">},
        }};
        for (const auto& [name, function] : known) {
            if (name == word)
                return function;
        }
        throw_error(errc::bad_request);
    }

    void add(const std::string& text) {
        auto& segments = segments_.emplace_back(pattern_capacity(text));
        const ParsedPattern parsed = parse_pattern(text, segments);
        if (parsed.error != pattern_error::none)
            throw_error(errc::bad_request);
        segments.resize(parsed.host_size + parsed.path_size);
        std::size_t captures = 0;
        for (PatternSegment& segment : segments) {
            if (!segment.type.empty())
                segment.accepts = find_type(segment.type);
            captures += segment.captures() ? 1U : 0U;
        }
        most_captures_ = captures > most_captures_ ? captures : most_captures_;
        const std::span<const PatternSegment> all{segments};
        specs_.push_back({
            .host = all.first(parsed.host_size),
            .path = all.subspan(parsed.host_size),
            .methods = parsed.methods,
            .optional_slash = parsed.optional_slash,
        });
    }

    std::vector<std::string> texts_;
    std::deque<std::vector<PatternSegment>> segments_;
    std::vector<RouteSpec> specs_;
    std::size_t most_captures_ = 1;
    std::vector<gust::detail::RouteNode> nodes_;
    std::vector<gust::detail::RouteLiteral> literals_;
    std::vector<gust::detail::RouteCapture> captures_;
    std::vector<gust::detail::RouteEntry> entries_;
    std::vector<gust::detail::RouteRoot> roots_;
    std::vector<gust::detail::RoutePath> paths_;
    std::string path_texts_;
    std::vector<CapturedText> scratch_;
    std::vector<CapturedText> found_;
    RouteTableBuilder::Result result_;
    RouteTable table_;
};

} // namespace gust::testing

#endif // GUST_TESTING_ROUTES_HPP
