// SPDX-License-Identifier: MIT
// Patterns: "[METHOD ][HOST]/[PATH]", read by the compiler.
#ifndef GUST_ROUTING_PATTERN_HPP
#define GUST_ROUTING_PATTERN_HPP

#include <gust/http/method.hpp>
#include <gust/routing/capture.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/method_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace gust {

/// Adds the next eight bytes to a key, the first of them lowest.
constexpr std::uint64_t mix_route_key(std::uint64_t key, std::uint64_t word) noexcept {
    return (key ^ word) * 0x9E3779B97F4A7C15U; // odd, so that up to eight bytes lose nothing
}

/// A number for `text`. Texts of the same size up to eight bytes are equal if their keys are.
constexpr std::uint64_t route_key(std::string_view text) noexcept {
    std::uint64_t key = 0;
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i != 8 && at + i != text.size(); ++i)
            word |= std::uint64_t{static_cast<unsigned char>(text[at + i])} << 8 * i;
        key = mix_route_key(key, word);
    }
    return key;
}

/// One segment of a path, or one label of a host, as a pattern describes it.
struct PatternSegment {
    enum class kind : std::uint8_t {
        /// Equal to `text`.
        literal,
        /// `text`, then something that is captured and not empty, then `suffix`.
        capture,
        /// Everything that is left of the path, and captured: `{name...}`.
        rest,
        /// One or more labels of a host: `*`.
        wildcard,
    };

    kind what = kind::literal;
    std::string_view text;
    std::string_view suffix;
    /// The name and the word behind the colon of a capture.
    std::string_view name;
    std::string_view type;
    /// `route_key` of a literal.
    std::uint64_t key = 0;
    /// Whether a text is a value of that type; null for text.
    bool (*accepts)(std::string_view text) = nullptr;

    constexpr bool captures() const noexcept { return what == kind::capture || what == kind::rest; }
    /// Whether both match the same texts.
    constexpr bool is_same(const PatternSegment& other) const noexcept {
        return what == other.what && text == other.text && suffix == other.suffix
               && type == other.type;
    }
};

/// Why a text is not a pattern.
enum class pattern_error : std::uint8_t {
    none,
    no_slash,
    unknown_method,
    bad_host,
    misplaced_star,
    bad_character,
    escaped_literal,
    query,
    star_in_path,
    unbalanced_brace,
    two_captures_in_a_segment,
    bad_name,
    bad_type,
    repeated_name,
    misplaced_rest,
    misplaced_optional_slash,
    too_long,
};

/// A pattern taken apart; the segments are in the storage that `parse_pattern` was given, those of
/// the host first.
struct ParsedPattern {
    pattern_error error = pattern_error::none;
    MethodSet methods = MethodSet::all();
    std::size_t host_size = 0;
    std::size_t path_size = 0;
    bool optional_slash = false;
};

namespace detail {

constexpr bool is_word(std::string_view text) noexcept {
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit)
            return false;
    }
    return !text.empty() && (text[0] < '0' || text[0] > '9');
}

/// Takes `prefix{name:type}suffix` apart, or anything without braces.
constexpr pattern_error
parse_pattern_segment(std::string_view text, PatternSegment& segment) noexcept {
    const auto open = text.find('{');
    segment.text = text.substr(0, open);
    if (segment.text.find('}') != text.npos)
        return pattern_error::unbalanced_brace;
    if (open == text.npos) {
        segment.key = route_key(text);
        return pattern_error::none;
    }
    const auto close = text.find('}', open);
    if (close == text.npos)
        return pattern_error::unbalanced_brace;
    auto inner = text.substr(open + 1, close - open - 1);
    segment.what = PatternSegment::kind::capture;
    segment.suffix = text.substr(close + 1);
    if (segment.suffix.find('{') != text.npos)
        return pattern_error::two_captures_in_a_segment;
    if (inner.find('{') != text.npos || segment.suffix.find('}') != text.npos)
        return pattern_error::unbalanced_brace;
    if (inner.ends_with("...")) {
        inner.remove_suffix(3);
        segment.what = PatternSegment::kind::rest;
        if (!segment.text.empty() || !segment.suffix.empty())
            return pattern_error::misplaced_rest;
    }
    const auto colon = inner.find(':');
    segment.name = inner.substr(0, colon);
    if (!is_word(segment.name))
        return pattern_error::bad_name;
    if (colon == inner.npos)
        return pattern_error::none;
    segment.type = inner.substr(colon + 1);
    const bool fits = is_word(segment.type) && segment.what == PatternSegment::kind::capture;
    return fits ? pattern_error::none : pattern_error::bad_type;
}

/// A literal of a path is written decoded: any byte but controls, and those that mean something
/// else here.
constexpr pattern_error check_path_literal(std::string_view text) noexcept {
    if (text == "*")
        return pattern_error::star_in_path;
    for (const char c : text) {
        if (c == '%')
            return pattern_error::escaped_literal;
        if (c == '?' || c == '#')
            return pattern_error::query;
        if ((c >= 0 && c < 0x20) || c == 0x7F)
            return pattern_error::bad_character;
    }
    return pattern_error::none;
}

constexpr pattern_error check_host_literal(std::string_view text) noexcept {
    for (const char c : text) {
        const bool letter = c >= 'a' && c <= 'z';
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && c != '-' && c != '_')
            return pattern_error::bad_host;
    }
    return pattern_error::none;
}

constexpr pattern_error parse_pattern_methods(std::string_view names, MethodSet& methods) noexcept {
    methods = {};
    for (;;) {
        const auto bar = names.find('|');
        const auto known = parse_method(names.substr(0, bar));
        if (!known)
            return pattern_error::unknown_method;
        methods.add(*known);
        if (bar == names.npos)
            return pattern_error::none;
        names.remove_prefix(bar + 1);
    }
}

constexpr pattern_error
parse_pattern_label(std::string_view label, bool first, PatternSegment& segment) noexcept {
    if (label == "*") {
        segment.what = PatternSegment::kind::wildcard;
        return first ? pattern_error::none : pattern_error::misplaced_star;
    }
    if (const auto error = parse_pattern_segment(label, segment); error != pattern_error::none)
        return error;
    if (segment.what == PatternSegment::kind::literal && label.empty())
        return pattern_error::bad_host;
    const auto error = check_host_literal(segment.text);
    return error != pattern_error::none ? error : check_host_literal(segment.suffix);
}

constexpr pattern_error
parse_pattern_part(std::string_view text, bool last, PatternSegment& segment) noexcept {
    if (const auto error = parse_pattern_segment(text, segment); error != pattern_error::none)
        return error;
    if (segment.what == PatternSegment::kind::rest)
        return last ? pattern_error::none : pattern_error::misplaced_rest;
    const auto error = check_path_literal(segment.text);
    return error != pattern_error::none ? error : check_path_literal(segment.suffix);
}

constexpr bool has_repeated_name(std::span<const PatternSegment> segments) noexcept {
    for (std::size_t i = 0; i != segments.size(); ++i) {
        for (std::size_t k = 0; k != i && !segments[i].name.empty(); ++k) {
            if (segments[k].name == segments[i].name)
                return true;
        }
    }
    return false;
}

} // namespace detail

/// How many segments the storage for `parse_pattern` needs at most.
constexpr std::size_t pattern_capacity(std::string_view text) noexcept {
    std::size_t separators = 2;
    for (const char c : text)
        separators += c == '/' || c == '.' ? 1U : 0U;
    return separators;
}

/// Takes `text` apart. For patterns known only at run time; `on<"…">` does it in the compiler. The
/// segments look into `text`.
///
///     pattern    = [ methods SP ] [ host ] "/" [ path ]
///     methods    = method *( "|" method )           none: every method
///     host       = [ "*." ] label *( "." label )    none: every host; `*` is one or more labels
///     path       = segment *( "/" segment ) [ "/?" ]
///     segment    = text | [ text ] "{" name [ ":" type ] "}" [ text ] | "{" name "...}"
///
/// `/?` at the end: with and without a slash. `{name}` takes one segment or label, or the part of
/// it between the texts, and never nothing; `{name...}` takes what is left, which may be nothing,
/// but needs the slash before it. Texts are written as they are decoded; hosts in lower case.
constexpr ParsedPattern
parse_pattern(std::string_view text, std::span<PatternSegment> storage) noexcept {
    using enum pattern_error;
    ParsedPattern parsed;
    const auto fail = [&parsed](pattern_error error) {
        parsed.error = error;
        return parsed;
    };
    const auto slash = text.find('/');
    if (slash == text.npos)
        return fail(no_slash);
    auto host = text.substr(0, slash);
    auto path = text.substr(slash + 1);
    if (const auto space = host.find(' '); space != host.npos) {
        const auto error = detail::parse_pattern_methods(host.substr(0, space), parsed.methods);
        if (error != none)
            return fail(error);
        host.remove_prefix(space + 1);
    }
    if (storage.size() < pattern_capacity(text))
        return fail(too_long);
    for (bool more = !host.empty(); more;) {
        const auto dot = host.find('.');
        const auto error = detail::parse_pattern_label(
            host.substr(0, dot), parsed.host_size == 0, storage[parsed.host_size]
        );
        if (error != none)
            return fail(error);
        ++parsed.host_size;
        more = dot != host.npos;
        host.remove_prefix(more ? dot + 1 : host.size());
    }
    if (parsed.host_size == 1 && storage[0].what == PatternSegment::kind::wildcard)
        return fail(misplaced_star);
    if (path.ends_with("/?")) {
        parsed.optional_slash = true;
        path.remove_suffix(2);
    } else if (path == "?") {
        return fail(misplaced_optional_slash);
    }
    for (bool more = true; more;) {
        const auto end = path.find('/');
        more = end != path.npos;
        auto& segment = storage[parsed.host_size + parsed.path_size++];
        const auto error = detail::parse_pattern_part(path.substr(0, end), !more, segment);
        if (error != none)
            return fail(error);
        path.remove_prefix(more ? end + 1 : path.size());
        if (!more && parsed.optional_slash
            && (segment.what == PatternSegment::kind::rest || segment.is_same({})))
            return fail(misplaced_optional_slash);
    }
    if (detail::has_repeated_name(storage.first(parsed.host_size + parsed.path_size)))
        return fail(repeated_name);
    return parsed;
}

namespace detail {

// Never defined: a bad pattern calls one of these in a constant expression, and the compiler names
// it.
void route_pattern_has_no_slash_where_its_path_begins();
void route_pattern_names_an_unknown_method();
void route_pattern_has_a_host_that_is_not_made_of_labels_in_lower_case();
void route_pattern_has_a_star_that_is_not_the_first_label_of_a_host();
void route_pattern_has_a_control_character();
void route_pattern_has_a_percent_sign_but_texts_are_written_decoded();
void route_pattern_has_a_query_or_fragment();
void route_pattern_has_a_star_in_its_path_where_only_a_rest_capture_matches_everything();
void route_pattern_has_an_unbalanced_brace();
void route_pattern_has_two_captures_in_one_segment();
void route_pattern_has_a_capture_without_a_proper_name();
void route_pattern_has_a_capture_with_a_bad_type();
void route_pattern_has_two_captures_of_one_name();
void route_pattern_has_a_rest_capture_that_is_not_its_whole_last_segment();
void route_pattern_has_an_optional_slash_behind_nothing_or_behind_a_rest_capture();

consteval void check_pattern(pattern_error error) {
    using enum pattern_error;
    switch (error) {
    case none:
    case too_long: // the storage is measured by the same text
        break;
    case no_slash:
        route_pattern_has_no_slash_where_its_path_begins();
        break;
    case unknown_method:
        route_pattern_names_an_unknown_method();
        break;
    case bad_host:
        route_pattern_has_a_host_that_is_not_made_of_labels_in_lower_case();
        break;
    case misplaced_star:
        route_pattern_has_a_star_that_is_not_the_first_label_of_a_host();
        break;
    case bad_character:
        route_pattern_has_a_control_character();
        break;
    case escaped_literal:
        route_pattern_has_a_percent_sign_but_texts_are_written_decoded();
        break;
    case query:
        route_pattern_has_a_query_or_fragment();
        break;
    case star_in_path:
        route_pattern_has_a_star_in_its_path_where_only_a_rest_capture_matches_everything();
        break;
    case unbalanced_brace:
        route_pattern_has_an_unbalanced_brace();
        break;
    case two_captures_in_a_segment:
        route_pattern_has_two_captures_in_one_segment();
        break;
    case bad_name:
        route_pattern_has_a_capture_without_a_proper_name();
        break;
    case bad_type:
        route_pattern_has_a_capture_with_a_bad_type();
        break;
    case repeated_name:
        route_pattern_has_two_captures_of_one_name();
        break;
    case misplaced_rest:
        route_pattern_has_a_rest_capture_that_is_not_its_whole_last_segment();
        break;
    case misplaced_optional_slash:
        route_pattern_has_an_optional_slash_behind_nothing_or_behind_a_rest_capture();
        break;
    }
}

template <std::size_t Size>
struct PatternStorage {
    ParsedPattern parsed;
    std::array<PatternSegment, Size> segments;
};

template <FixedString Word>
struct KnownCapture {
    static_assert(
        capture_type<CaptureType<Word>>,
        "gust: the word behind the colon of a capture is int, uint, int64, uint64, uuid or one for "
        "which gust::CaptureType is specialised, with type, parse and print"
    );
    using traits = CaptureType<Word>;
    using type = typename traits::type;
    static bool accepts(std::string_view text) { return traits::parse(text).has_value(); }
};

struct TextCapture {
    using type = std::string_view;
};

/// What the segment `I` of `Segments::array` captures.
template <class Segments, std::size_t I>
consteval auto capture_of() {
    constexpr std::string_view word = Segments::array[I].type;
    if constexpr (word.empty()) {
        return TextCapture{};
    } else {
        return KnownCapture<FixedString<word.size() + 1>(word)>{};
    }
}

template <FixedString Text>
consteval auto parsed_pattern() {
    PatternStorage<pattern_capacity(Text.view())> made;
    made.parsed = parse_pattern(Text.view(), made.segments);
    check_pattern(made.parsed.error);
    return made;
}

/// The segments of a text, without the types of its captures.
template <FixedString Text>
struct RawPattern {
    static constexpr auto storage = parsed_pattern<Text>();
    static constexpr const auto& array = storage.segments;
    static constexpr std::size_t size = storage.parsed.host_size + storage.parsed.path_size;
};

template <class Raw, std::size_t... Is>
consteval auto typed_segments(std::index_sequence<Is...>) {
    std::array<PatternSegment, sizeof...(Is)> typed{Raw::array[Is]...};
    const auto type = [&typed]<std::size_t I>() {
        using Capture = decltype(capture_of<Raw, I>());
        if constexpr (!std::is_same_v<Capture, TextCapture>)
            typed[I].accepts = &Capture::accepts;
    };
    (type.template operator()<Is>(), ...);
    return typed;
}

template <std::size_t Size, std::size_t N>
consteval auto first_segments(const std::array<PatternSegment, N>& segments) {
    std::array<PatternSegment, Size> first;
    for (std::size_t i = 0; i != Size; ++i)
        first[i] = segments[i];
    return first;
}

/// The host of `inner`, then `outer`, then as much of the path of `inner` as there is room for.
template <std::size_t Size, std::size_t N, std::size_t M>
consteval auto join_segments(
    const std::array<PatternSegment, N>& outer,
    const std::array<PatternSegment, M>& inner,
    std::size_t inner_host_size
) {
    std::array<PatternSegment, Size> joined;
    std::size_t size = 0;
    for (std::size_t i = 0; i != inner_host_size; ++i)
        joined[size++] = inner[i];
    for (const auto& segment : outer)
        joined[size++] = segment;
    for (std::size_t i = inner_host_size; size != Size; ++i)
        joined[size++] = inner[i];
    return joined;
}

template <std::size_t N>
consteval std::size_t count_captures(const std::array<PatternSegment, N>& segments) {
    std::size_t count = 0;
    for (const auto& segment : segments)
        count += segment.captures() ? 1U : 0U;
    return count;
}

/// The position of the capture of that number.
template <std::size_t N>
consteval std::size_t
find_capture(const std::array<PatternSegment, N>& segments, std::size_t number) {
    std::size_t at = 0;
    while (!segments[at].captures() || number-- != 0)
        ++at;
    return at;
}

template <class Pattern, std::size_t I>
using capture_at = decltype(capture_of<Pattern, find_capture(Pattern::array, I)>());

template <class Pattern, class Indices>
struct PatternCaptures;
template <class Pattern, std::size_t... Is>
struct PatternCaptures<Pattern, std::index_sequence<Is...>> {
    using values = std::tuple<typename capture_at<Pattern, Is>::type...>;
};

} // namespace detail

/// A pattern as a type. `array` holds the segments, those of the host first.
template <FixedString Text>
struct Pattern {
    using Raw = detail::RawPattern<Text>;
    static constexpr auto array =
        detail::typed_segments<Raw>(std::make_index_sequence<Raw::size>{});
    static constexpr std::size_t host_size = Raw::storage.parsed.host_size;
    static constexpr MethodSet methods = Raw::storage.parsed.methods;
    static constexpr bool optional_slash = Raw::storage.parsed.optional_slash;
    static constexpr bool open_end = false;
};

/// What matches every request.
struct AnyPattern {
    static constexpr std::array<PatternSegment, 0> array{};
    static constexpr std::size_t host_size = 0;
    static constexpr MethodSet methods = MethodSet::all();
    static constexpr bool optional_slash = false;
    /// The path and everything below it.
    static constexpr bool open_end = true;
};

/// A prefix without a method, such as "/api", "example.com/" or "{tenant}.example.com/v1", and
/// everything below it.
template <FixedString Text>
struct PrefixPattern {
    using Whole = Pattern<Text>;
    static constexpr bool is_root =
        Whole::array.size() == Whole::host_size + 1 && Whole::array.back().is_same({});
    static_assert(
        Whole::methods == MethodSet::all(),
        "gust: a prefix is written without a method; the rules below it have theirs"
    );
    static_assert(
        is_root || !Whole::array.back().is_same({}),
        "gust: a prefix is written without a slash at its end"
    );
    static_assert(
        !Whole::optional_slash && Whole::array.back().what != PatternSegment::kind::rest,
        "gust: a prefix has no rest capture and no optional slash; everything below it belongs to "
        "it anyway"
    );
    static constexpr auto array =
        detail::first_segments<Whole::array.size() - (is_root ? 1 : 0)>(Whole::array);
    static constexpr std::size_t host_size = Whole::host_size;
    static constexpr MethodSet methods = MethodSet::all();
    static constexpr bool optional_slash = false;
    static constexpr bool open_end = true;
};

/// `Inner` below the prefix `Outer`. The root of `Inner` is the prefix, with or without a slash.
template <class Outer, class Inner>
struct JoinedPattern {
    static_assert(
        Outer::host_size == 0 || Inner::host_size == 0,
        "gust: a rule with a host cannot be mounted below a prefix with a host"
    );
    static constexpr std::size_t outer_size = Outer::array.size();
    static constexpr std::size_t inner_path = Inner::array.size() - Inner::host_size;
    static constexpr bool is_root = outer_size != Outer::host_size && inner_path == 1
                                    && !Inner::open_end && Inner::array.back().is_same({});

    static constexpr auto array =
        detail::join_segments<outer_size + Inner::array.size() - (is_root ? 1 : 0)>(
            Outer::array, Inner::array, Inner::host_size
        );
    static_assert(
        !detail::has_repeated_name(array),
        "gust: a capture of a mounted rule has the name of one in the prefix"
    );
    static constexpr std::size_t host_size = Outer::host_size + Inner::host_size;
    static constexpr MethodSet methods = Inner::methods;
    static constexpr bool optional_slash = Inner::optional_slash || is_root;
    static constexpr bool open_end = Inner::open_end;
};

/// How many captures a pattern has, and their types in order: those of the host, then the path.
/// @{
template <class Pattern>
inline constexpr std::size_t capture_count = detail::count_captures(Pattern::array);
template <class Pattern>
using captures_of = typename detail::
    PatternCaptures<Pattern, std::make_index_sequence<capture_count<Pattern>>>::values;
/// @}

} // namespace gust

#endif // GUST_ROUTING_PATTERN_HPP
