// SPDX-License-Identifier: MIT
#include <gust/routing/pattern.hpp>
#include <gust/routing/uuid.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "support/catch.hpp"

using gust::MethodSet;
using gust::pattern_error;
using gust::PatternSegment;

namespace {

struct Storage {
    std::array<PatternSegment, 32> segments;
    gust::ParsedPattern parsed;
};

Storage parse(std::string_view text) {
    Storage storage;
    storage.parsed = gust::parse_pattern(text, storage.segments);
    return storage;
}

template <gust::FixedString Text>
using captures = gust::captures_of<gust::Pattern<Text>>;

} // namespace

TEST_CASE("a text that is no pattern says why", "[routing][pattern]") {
    struct Row {
        std::string_view text;
        pattern_error error;
    };
    using enum pattern_error;
    const Row rows[] = {
        {"", no_slash},
        {"GET", no_slash},
        {"GET ", no_slash},
        {"example.com", no_slash},
        {"get /", unknown_method},
        {"GET| /", unknown_method},
        {"GET,PUT /", unknown_method},
        {" /", unknown_method},
        {"GET  /", bad_host},
        {"Example.com/", bad_host},
        {"a..b/", bad_host},
        {".a/", bad_host},
        {"a./", bad_host},
        {"example.com:80/", bad_host},
        {"[::1]/", bad_host},
        {"a.*.b/", misplaced_star},
        {"*/", misplaced_star},
        {"*a.b/", bad_host},
        {"{rest...}.example.com/", unbalanced_brace}, // dots separate labels
        {"/a\tb", bad_character},
        {"/a\x7F", bad_character},
        {"/a%20b", escaped_literal},
        {"/a?b=c", query},
        {"/a#b", query},
        {"/?", misplaced_optional_slash},
        {"//?", misplaced_optional_slash},
        {"/{x...}/?", misplaced_optional_slash},
        {"/*", star_in_path},
        {"/a/*/b", star_in_path},
        {"/{", unbalanced_brace},
        {"/}", unbalanced_brace},
        {"/{a", unbalanced_brace},
        {"/a}", unbalanced_brace},
        {"/{{a}}", unbalanced_brace},
        {"/{a}}", unbalanced_brace},
        {"/{a/b}", unbalanced_brace},
        {"/{a}{b}", two_captures_in_a_segment},
        {"/{a}-{b}", two_captures_in_a_segment},
        {"/{}", bad_name},
        {"/{a b}", bad_name},
        {"/{1}", bad_name},
        {"/{:int}", bad_name},
        {"/{...}", bad_name},
        {"/{a:}", bad_type},
        {"/{a:in t}", bad_type},
        {"/{a:b:c}", bad_type},
        {"/{a:int...}", bad_type},
        {"/{a}/{a}", repeated_name},
        {"{a}.com/{a}", repeated_name},
        {"/{a...}/b", misplaced_rest},
        {"/x{a...}", misplaced_rest},
        {"/{a...}x", misplaced_rest},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(static_cast<int>(parse(row.text).parsed.error) == static_cast<int>(row.error));
    }
}

TEST_CASE("a pattern has methods, labels and segments", "[routing][pattern]") {
    const auto storage = parse("GET|M-SEARCH {tenant}.example.com/users/v{id:int}.json/{rest...}");
    const auto& [segments, parsed] = storage;
    CHECK(parsed.error == pattern_error::none);
    CHECK(parsed.methods == MethodSet{gust::method::get, gust::method::m_search});
    CHECK(parsed.host_size == 3);
    CHECK(parsed.path_size == 3);
    CHECK(segments[0].what == PatternSegment::kind::capture);
    CHECK(segments[0].name == "tenant");
    CHECK(segments[1].text == "example");
    CHECK(segments[3].what == PatternSegment::kind::literal);
    CHECK(segments[3].text == "users");
    CHECK(segments[4].text == "v");
    CHECK(segments[4].name == "id");
    CHECK(segments[4].type == "int");
    CHECK(segments[4].suffix == ".json");
    CHECK(segments[5].what == PatternSegment::kind::rest);
    CHECK(segments[5].name == "rest");
}

TEST_CASE("without a method or a host, a pattern is for all of them", "[routing][pattern]") {
    const auto [segments, parsed] = parse("/a b/~!$&'()*+,;=:@");
    CHECK(parsed.error == pattern_error::none);
    CHECK(parsed.methods == MethodSet::all());
    CHECK(parsed.host_size == 0);
    CHECK(segments[0].text == "a b");
}

TEST_CASE("a slash at the end is a segment, an optional one is not", "[routing][pattern]") {
    CHECK(parse("/").parsed.path_size == 1);
    CHECK(parse("/a").parsed.path_size == 1);
    CHECK(parse("/a/").parsed.path_size == 2);
    CHECK(parse("/a/?").parsed.path_size == 1);
    CHECK(parse("/a/?").parsed.optional_slash);
}

TEST_CASE("a pattern that does not fit into its storage is refused", "[routing][pattern]") {
    std::array<PatternSegment, 3> room;
    CHECK(gust::parse_pattern("/a", room).error == pattern_error::none);
    CHECK(gust::parse_pattern("/a/b", room).error == pattern_error::too_long);
}

TEST_CASE("the compiler knows the types of captures", "[routing][pattern]") {
    STATIC_REQUIRE(std::is_same_v<captures<"/">, std::tuple<>>);
    STATIC_REQUIRE(std::is_same_v<
                   captures<"/{a}/{b...}">,
                   std::tuple<std::string_view, std::string_view>>);
    STATIC_REQUIRE(std::is_same_v<
                   captures<"{h}.com/{a:int}/{b:uint}/{c:int64}/{d:uint64}/{e:uuid}">,
                   std::tuple<
                       std::string_view,
                       int,
                       unsigned,
                       std::int64_t,
                       std::uint64_t,
                       gust::UUID>>);
}

TEST_CASE("a prefix goes before a pattern, host and captures first", "[routing][pattern]") {
    using Joined =
        gust::JoinedPattern<gust::PrefixPattern<"{t}.com/v{v:int}">, gust::Pattern<"PUT /a/{b}">>;
    STATIC_REQUIRE(Joined::host_size == 2);
    STATIC_REQUIRE(Joined::array.size() == 5);
    STATIC_REQUIRE(Joined::methods == MethodSet{gust::method::put});
    STATIC_REQUIRE(std::is_same_v<
                   gust::captures_of<Joined>,
                   std::tuple<std::string_view, int, std::string_view>>);

    using Root = gust::JoinedPattern<gust::PrefixPattern<"/api">, gust::Pattern<"GET /">>;
    STATIC_REQUIRE(Root::array.size() == 1);
    STATIC_REQUIRE(Root::optional_slash);
    using RootOfHost = gust::JoinedPattern<gust::PrefixPattern<"a.com/">, gust::Pattern<"/">>;
    STATIC_REQUIRE(RootOfHost::array.size() == 3);
    STATIC_REQUIRE(!RootOfHost::optional_slash);
    using HostInside = gust::JoinedPattern<gust::PrefixPattern<"/api">, gust::Pattern<"a.com/x">>;
    STATIC_REQUIRE(HostInside::host_size == 2);
    STATIC_REQUIRE(HostInside::array[2].text == "api");
}

TEST_CASE("a set of methods is written as Allow has it", "[routing][methods]") {
    CHECK(MethodSet{}.text().empty());
    CHECK(MethodSet{gust::method::get, gust::method::delete_}.text() == "DELETE, GET");
    CHECK(MethodSet::all().contains(gust::method::unlink));
    CHECK(!MethodSet{gust::method::get}.contains(gust::method::head));
}

TEST_CASE("a UUID is read in one form and written in lower case", "[routing][uuid]") {
    constexpr std::string_view text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    const auto id = gust::UUID::parse(text);
    REQUIRE(id);
    CHECK(id->octets[0] == 0x6B);
    CHECK(id->octets[15] == 0xC8);
    CHECK(id->text() == text);
    CHECK(gust::UUID::parse("6BA7B810-9DAD-11D1-80B4-00C04FD430C8") == id);
    for (std::size_t i = 0; i != text.size(); ++i) {
        std::string broken{text};
        broken[i] = broken[i] == '-' ? 'a' : 'g';
        CAPTURE(broken);
        CHECK(!gust::UUID::parse(broken));
    }
    CHECK(!gust::UUID::parse(text.substr(1)));
    CHECK(!gust::UUID::parse(std::string{text} + "0"));
    CHECK(!gust::UUID::parse(""));
}
