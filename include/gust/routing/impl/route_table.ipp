// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_ROUTE_TABLE_IPP
#define GUST_ROUTING_IMPL_ROUTE_TABLE_IPP

#include <gust/http/target.hpp>
#include <gust/routing/route_table.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gust {
namespace detail {

// Segments of a request's path --------------------------------------------------------------------

/// What stands up to the next slash.
struct PathSegment {
    std::string_view raw;
    std::size_t size = 0;  // decoded
    std::uint64_t key = 0; // of the decoded text
    enum class form : std::uint8_t { plain, escaped, malformed } what = form::plain;
};

/// A mask of which the lowest bit that is set lies in the first byte of `word` that is `byte`.
constexpr std::uint64_t find_in_word(std::uint64_t word, char byte) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    const std::uint64_t zeros = word ^ ones * static_cast<unsigned char>(byte);
    return (zeros - ones) & ~zeros & ones << 7U;
}

/// The byte that `text` begins with, decoded, and removes it; nothing for a broken escape.
inline std::optional<char> take_byte(std::string_view& text) noexcept {
    if (text[0] != '%') {
        const char byte = text[0];
        text.remove_prefix(1);
        return byte;
    }
    const auto value = [](char c) -> int {
        if (c >= '0' && c <= '9')
            return c - '0';
        const char lower = static_cast<char>(c | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    if (text.size() < 3 || value(text[1]) < 0 || value(text[2]) < 0)
        return std::nullopt;
    const auto byte = static_cast<char>(value(text[1]) * 16 + value(text[2]));
    text.remove_prefix(3);
    return byte;
}

/// A segment with an escape in it.
GUST_DECL PathSegment read_escaped_segment(const char* begin, const char* end) noexcept {
    PathSegment segment;
    segment.what = PathSegment::form::escaped;
    segment.raw = {begin, static_cast<std::size_t>(end - begin)};
    segment.raw = segment.raw.substr(0, segment.raw.find('/'));
    std::uint64_t word = 0;
    for (std::string_view left = segment.raw; !left.empty();) {
        const auto byte = take_byte(left);
        if (!byte) {
            segment.what = PathSegment::form::malformed;
            return segment;
        }
        word |= std::uint64_t{static_cast<unsigned char>(*byte)} << 8 * (segment.size % 8);
        if (++segment.size % 8 == 0 || left.empty())
            segment.key = mix_route_key(segment.key, std::exchange(word, 0));
    }
    return segment;
}

/// Finds the next slash, eight bytes at a time, and makes the key of what lies before it.
inline PathSegment read_segment(const char* begin, const char* end) noexcept {
    PathSegment segment;
    for (const char* p = begin; p != end; p += 8) {
        const auto left = static_cast<std::size_t>(end - p);
        const std::uint64_t word = load_word(p, left);
        const std::uint64_t stops = find_in_word(word, '/') | find_in_word(word, '%');
        const std::size_t size =
            stops == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(stops)) / 8;
        if (stops != 0 && p[size] == '%')
            return read_escaped_segment(begin, end);
        if (size != 0) {
            const std::uint64_t kept =
                size == 8 ? word : word & ((std::uint64_t{1} << 8 * size) - 1);
            segment.key = mix_route_key(segment.key, kept);
        }
        segment.size += size < left ? size : left;
        if (stops != 0 || left <= 8)
            break;
    }
    segment.raw = {begin, segment.size};
    return segment;
}

/// The part of an escaped segment that decodes to `count` bytes.
GUST_DECL std::size_t raw_size(std::string_view raw, std::size_t count) noexcept {
    std::string_view left = raw;
    while (count-- != 0)
        take_byte(left);
    return raw.size() - left.size();
}

/// Whether `raw` decodes to `text`. Its escapes are valid.
GUST_DECL bool decodes_to(std::string_view raw, std::string_view text) noexcept {
    for (const char c : text) {
        if (raw.empty() || take_byte(raw) != c)
            return false;
    }
    return raw.empty();
}

GUST_DECL bool accepts_escaped(bool (*accepts)(std::string_view), std::string_view raw) {
    const auto text = percent_decode(raw);
    return text && accepts(*text);
}

// What matches
// -------------------------------------------------------------------------------------

/// All that is left of a path, if its escapes are valid.
GUST_DECL bool capture_rest(std::string_view rest, CapturedText& captured) noexcept {
    auto left = rest.substr(rest.find('%') == rest.npos ? rest.size() : rest.find('%'));
    const auto form = left.empty() ? CapturedText::form::plain : CapturedText::form::escaped;
    while (!left.empty()) {
        if (!take_byte(left))
            return false;
    }
    captured = {rest.data(), rest.size(), form};
    return true;
}

GUST_DECL bool is_equal(const PathSegment& segment, std::string_view text) noexcept {
    return segment.what == PathSegment::form::plain
               ? std::memcmp(segment.raw.data(), text.data(), text.size()) == 0
               : decodes_to(segment.raw, text);
}

GUST_DECL bool
fits_escaped(const RouteCapture& edge, const PathSegment& segment, CapturedText& captured) {
    const std::size_t begin = raw_size(segment.raw, edge.prefix.size());
    const std::size_t end = raw_size(segment.raw, segment.size - edge.suffix.size());
    const auto text = segment.raw.substr(begin, end - begin);
    if (!decodes_to(segment.raw.substr(0, begin), edge.prefix)
        || !decodes_to(segment.raw.substr(end), edge.suffix))
        return false;
    captured = {text.data(), text.size(), CapturedText::form::escaped};
    return edge.accepts == nullptr || accepts_escaped(edge.accepts, text);
}

GUST_DECL bool fits(const RouteCapture& edge, const PathSegment& segment, CapturedText& captured) {
    const std::size_t around = edge.prefix.size() + edge.suffix.size();
    if (segment.size <= around)
        return false;
    if (segment.what == PathSegment::form::escaped)
        return fits_escaped(edge, segment, captured);
    std::string_view text = segment.raw;
    if (around != 0) {
        if (!text.starts_with(edge.prefix) || !text.ends_with(edge.suffix))
            return false;
        text.remove_prefix(edge.prefix.size());
        text.remove_suffix(edge.suffix.size());
    }
    captured = {text.data(), text.size(), CapturedText::form::plain};
    return edge.accepts == nullptr || edge.accepts(text);
}

// Hosts -------------------------------------------------------------------------------------------

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Whether `text` is `wanted`, which is in lower case.
GUST_DECL bool is_host_text(std::string_view text, std::string_view wanted) noexcept {
    if (text.size() != wanted.size())
        return false;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (to_lower(text[i]) != wanted[i])
            return false;
    }
    return true;
}

GUST_DECL bool
fits_label(const PatternSegment& part, std::string_view label, CapturedText& captured) {
    const std::size_t around = part.text.size() + part.suffix.size();
    if (label.size() <= around || !is_host_text(label.substr(0, part.text.size()), part.text)
        || !is_host_text(label.substr(label.size() - part.suffix.size()), part.suffix))
        return false;
    label = label.substr(part.text.size(), label.size() - around);
    captured = {label.data(), label.size(), CapturedText::form::plain};
    for (const char c : label) {
        if (to_lower(c) != c)
            captured.what = CapturedText::form::mixed_case;
    }
    if (part.accepts == nullptr)
        return true;
    std::string text{label};
    for (char& c : text)
        c = to_lower(c);
    return part.accepts(text);
}

/// Compares from the right, label by label. What is captured goes to `top`, left to right.
GUST_DECL bool
fits_host(std::span<const PatternSegment> pattern, std::string_view host, CapturedText*& top) {
    CapturedText* const begin = top;
    for (const PatternSegment& part : pattern)
        top += part.captures() ? 1 : 0;
    CapturedText* place = top;
    for (std::size_t i = pattern.size(); i-- != 0;) {
        const PatternSegment& part = pattern[i];
        if (part.what == PatternSegment::kind::wildcard)
            return !host.empty();
        const auto dot = host.rfind('.');
        if ((dot == host.npos) != (i == 0))
            return false;
        const auto label = dot == host.npos ? host : host.substr(dot + 1);
        if (part.captures() ? !fits_label(part, label, *--place) : !is_host_text(label, part.text))
            return false;
        host = host.substr(0, dot == host.npos ? 0 : dot);
    }
    return place == begin;
}

/// What stands before the port, without the dot that ends the name of the root.
GUST_DECL std::string_view searched_host(std::string_view host) noexcept {
    host = split_host_and_port(host).host;
    return host.substr(0, host.size() - (host.ends_with('.') ? 1U : 0U));
}

} // namespace detail

// The search
// ----------------------------------------------------------------------------------------

/// `depth` is the number of captures on the way to these rules.
template <RouteSearch::mode Mode>
void RouteSearch::accept(
    const detail::RouteEntry* entry, std::size_t count, std::size_t depth
) noexcept {
    for (; count != 0; --count, ++entry) {
        if constexpr (Mode == mode::allow) {
            if (!entry->conditional)
                allowed_.add(entry->methods);
            continue;
        }
        if (entry->rule >= best_)
            return;
        if (entry->rule >= from_ && entry->methods.intersects(verb_)) {
            best_ = entry->rule;
            count_ = depth;
            for (std::size_t i = 0; i != depth; ++i)
                captures_[i] = scratch_[i];
            return;
        }
    }
}

/// The rules that take all that is left. What is captured on the way down stays.
template <RouteSearch::mode Mode>
[[gnu::noinline]] void
RouteSearch::accept_rest(const detail::RouteNode& node, const char* p, std::size_t depth) noexcept {
    const detail::RouteEntry* entry = table_->entries + node.rests;
    for (std::size_t i = 0; i != node.rest_count; ++i, ++entry) {
        if (entry->rule >= best_)
            return;
        if (entry->what == detail::RouteEntry::kind::open) {
            accept<Mode>(entry, 1, depth);
            continue;
        }
        const CapturedText kept = scratch_[depth];
        if (detail::capture_rest({p, static_cast<std::size_t>(end_ - p)}, scratch_[depth]))
            accept<Mode>(entry, 1, depth + 1);
        scratch_[depth] = kept;
    }
}

inline const detail::RouteNode* RouteSearch::find_literal(
    const detail::RouteNode& node, const detail::PathSegment& segment
) const noexcept {
    const detail::RouteLiteral* low = table_->literals + node.literals;
    const detail::RouteLiteral* const end = low + node.literal_count;
    // The first that may be it lies at `low`, or up to `count` behind it.
    for (std::size_t count = node.literal_count; count > 16;) {
        const std::size_t half = count / 2;
        if (low[half].key < segment.key) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    for (; low != end && low->key <= segment.key; ++low) {
        if (low->key == segment.key && low->text.size() == segment.size
            && (segment.size <= 8 || detail::is_equal(segment, low->text)))
            return table_->nodes + low->child;
    }
    return nullptr;
}

/// The children that captures lead to lie behind those of literals.
inline bool is_capture_child(
    const RouteTable& table, const detail::RouteNode& node, const detail::RouteNode& child
) noexcept {
    return &child >= table.nodes + table.captures[node.captures].child;
}

/// Walks every way but the last one, whose node it returns: the caller goes on there, so that there
/// is no recursion where there is one way. `next` is the way of a literal, if there is one.
template <RouteSearch::mode Mode>
[[gnu::noinline]] const detail::RouteNode* RouteSearch::walk_captures(
    const detail::RouteNode& node,
    const detail::PathSegment& segment,
    const detail::RouteNode* next,
    std::size_t depth
) {
    const char* const stop = segment.raw.data() + segment.raw.size();
    const detail::RouteCapture* edge = table_->captures + node.captures;
    CapturedText next_text{};
    for (std::size_t i = 0; i != node.capture_count; ++i, ++edge) {
        const detail::RouteNode* const child = table_->nodes + edge->child;
        CapturedText text;
        if (!is_of_use(*child) || !detail::fits(*edge, segment, text))
            continue;
        if (next != nullptr) {
            const std::size_t below = depth + (is_capture_child(*table_, node, *next) ? 1U : 0U);
            scratch_[depth] = next_text;
            if (stop == end_)
                accept<Mode>(table_->entries + next->entries, next->entry_count, below);
            else
                walk<Mode>(next, stop + 1, below);
        }
        next = child;
        next_text = text;
    }
    scratch_[depth] = next_text;
    return next != nullptr && is_of_use(*next) ? next : nullptr;
}

/// Looks at everything below `node`, where `p` stands behind a slash.
template <RouteSearch::mode Mode>
void RouteSearch::walk(const detail::RouteNode* node, const char* p, std::size_t depth) {
    // Rules for all that is left are asked late: most often a better one is found before.
    const detail::RouteNode* open = nullptr;
    const char* open_p = nullptr;
    std::size_t open_depth = 0;
    for (;;) {
        if (node->rest_count != 0) {
            if (open != nullptr)
                accept_rest<Mode>(*open, open_p, open_depth);
            open = node;
            open_p = p;
            open_depth = depth;
        }
        if (node->literal_count == 0 && node->capture_count == 0)
            break;
        const detail::PathSegment segment = detail::read_segment(p, end_);
        if (segment.what == detail::PathSegment::form::malformed)
            break;
        const detail::RouteNode* next = find_literal(*node, segment);
        if (next != nullptr && !is_of_use(*next))
            next = nullptr;
        if (node->capture_count != 0) {
            next = walk_captures<Mode>(*node, segment, next, depth);
            depth += next != nullptr && is_capture_child(*table_, *node, *next) ? 1U : 0U;
        }
        if (next == nullptr)
            break;
        p = segment.raw.data() + segment.raw.size();
        if (p == end_) {
            accept<Mode>(table_->entries + next->entries, next->entry_count, depth);
            break;
        }
        node = next;
        ++p;
    }
    if (open != nullptr && table_->entries[open->rests].rule < best_)
        accept_rest<Mode>(*open, open_p, open_depth);
}

template <RouteSearch::mode Mode>
void RouteSearch::search_root(const detail::RouteRoot& root) {
    const detail::RouteNode& node = table_->nodes[root.node];
    CapturedText* top = scratch_;
    if (!root.host.empty()
        && (!is_of_use(node) || !detail::fits_host(root.host, detail::searched_host(host_), top)))
        return;
    const auto depth = static_cast<std::size_t>(top - scratch_);
    if (path_ != end_ && *path_ == '/') {
        walk<Mode>(&node, path_ + 1, depth);
        return;
    }
    const detail::RouteEntry* entry = table_->entries + node.rests;
    for (std::size_t i = 0; i != node.rest_count; ++i, ++entry) {
        if (entry->what == detail::RouteEntry::kind::open)
            accept<Mode>(entry, 1, depth);
    }
}

template <RouteSearch::mode Mode>
void RouteSearch::search() {
    best_ = RouteTable::none;
    for (std::size_t i = 0; i != table_->root_count; ++i)
        search_root<Mode>(table_->roots[i]);
}

GUST_DECL std::size_t RouteSearch::next() {
    search<mode::find>();
    from_ = best_ == RouteTable::none ? RouteTable::none : best_ + 1;
    return best_;
}

GUST_DECL MethodSet RouteSearch::allowed() {
    from_ = 0;
    search<mode::allow>();
    return allowed_;
}

GUST_DECL void decode_captures(
    std::span<const CapturedText> captures, std::span<std::string_view> texts, std::string& storage
) {
    std::size_t size = 0;
    for (const CapturedText& captured : captures)
        size += captured.what == CapturedText::form::plain ? 0 : captured.size;
    storage.reserve(size); // no view moves
    for (std::size_t i = 0; i != captures.size(); ++i) {
        std::string_view raw{captures[i].data, captures[i].size};
        texts[i] = raw;
        if (captures[i].what == CapturedText::form::plain)
            continue;
        const std::size_t begin = storage.size();
        while (!raw.empty()) {
            if (captures[i].what == CapturedText::form::mixed_case) {
                storage += detail::to_lower(raw.front());
                raw.remove_prefix(1);
            } else {
                storage += detail::take_byte(raw).value_or('\0');
            }
        }
        texts[i] = std::string_view{storage}.substr(begin);
    }
}

} // namespace gust

#endif // GUST_ROUTING_IMPL_ROUTE_TABLE_IPP
