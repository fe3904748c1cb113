// SPDX-License-Identifier: MIT
// RouteTable: patterns as a trie, walked once per request.
#ifndef GUST_ROUTING_ROUTE_TABLE_HPP
#define GUST_ROUTING_ROUTE_TABLE_HPP

#include <gust/config.hpp>
#include <gust/http/method.hpp>
#include <gust/routing/method_set.hpp>
#include <gust/routing/pattern.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace gust {

/// What a table is built from: one rule's pattern.
struct RouteSpec {
    std::span<const PatternSegment> host;
    std::span<const PatternSegment> path;
    MethodSet methods = MethodSet::all();
    bool optional_slash = false;
    /// Everything below the path, too.
    bool open_end = false;
    /// Whether the rule may decline what its pattern matches: it then says nothing about Allow, and
    /// may stand beside another one with the same pattern.
    bool conditional = false;
};

/// What is looked for. `path` begins with a slash, or is that of a target in another form; its
/// escapes are valid, as `parse_target` checks. `host` is that of the request, with or without a
/// port.
struct RouteQuery {
    method verb = method::get;
    std::string_view path;
    std::string_view host;
};

/// A captured text, as it was received.
struct CapturedText {
    enum class form : std::uint8_t { plain, escaped, mixed_case };
    const char* data;
    std::size_t size;
    form what;
};

namespace detail {

struct PathSegment;

struct RouteEntry {
    enum class kind : std::uint8_t { exact, rest, open };
    MethodSet methods;
    std::uint16_t rule;
    kind what;
    bool conditional;
};

struct RouteLiteral {
    std::uint64_t key;
    std::string_view text;
    std::uint32_t child;
};

struct RouteCapture {
    std::string_view prefix;
    std::string_view suffix;
    bool (*accepts)(std::string_view);
    std::uint32_t child;
};

/// What may follow the segments that lead here.
struct RouteNode {
    std::uint32_t literals = 0; // sorted by key, size and text
    std::uint32_t captures = 0;
    std::uint32_t entries = 0; // rules whose pattern ends here, in their order
    std::uint32_t rests = 0;   // rules that take whatever follows, in their order
    std::uint16_t literal_count = 0;
    std::uint16_t capture_count = 0;
    std::uint16_t entry_count = 0;
    std::uint16_t rest_count = 0;
    std::uint16_t first_rule = 0; // the range of rules at or below this node
    std::uint16_t last_rule = 0;
};

struct RouteRoot {
    std::span<const PatternSegment> host; // empty: every host
    std::uint32_t node = 0;
};

/// A path that is made of literals, in a hash table with open addressing.
struct RoutePath {
    std::uint64_t key = 0; // of the text
    std::uint32_t text = 0;
    std::uint32_t size = 0; // 0: a free place
    MethodSet methods;      // those of the first entry, if it can be told that it comes first
    std::uint16_t rule = 0;
    std::uint16_t first_other = 0; // the first rule that may match it by another way
    std::uint16_t entry_count = 0;
    std::uint32_t entries = 0;
};

/// Up to eight bytes from `p` on, the first of them lowest.
inline std::uint64_t load_word(const char* p, std::size_t size) noexcept {
    if constexpr (std::endian::native != std::endian::little) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i != 8 && i != size; ++i)
            word |= std::uint64_t{static_cast<unsigned char>(p[i])} << 8 * i;
        return word;
    } else {
        const auto load = [](const char* from, auto number) {
            std::memcpy(&number, from, sizeof number);
            return std::uint64_t{number};
        };
        if (size >= 8)
            return load(p, std::uint64_t{});
        if (size >= 4)
            return load(p, std::uint32_t{}) | load(p + size - 4, std::uint32_t{}) << 8 * (size - 4);
        if (size >= 2)
            return load(p, std::uint16_t{}) | load(p + size - 2, std::uint16_t{}) << 8 * (size - 2);
        return size == 0 ? 0 : std::uint64_t{static_cast<unsigned char>(*p)};
    }
}

} // namespace detail

/// The rules of a router as a trie of segments.
///
/// Of the rules that match a request, the first one is found: that is the only thing their order
/// decides. Below a node at most one literal can match, found by a number that is made of
/// its bytes; a capture is tried where a rule before the best one so far needs it. Hosts are
/// compared one by one, each distinct one once.
///
/// Before any search, a path that is made of nothing but literals is found whole, by one number, if
/// no rule with a capture comes before.
///
/// Segments are what stands between raw slashes. They are compared and captured decoded, so `%2F`
/// is a byte of a segment and never a separator. Dot segments and empty segments are segments like
/// any other: nothing is normalised.
struct RouteTable {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    const detail::RouteNode* nodes = nullptr;
    const detail::RouteLiteral* literals = nullptr;
    const detail::RouteCapture* captures = nullptr;
    const detail::RouteEntry* entries = nullptr;
    const detail::RouteRoot* roots = nullptr;
    const detail::RoutePath* paths = nullptr; // a power of two of them
    const char* path_texts = nullptr;
    std::size_t entry_count = 0;
    std::size_t root_count = 0;
    std::size_t longest_path = 0; // 0: there are none, or there are hosts
    unsigned path_shift = 0;      // of a key this leaves a place in `paths`

    /// The first rule that matches, if that can be told without a search; else `none`. Inlined
    /// where the table is a constant, so that much of this is one as well.
    [[gnu::always_inline]] std::size_t
    find_path(method verb, std::string_view path) const noexcept {
        if (path.size() > longest_path)
            return none;
        std::uint64_t key = 0;
        const char* p = path.data();
        std::size_t left = path.size();
        for (; left > 8; left -= 8, p += 8)
            key = mix_route_key(key, detail::load_word(p, 8));
        key = mix_route_key(key, detail::load_word(p, left));
        const std::size_t last = std::numeric_limits<std::uint64_t>::max() >> path_shift;
        for (std::size_t place = key >> path_shift;; place = (place + 1) & last) {
            const detail::RoutePath& found = paths[place];
            if (found.key == key && found.size == path.size()
                && (path.size() <= 8
                    || std::memcmp(path_texts + found.text, path.data(), path.size()) == 0))
                [[likely]]
                return found.methods.contains(verb) ? found.rule : find_entry(found, verb);
            if (found.size == 0)
                return none;
        }
    }

private:
    [[gnu::noinline]] std::size_t
    find_entry(const detail::RoutePath& path, method verb) const noexcept {
        const detail::RouteEntry* entry = entries + path.entries;
        for (std::size_t count = path.entry_count; count != 0; --count, ++entry) {
            if (entry->methods.contains(verb))
                return entry->rule < path.first_other ? entry->rule : none;
        }
        return none;
    }
};

/// The rules that match one request, one after the other.
class RouteSearch {
public:
    /// `captures` and `scratch` are arrays with room for the most captures that a rule of the table
    /// has. Rules before `from` are left out.
    RouteSearch(
        const RouteTable& table,
        const RouteQuery& query,
        CapturedText* captures,
        CapturedText* scratch,
        std::size_t from = 0
    ) noexcept
        : table_{&table},
          path_{query.path.data()},
          end_{query.path.data() + query.path.size()},
          verb_{query.verb},
          from_{from},
          host_{query.host},
          captures_{captures},
          scratch_{scratch} {}

    /// The next rule that matches, in the order of the rules; `RouteTable::none` if there is none.
    GUST_DECL std::size_t next();
    /// What the rule found last captures.
    std::span<const CapturedText> captured() const noexcept { return {captures_, count_}; }

    /// The methods of all rules that match but for the method, conditional ones apart. Ends the
    /// search.
    GUST_DECL MethodSet allowed();

private:
    enum class mode : std::uint8_t { find, allow };

    template <mode Mode>
    void search();
    template <mode Mode>
    void search_root(const detail::RouteRoot& root);
    template <mode Mode>
    void walk(const detail::RouteNode* node, const char* p, std::size_t depth);
    template <mode Mode>
    const detail::RouteNode* walk_captures(
        const detail::RouteNode& node,
        const detail::PathSegment& segment,
        const detail::RouteNode* next,
        std::size_t depth
    );
    template <mode Mode>
    void accept(const detail::RouteEntry* entry, std::size_t count, std::size_t depth) noexcept;
    template <mode Mode>
    void accept_rest(const detail::RouteNode& node, const char* p, std::size_t depth) noexcept;
    const detail::RouteNode*
    find_literal(const detail::RouteNode& node, const detail::PathSegment& segment) const noexcept;
    bool is_of_use(const detail::RouteNode& node) const noexcept {
        return node.first_rule < best_ && node.last_rule >= from_;
    }

    const RouteTable* table_;
    const char* path_;
    const char* end_;
    MethodSet verb_;
    std::size_t from_;
    std::size_t best_ = RouteTable::none;
    std::size_t count_ = 0;
    std::string_view host_;
    CapturedText* captures_;
    CapturedText* scratch_;
    MethodSet allowed_;
};

/// The texts of captures, decoded once: `texts` look into the request, or into `storage` where
/// something had to be decoded.
GUST_DECL void decode_captures(
    std::span<const CapturedText> captures, std::span<std::string_view> texts, std::string& storage
);

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/routing/impl/route_table.ipp>
#endif

#endif // GUST_ROUTING_ROUTE_TABLE_HPP
