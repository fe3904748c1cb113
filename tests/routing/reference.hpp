// SPDX-License-Identifier: MIT
// The plainest matcher that does what patterns say: one rule after the other, every segment as a
// string of its own. Tests and the fuzzer compare the trie with it.
#ifndef GUST_TESTS_ROUTING_REFERENCE_HPP
#define GUST_TESTS_ROUTING_REFERENCE_HPP

#include <gust/http/method.hpp>
#include <gust/http/target.hpp>
#include <gust/routing/capture.hpp>
#include <gust/routing/method_set.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/testing/routes.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> pieces(1);
    for (const char c : text) {
        if (c == separator)
            pieces.emplace_back();
        else
            pieces.back() += c;
    }
    return pieces;
}

inline bool is_value_of(std::string_view type, const std::string& text) {
    if (type.empty())
        return true;
    if (type == "uuid")
        return gust::CaptureType<"uuid">::parse(text).has_value();
    if (type == "int")
        return gust::CaptureType<"int">::parse(text).has_value();
    if (type == "uint")
        return gust::CaptureType<"uint">::parse(text).has_value();
    if (type == "int64")
        return gust::CaptureType<"int64">::parse(text).has_value();
    return gust::CaptureType<"uint64">::parse(text).has_value();
}

/// One segment or label, decoded, against its pattern.
inline bool fits(
    const gust::PatternSegment& pattern, const std::string& text, std::vector<std::string>& captures
) {
    if (pattern.what == gust::PatternSegment::kind::literal)
        return text == pattern.text;
    const std::string prefix{pattern.text};
    const std::string suffix{pattern.suffix};
    if (text.size() <= prefix.size() + suffix.size() || text.find(prefix) != 0
        || text.substr(text.size() - suffix.size()) != suffix)
        return false;
    captures.push_back(text.substr(prefix.size(), text.size() - prefix.size() - suffix.size()));
    return is_value_of(pattern.type, captures.back());
}

inline bool fits_host(
    std::span<const gust::PatternSegment> pattern,
    std::string_view host,
    std::vector<std::string>& captures
) {
    if (pattern.empty())
        return true;
    std::string name{gust::split_host_and_port(host).host};
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (!name.empty() && name.back() == '.')
        name.pop_back();
    auto labels = split(name, '.');
    if (pattern[0].what == gust::PatternSegment::kind::wildcard) {
        if (labels.size() < pattern.size())
            return false;
        const auto below = labels.size() - pattern.size() + 1;
        std::string stars;
        for (std::size_t i = 0; i != below; ++i)
            stars += (i == 0 ? "" : ".") + labels[i];
        if (stars.empty())
            return false;
        labels.erase(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(below));
        pattern = pattern.subspan(1);
    }
    if (labels.size() != pattern.size())
        return false;
    for (std::size_t i = 0; i != labels.size(); ++i) {
        if (!fits(pattern[i], labels[i], captures))
            return false;
    }
    return true;
}

inline bool
fits_path(const gust::RouteSpec& spec, std::string_view path, std::vector<std::string>& captures) {
    if (path.empty() || path[0] != '/')
        return false;
    if (!gust::percent_decode(path))
        return false;
    const auto raw = split(path.substr(1), '/');
    const bool rest = spec.path.back().what == gust::PatternSegment::kind::rest;
    const std::size_t whole = spec.path.size() - (rest ? 1 : 0);
    if (rest ? raw.size() <= whole
             : raw.size() != whole
                   && !(spec.optional_slash && raw.size() == whole + 1 && raw.back().empty()))
        return false;
    for (std::size_t i = 0; i != whole; ++i) {
        if (!fits(spec.path[i], gust::percent_decode(raw[i]).value(), captures))
            return false;
    }
    if (rest) {
        std::string left;
        for (std::size_t i = whole; i != raw.size(); ++i)
            left += (i == whole ? "" : "/") + gust::percent_decode(raw[i]).value();
        captures.push_back(left);
    }
    return true;
}

/// The path of a rule without an optional slash: with one, or none, as `path` has it.
inline std::vector<gust::PatternSegment>
settled_path(const gust::RouteSpec& spec, std::string_view path) {
    std::vector<gust::PatternSegment> segments(spec.path.begin(), spec.path.end());
    if (spec.optional_slash && split(path.substr(1), '/').size() == segments.size() + 1)
        segments.emplace_back();
    return segments;
}

/// Whether two rules, which both match `path`, have the same pattern, methods apart.
inline bool
is_same_target(const gust::RouteSpec& a, const gust::RouteSpec& b, std::string_view path) {
    const auto same = [](std::span<const gust::PatternSegment> x,
                         std::span<const gust::PatternSegment> y) {
        if (x.size() != y.size())
            return false;
        for (std::size_t i = 0; i != x.size(); ++i) {
            if (!x[i].is_same(y[i]))
                return false;
        }
        return true;
    };
    return same(a.host, b.host) && same(settled_path(a, path), settled_path(b, path));
}

/// The methods of a rule that matches `path`: a GET rule answers HEAD, unless the same pattern has
/// a rule for HEAD.
inline gust::MethodSet
methods_of(const std::vector<gust::RouteSpec>& specs, std::size_t rule, std::string_view path) {
    const auto all = gust::MethodSet::all();
    auto methods = specs[rule].methods;
    if (methods == all || !methods.contains(gust::method::get))
        return methods;
    for (const gust::RouteSpec& other : specs) {
        if (is_same_target(other, specs[rule], path) && other.methods != all
            && other.methods.contains(gust::method::head))
            return methods;
    }
    methods.add(gust::method::head);
    return methods;
}

inline std::optional<std::vector<std::string>>
match(const gust::RouteSpec& spec, const gust::RouteQuery& query) {
    std::vector<std::string> captures;
    if (fits_host(spec.host, query.host, captures) && fits_path(spec, query.path, captures))
        return captures;
    return std::nullopt;
}

inline gust::testing::FoundRoute find(
    const std::vector<gust::RouteSpec>& specs, const gust::RouteQuery& query, std::size_t from = 0
) {
    for (std::size_t i = from; i < specs.size(); ++i) {
        auto captures = match(specs[i], query);
        if (captures && methods_of(specs, i, query.path).contains(query.verb))
            return {i, std::move(*captures)};
    }
    return {};
}

inline gust::MethodSet
allowed(const std::vector<gust::RouteSpec>& specs, const gust::RouteQuery& query) {
    gust::MethodSet methods;
    for (std::size_t i = 0; i != specs.size(); ++i) {
        if (match(specs[i], query))
            methods.add(methods_of(specs, i, query.path));
    }
    return methods;
}

} // namespace reference

#endif // GUST_TESTS_ROUTING_REFERENCE_HPP
