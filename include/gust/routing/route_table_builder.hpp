// SPDX-License-Identifier: MIT
// RouteTableBuilder: a table of patterns, made by the compiler or at run time.
#ifndef GUST_ROUTING_ROUTE_TABLE_BUILDER_HPP
#define GUST_ROUTING_ROUTE_TABLE_BUILDER_HPP

#include <gust/routing/method_set.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace gust {
namespace detail {

/// A way to the end of a pattern: a pattern with an optional slash has two.
struct RouteKey {
    std::uint16_t rule = 0;
    std::uint16_t root = 0;
    std::uint16_t size = 0; // segments, without a rest capture
    RouteEntry::kind ending = RouteEntry::kind::exact;
    bool slash = false; // an empty segment follows those of the pattern
};

} // namespace detail

/// How much room the table of some rules needs.
struct RouteTableSize {
    std::size_t keys = 0;
    std::size_t roots = 0;
    std::size_t segments = 0;
    std::size_t paths = 2; // a power of two, at most half of them used
    std::size_t texts = 0;

    constexpr explicit RouteTableSize(std::span<const RouteSpec> specs) noexcept {
        for (const RouteSpec& spec : specs) {
            const std::size_t ways = spec.optional_slash ? 2 : 1;
            keys += ways;
            segments += ways * spec.path.size() + (ways - 1);
            ++roots;
            for (const PatternSegment& segment : spec.path)
                texts += ways * (segment.text.size() + 1);
            texts += ways - 1;
        }
        while (paths < 2 * keys)
            paths *= 2;
    }
};

/// Builds a table in storage of somebody else.
class RouteTableBuilder {
public:
    struct Storage {
        std::span<detail::RouteNode> nodes;       // segments + roots
        std::span<detail::RouteLiteral> literals; // segments
        std::span<detail::RouteCapture> captures; // segments
        std::span<detail::RouteEntry> entries;    // 2 keys
        std::span<detail::RouteRoot> roots;       // roots
        std::span<detail::RoutePath> paths;       // paths
        std::span<char> texts;                    // texts
        std::span<detail::RouteKey> keys;         // 2 keys, needed only to build
    };
    struct Result {
        std::size_t nodes = 0;
        std::size_t literals = 0;
        std::size_t captures = 0;
        std::size_t entries = 0;
        std::size_t roots = 0;
        std::size_t texts = 0;
        std::size_t longest_path = 0;
        /// Two rules with the same pattern; `RouteTable::none` if there are none.
        std::size_t duplicate = RouteTable::none;
        std::size_t original = RouteTable::none;
    };

    constexpr RouteTableBuilder(std::span<const RouteSpec> specs, const Storage& storage) noexcept
        : specs_{specs}, to_{storage} {}

    /// Of a key this leaves a place among `count`, a power of two.
    static constexpr unsigned path_shift(std::size_t count) noexcept {
        return static_cast<unsigned>(64 - std::countr_zero(count));
    }

    /// The table that was built in `parts`, whose members are named as those of `Storage`.
    template <class Parts>
    static constexpr RouteTable table_of(const Parts& parts, const Result& built) noexcept {
        RouteTable table;
        table.nodes = parts.nodes.data();
        table.literals = parts.literals.data();
        table.captures = parts.captures.data();
        table.entries = parts.entries.data();
        table.roots = parts.roots.data();
        table.paths = parts.paths.data();
        table.path_texts = parts.texts.data();
        table.entry_count = built.entries;
        table.root_count = built.roots;
        table.longest_path = built.longest_path;
        table.path_shift = path_shift(parts.paths.size());
        return table;
    }

    constexpr Result build() {
        make_keys();
        sort_keys();
        for (std::size_t from = 0; from != key_count_;) {
            std::size_t end = from;
            while (end != key_count_ && to_.keys[end].root == to_.keys[from].root)
                ++end;
            to_.roots[to_.keys[from].root].node = static_cast<std::uint32_t>(result_.nodes);
            build_node(result_.nodes++, from, end, 0, rule_limit);
            from = end;
        }
        if (result_.roots > 1 || (result_.roots == 1 && !to_.roots[0].host.empty()))
            result_.longest_path = 0;
        return result_;
    }

private:
    using Entry = detail::RouteEntry;
    using Key = detail::RouteKey;

    constexpr std::uint16_t root_of(const RouteSpec& spec) {
        for (std::size_t i = 0; i != result_.roots; ++i) {
            if (is_same_host(to_.roots[i].host, spec.host))
                return static_cast<std::uint16_t>(i);
        }
        to_.roots[result_.roots].host = spec.host;
        return static_cast<std::uint16_t>(result_.roots++);
    }
    static constexpr bool
    is_same_host(std::span<const PatternSegment> a, std::span<const PatternSegment> b) {
        if (a.size() != b.size())
            return false;
        for (std::size_t i = 0; i != a.size(); ++i) {
            if (!a[i].is_same(b[i]))
                return false;
        }
        return true;
    }

    constexpr void make_keys() {
        for (std::size_t i = 0; i != specs_.size(); ++i) {
            const RouteSpec& spec = specs_[i];
            Key key;
            key.rule = static_cast<std::uint16_t>(i);
            key.root = root_of(spec);
            key.size = static_cast<std::uint16_t>(spec.path.size());
            if (spec.open_end) {
                key.ending = Entry::kind::open;
            } else if (spec.path.back().what == PatternSegment::kind::rest) {
                key.ending = Entry::kind::rest;
                --key.size;
            }
            to_.keys[key_count_++] = key;
            if (spec.optional_slash) {
                ++key.size;
                key.slash = true;
                to_.keys[key_count_++] = key;
            }
        }
    }
    constexpr const PatternSegment& segment(const Key& key, std::size_t at) const {
        const auto& path = specs_[key.rule].path;
        return at == path.size() ? empty_ : path[at];
    }

    /// Literals before captures.
    static constexpr int compare(const PatternSegment& a, const PatternSegment& b) {
        if (a.what != b.what)
            return a.what < b.what ? -1 : 1;
        if (a.key != b.key)
            return a.key < b.key ? -1 : 1;
        if (a.text.size() != b.text.size())
            return a.text.size() < b.text.size() ? -1 : 1;
        if (a.what == PatternSegment::kind::literal)
            return a.text.size() <= 8 ? 0 : a.text.compare(b.text);
        if (const int order = a.text.compare(b.text); order != 0)
            return order;
        if (const int order = a.suffix.compare(b.suffix); order != 0)
            return order;
        return a.type.compare(b.type);
    }
    constexpr bool is_before(const Key& a, const Key& b) const {
        if (a.root != b.root)
            return a.root < b.root;
        const std::size_t both = a.size < b.size ? a.size : b.size;
        for (std::size_t i = 0; i != both; ++i) {
            if (const int order = compare(segment(a, i), segment(b, i)); order != 0)
                return order < 0;
        }
        return a.size < b.size;
    }
    /// A merge sort: what is equal keeps its order. The second half of the room is for copies.
    constexpr void sort_keys() {
        auto from = to_.keys.first(key_count_);
        auto into = to_.keys.subspan(key_count_, key_count_);
        for (std::size_t width = 1; width < key_count_; width *= 2) {
            for (std::size_t low = 0; low < key_count_; low += 2 * width) {
                const std::size_t middle = low + width < key_count_ ? low + width : key_count_;
                const std::size_t high =
                    low + 2 * width < key_count_ ? low + 2 * width : key_count_;
                std::size_t a = low;
                std::size_t b = middle;
                for (std::size_t at = low; at != high; ++at) {
                    const bool take_b = a == middle || (b != high && is_before(from[b], from[a]));
                    into[at] = take_b ? from[b++] : from[a++];
                }
            }
            std::swap(from, into);
        }
        to_.keys = from;
    }

    /// `other` is the first rule that may match what leads here by another way than literals; 0 if
    /// there are captures on this way.
    constexpr void build_node(
        std::size_t at, std::size_t low, std::size_t high, std::size_t depth, std::uint16_t other
    ) {
        detail::RouteNode node;
        node.first_rule = to_.keys[low].rule;
        node.last_rule = to_.keys[low].rule;
        std::size_t ended = low;
        for (std::size_t i = low; i != high; ++i) {
            const Key& key = to_.keys[i];
            node.first_rule = key.rule < node.first_rule ? key.rule : node.first_rule;
            node.last_rule = key.rule > node.last_rule ? key.rule : node.last_rule;
            ended += key.size == depth ? 1U : 0U;
        }
        node.entries = static_cast<std::uint32_t>(result_.entries);
        node.entry_count = add_entries(low, ended, Entry::kind::exact);
        node.rests = static_cast<std::uint32_t>(result_.entries);
        node.rest_count = add_entries(low, ended, Entry::kind::rest);
        if (depth != 0 && node.entry_count != 0 && other != 0)
            add_path(node, to_.keys[low], other);

        // The children of a node lie side by side, so they get their places before theirs do.
        node.literals = static_cast<std::uint32_t>(result_.literals);
        node.captures = static_cast<std::uint32_t>(result_.captures);
        for (std::size_t i = ended; i != high; i = group_end(i, high, depth)) {
            const bool literal = segment(to_.keys[i], depth).what == PatternSegment::kind::literal;
            ++(literal ? node.literal_count : node.capture_count);
        }
        result_.literals += node.literal_count;
        result_.captures += node.capture_count;
        to_.nodes[at] = node;

        for (std::size_t i = low; i != high; ++i) {
            const Key& key = to_.keys[i];
            const bool literal = i < ended
                                     ? key.ending == Entry::kind::exact
                                     : segment(key, depth).what == PatternSegment::kind::literal;
            if (!literal && key.rule < other)
                other = key.rule;
        }
        std::size_t literal = node.literals;
        std::size_t capture = node.captures;
        for (std::size_t i = ended; i != high;) {
            const std::size_t end = group_end(i, high, depth);
            const PatternSegment& part = segment(to_.keys[i], depth);
            const std::size_t child = result_.nodes++;
            const auto number = static_cast<std::uint32_t>(child);
            const bool is_literal = part.what == PatternSegment::kind::literal;
            if (is_literal)
                to_.literals[literal++] = {part.key, part.text, number};
            else
                to_.captures[capture++] = {part.text, part.suffix, part.accepts, number};
            build_node(child, i, end, depth + 1, is_literal ? other : std::uint16_t{0});
            i = end;
        }
    }
    /// A path of literals: the segments of `key`.
    constexpr void
    add_path(const detail::RouteNode& node, const Key& key, std::uint16_t first_other) {
        const std::size_t begin = result_.texts;
        for (std::size_t i = 0; i != key.size; ++i) {
            to_.texts[result_.texts++] = '/';
            for (const char c : segment(key, i).text)
                to_.texts[result_.texts++] = c;
        }
        const std::size_t size = result_.texts - begin;
        detail::RoutePath path{
            .key = route_key({to_.texts.data() + begin, size}),
            .text = static_cast<std::uint32_t>(begin),
            .size = static_cast<std::uint32_t>(size),
            .methods = {},
            .rule = to_.entries[node.entries].rule,
            .first_other = first_other,
            .entry_count = node.entry_count,
            .entries = node.entries
        };
        if (path.rule < first_other)
            path.methods = to_.entries[node.entries].methods;
        std::size_t place = path.key >> path_shift(to_.paths.size());
        while (to_.paths[place].size != 0)
            place = (place + 1) & (to_.paths.size() - 1);
        to_.paths[place] = path;
        if (result_.longest_path < size)
            result_.longest_path = size;
    }
    constexpr std::size_t group_end(std::size_t from, std::size_t high, std::size_t depth) const {
        std::size_t end = from + 1;
        const PatternSegment& part = segment(to_.keys[from], depth);
        while (end != high && compare(part, segment(to_.keys[end], depth)) == 0)
            ++end;
        return end;
    }

    /// The rules among those that end here whose pattern ends here (`exact`), or takes what
    /// follows.
    constexpr std::uint16_t add_entries(std::size_t low, std::size_t high, Entry::kind wanted) {
        const std::size_t begin = result_.entries;
        bool has_own_head = false;
        for (std::size_t i = low; i != high; ++i) {
            const Key& key = to_.keys[i];
            if (key.ending != wanted && key.ending != Entry::kind::open)
                continue;
            const RouteSpec& spec = specs_[key.rule];
            const Entry entry{spec.methods, key.rule, key.ending, spec.conditional};
            for (std::size_t k = begin; k != result_.entries; ++k)
                check_duplicate(to_.entries[k], entry);
            has_own_head = has_own_head || is_about(entry, method::head);
            to_.entries[result_.entries++] = entry;
        }
        // GET answers HEAD, unless the same pattern has a HEAD of its own (RFC 9110 §9.3.2).
        for (std::size_t k = begin; k != result_.entries && !has_own_head; ++k) {
            if (is_about(to_.entries[k], method::get))
                to_.entries[k].methods.add(method::head);
        }
        return static_cast<std::uint16_t>(result_.entries - begin);
    }
    static constexpr bool is_about(const Entry& entry, method verb) {
        return entry.methods != MethodSet::all() && entry.methods.contains(verb);
    }
    constexpr void check_duplicate(const Entry& a, const Entry& b) {
        if (a.methods == b.methods && a.what == b.what && a.rule != b.rule && !a.conditional
            && !b.conditional && result_.duplicate == RouteTable::none) {
            result_.original = a.rule < b.rule ? a.rule : b.rule;
            result_.duplicate = a.rule < b.rule ? b.rule : a.rule;
        }
    }

    static constexpr std::uint16_t rule_limit = 0xFFFF;
    static constexpr PatternSegment empty_{};

    std::span<const RouteSpec> specs_;
    Storage to_;
    std::size_t key_count_ = 0;
    Result result_;
};

namespace detail {

/// A table of which the compiler knows everything.
template <RouteTableSize Size>
struct StaticRouteTable {
    std::array<RouteNode, Size.segments + Size.roots> nodes{};
    std::array<RouteLiteral, Size.segments> literals{};
    std::array<RouteCapture, Size.segments> captures{};
    std::array<RouteEntry, 2 * Size.keys> entries{};
    std::array<RouteRoot, Size.roots> roots{};
    std::array<RoutePath, Size.paths> paths{};
    std::array<char, Size.texts> texts{};
    RouteTableBuilder::Result result;

    constexpr RouteTable view() const noexcept {
        return RouteTableBuilder::table_of(*this, result);
    }
};

/// `Specs::array` as a table.
template <class Specs>
consteval auto make_route_table() {
    constexpr RouteTableSize size{Specs::array};
    StaticRouteTable<size> made;
    std::array<RouteKey, 2 * size.keys> keys;
    RouteTableBuilder builder{
        Specs::array,
        {made.nodes,
         made.literals,
         made.captures,
         made.entries,
         made.roots,
         made.paths,
         made.texts,
         keys}
    };
    made.result = builder.build();
    return made;
}

} // namespace detail
} // namespace gust

#endif // GUST_ROUTING_ROUTE_TABLE_BUILDER_HPP
