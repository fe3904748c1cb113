// SPDX-License-Identifier: MIT
#include <gust/http/target.hpp>
#include <gust/routing/detail/reverse.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/testing/routes.hpp>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/generator.hpp"
#include "routing/reference.hpp"
#include "support/catch.hpp"

using gust::method;
using gust::MethodSet;
using gust::RouteQuery;
using gust::RouteTable;
using gust::testing::FoundRoute;
using gust::testing::Routes;

namespace {

constexpr std::size_t none = RouteTable::none;

FoundRoute
find(std::vector<std::string> patterns, std::string path, std::string host = "", method verb = {}) {
    Routes routes{std::move(patterns)};
    return routes.find({verb == method{} ? method::get : verb, path, host});
}

FoundRoute found(std::size_t rule, std::vector<std::string> captures = {}) {
    return {rule, std::move(captures)};
}

auto make_generator(unsigned seed) {
    return RouteGenerator{[random = std::mt19937{seed}](std::size_t n) mutable {
        return std::size_t{random()} % n;
    }};
}

/// A byte as "%XX".
std::string escape(char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(byte);
    return {'%', digits[value / 16], digits[value % 16]};
}

std::string join(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts)
        all += "[" + text + "]";
    return all;
}

} // namespace

TEST_CASE("a literal matches its path and no other", "[routing][table]") {
    CHECK(find({"/"}, "/") == found(0));
    CHECK(find({"/"}, "//") == found(none));
    CHECK(find({"/a"}, "/a") == found(0));
    CHECK(find({"/a"}, "/a/") == found(none));
    CHECK(find({"/a/"}, "/a") == found(none));
    CHECK(find({"/a/"}, "/a/") == found(0));
    CHECK(find({"/a"}, "/A") == found(none));
    CHECK(find({"/a"}, "/ab") == found(none));
    CHECK(find({"//doubleslash"}, "//doubleslash") == found(0));
    CHECK(find({"/doubleslash"}, "//doubleslash") == found(none));
}

TEST_CASE("literals that begin with the same eight bytes are told apart", "[routing][table]") {
    const std::vector<std::string> patterns{
        "/abcdefgh", "/abcdefghi", "/abcdefghj", "/abcdefghij", "/abcdefg"
    };
    for (std::size_t i = 0; i != patterns.size(); ++i)
        CHECK(find(patterns, patterns[i]) == found(i));
    CHECK(find(patterns, "/abcdefghk") == found(none));
    CHECK(find(patterns, "/abcdef") == found(none));
}

TEST_CASE("different literals with the same key are told apart", "[routing][table]") {
    // Found by a search for two texts that the key does not tell apart.
    const std::string first = "8k-k7qt2s7phtmxo";
    const std::string second = "l5vpzf8f7mbxwq7p";
    REQUIRE(gust::route_key(first) == gust::route_key(second));
    Routes routes{{"/" + first, "/" + second + "/end", "/" + second}};
    CHECK(routes.built().duplicate == none);
    CHECK(routes.find({method::get, "/" + first, {}}) == found(0));
    CHECK(routes.find({method::get, "/" + second, {}}) == found(2));
    CHECK(routes.find({method::get, "/" + second + "/end", {}}) == found(1));
    CHECK(routes.find({method::get, "/" + first + "/end", {}}) == found(none));
    CHECK(routes.find({method::get, "/%38" + first.substr(1), {}}) == found(0));
    CHECK(find({"/" + first}, "/" + second) == found(none));
    CHECK(find({"/" + first}, "/%6C" + second.substr(1)) == found(none));
}

TEST_CASE("a key is made of every byte, written plainly or not", "[routing][table]") {
    const std::string text = "abcdefghijklmnopqrstuvwxyz";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        const std::string literal = text.substr(0, size);
        Routes routes{{"/" + literal, "/" + literal + "/x"}};
        for (std::size_t at = 0; at != size; ++at) {
            std::string other = literal;
            other[at] = '0';
            CHECK(gust::route_key(other) != gust::route_key(literal));
            CHECK(routes.find({method::get, "/" + other, {}}) == found(none));
            std::string escaped = "/" + literal;
            escaped.replace(at + 1, 1, escape(literal[at]));
            CHECK(routes.find({method::get, escaped, {}}) == found(0));
            CHECK(routes.find({method::get, escaped + "/x", {}}) == found(1));
        }
    }
}

TEST_CASE("a thousand literals that begin alike are all found", "[routing][table]") {
    std::vector<std::string> patterns;
    for (int i = 0; i != 1000; ++i)
        patterns.push_back("/resource" + std::to_string(i));
    Routes routes{patterns};
    CHECK(routes.built().duplicate == none);
    for (std::size_t i = 0; i != patterns.size(); ++i)
        CHECK(routes.find({method::get, patterns[i], {}}) == found(i));
    CHECK(routes.find({method::get, "/resource", {}}) == found(none));
    CHECK(routes.find({method::get, "/resource1000", {}}) == found(none));

    patterns.push_back("/resource500");
    Routes twice{patterns};
    CHECK(twice.built().original == 500);
    CHECK(twice.built().duplicate == 1000);
}

TEST_CASE("many literals at one node are all found", "[routing][table]") {
    std::vector<std::string> patterns;
    for (int i = 0; i != 300; ++i)
        patterns.push_back("/r" + std::to_string(i * 7919 % 1000));
    Routes routes{patterns};
    for (std::size_t i = 0; i != patterns.size(); ++i)
        CHECK(routes.find({method::get, patterns[i], ""}) == found(i));
    CHECK(routes.find({method::get, "/r1001", ""}) == found(none));
    CHECK(routes.find({method::get, "/q", ""}) == found(none));
    CHECK(routes.find({method::get, "/s", ""}) == found(none));
}

TEST_CASE("a percent-escape is undone once, and never separates", "[routing][table]") {
    CHECK(find({"/hello"}, "/%68ello") == found(0));
    CHECK(find({"/caf\xC3\xA9"}, "/caf%C3%a9") == found(0));
    CHECK(find({"/{x}"}, "/a%20b") == found(0, {"a b"}));
    CHECK(find({"/{x}"}, "/a%2Fb") == found(0, {"a/b"}));
    CHECK(find({"/a/b"}, "/a%2Fb") == found(none));
    CHECK(find({"/{x}"}, "/%2541") == found(0, {"%41"}));
    CHECK(find({"/{x}"}, "/%00") == found(0, {std::string(1, '\0')}));
    CHECK(find({"/{x}"}, "/a+b") == found(0, {"a+b"}));
    CHECK(find({"/v{x:int}.json"}, "/%76%31%37.%6Ason") == found(0, {"17"}));
    CHECK(find({"/{x...}"}, "/a%2Fb/%63") == found(0, {"a/b/c"}));
}

TEST_CASE("a broken escape matches nothing", "[routing][table]") {
    for (const auto* path : {"/%", "/%4", "/%4g", "/a/%zz", "/%4g/a", "/a/%"}) {
        CAPTURE(path);
        CHECK(find({"/{x}", "/{x...}", "/a/{x}", "/{x}/a"}, path) == found(none));
    }
}

TEST_CASE("a capture takes one segment, and never nothing", "[routing][table]") {
    CHECK(find({"/users/{id}"}, "/users/42") == found(0, {"42"}));
    CHECK(find({"/users/{id}"}, "/users/") == found(none));
    CHECK(find({"/users/{id}"}, "/users/4/2") == found(none));
    CHECK(find({"/{a}/{b}"}, "/x/y") == found(0, {"x", "y"}));
    CHECK(find({"/v{a}.json"}, "/v1.json") == found(0, {"1"}));
    CHECK(find({"/v{a}.json"}, "/v.json") == found(none));
    CHECK(find({"/a{x}a"}, "/aa") == found(none));
    CHECK(find({"/a{x}a"}, "/aba") == found(0, {"b"}));
}

TEST_CASE("a typed capture takes values of its type only", "[routing][table]") {
    CHECK(find({"/{x:int}"}, "/-2147483648") == found(0, {"-2147483648"}));
    CHECK(find({"/{x:int}"}, "/2147483648") == found(none));
    CHECK(find({"/{x:int64}"}, "/2147483648") == found(0, {"2147483648"}));
    CHECK(find({"/{x:uint}"}, "/-1") == found(none));
    CHECK(find({"/{x:uint64}"}, "/18446744073709551615") == found(0, {"18446744073709551615"}));
    CHECK(find({"/{x:uint64}"}, "/18446744073709551616") == found(none));
    for (const auto* text : {"/x", "/+1", "/1x", "/ 1", "/0x1", "/1_0", "/--1", "/-"}) {
        CAPTURE(text);
        CHECK(find({"/{x:int}"}, text) == found(none));
    }
    CHECK(find({"/{x:uuid}"}, "/6BA7B810-9dad-11d1-80b4-00c04fd430c8").rule == 0);
    CHECK(find({"/{x:uuid}"}, "/6BA7B810-9dad-11d1-80b4-00c04fd430c").rule == none);
    CHECK(find({"/{x:int}", "/{x}"}, "/abc") == found(1, {"abc"}));
}

TEST_CASE("a rest capture takes what is left, which may be nothing", "[routing][table]") {
    CHECK(find({"/s/{p...}"}, "/s/") == found(0, {""}));
    CHECK(find({"/s/{p...}"}, "/s/a/b/") == found(0, {"a/b/"}));
    CHECK(find({"/s/{p...}"}, "/s") == found(none));
    CHECK(find({"/{p...}"}, "/") == found(0, {""}));
    CHECK(find({"/s/{p...}"}, "/s/../x") == found(0, {"../x"}));
}

TEST_CASE("an optional slash is none or one", "[routing][table]") {
    CHECK(find({"/a/?"}, "/a") == found(0));
    CHECK(find({"/a/?"}, "/a/") == found(0));
    CHECK(find({"/a/?"}, "/a//") == found(none));
    CHECK(find({"/{x}/?"}, "/a/") == found(0, {"a"}));
}

TEST_CASE("of the rules that match, the first one is found", "[routing][table]") {
    CHECK(find({"/users/me", "/users/{id}"}, "/users/me") == found(0));
    CHECK(find({"/users/{id}", "/users/me"}, "/users/me") == found(0, {"me"}));
    CHECK(find({"/{x...}", "/a"}, "/a") == found(0, {"a"}));
    CHECK(find({"/a", "/{x...}"}, "/a") == found(0));
    CHECK(find({"/{a}/b/c", "/a/{b}/c", "/a/b/{c}"}, "/a/b/c") == found(0, {"a"}));
    CHECK(find({"/{a}/b/d", "/a/{b}/d", "/a/b/{c}"}, "/a/b/c") == found(2, {"c"}));
    CHECK(find({"/{a:int}/x", "/{a}/{b}", "/7/x"}, "/7/x") == found(0, {"7"}));
}

TEST_CASE("a path of literals is found whole, unless another rule may come first", "[routing]") {
    Routes routes{
        {"/",
         "GET /a",
         "POST /a",
         "/a/b/?",
         "/abcdefgh/ijklmnop",
         "/{x}",
         "GET /{x}/c",
         "/a/c",
         "/z/y",
         "/{rest...}",
         "/later"}
    };
    const auto whole = [&routes](std::string path, method verb = method::get) {
        return routes.find_path({verb, path, {}});
    };
    CHECK(whole("/") == 0);
    CHECK(whole("/a") == 1);
    CHECK(whole("/a", method::head) == 1);
    CHECK(whole("/a", method::post) == 2);
    CHECK(whole("/a", method::put) == none);
    CHECK(whole("/a/b") == 3);
    CHECK(whole("/a/b/") == 3);
    CHECK(whole("/abcdefgh/ijklmnop") == 4);
    CHECK(whole("/abcdefgh/ijklmnoq") == none);
    CHECK(whole("/abcdefgh/ijklmno") == none);
    CHECK(whole("/a/c") == none); // /{x}/c comes first for GET
    CHECK(whole("/z/y") == none); // for all that it says, /{x}/c may
    CHECK(whole("/later") == none);
    CHECK(whole("") == none);
    CHECK(whole("*") == none);
    CHECK(whole("x") == none);
    CHECK(whole("/%61") == none); // a search knows
    CHECK(routes.find({method::get, "/%61", {}}) == found(1));
    CHECK(routes.find({method::get, "/z/y", {}}) == found(8));
    CHECK(routes.find({method::get, "/later", {}}) == found(5, {"later"}));

    Routes hosts{{"/a", "a.example/a"}};
    CHECK(hosts.find_path({method::get, "/a", {}}) == none);
    CHECK(hosts.find({method::get, "/a", "a.example"}) == found(0));
    CHECK(Routes{{}}.find({method::get, "/a", {}}) == found(none));
}

TEST_CASE("a search goes on behind a rule that declined", "[routing][table]") {
    Routes routes{{"/a", "/{x}", "/{x:int}", "/{x...}"}};
    CHECK(routes.find_from({method::get, "/a", ""}, 0) == found(0));
    CHECK(routes.find_from({method::get, "/a", ""}, 1) == found(1, {"a"}));
    CHECK(routes.find_from({method::get, "/a", ""}, 2) == found(3, {"a"}));
    CHECK(routes.find_from({method::get, "/a", ""}, 4) == found(none));
}

TEST_CASE("methods select among the rules of a pattern", "[routing][table]") {
    const std::vector<std::string> patterns{"GET /a", "POST|PUT /a", "/b"};
    CHECK(find(patterns, "/a", "", method::get) == found(0));
    CHECK(find(patterns, "/a", "", method::put) == found(1));
    CHECK(find(patterns, "/a", "", method::patch) == found(none));
    CHECK(find(patterns, "/b", "", method::purge) == found(2));
    Routes routes{patterns};
    CHECK(routes.allowed({method::get, "/a", ""}).text() == "GET, HEAD, POST, PUT");
    CHECK(routes.allowed({method::get, "/b", ""}) == MethodSet::all());
    CHECK(routes.allowed({method::get, "/c", ""}).empty());
}

TEST_CASE("GET answers HEAD, unless the pattern has a HEAD of its own", "[routing][table]") {
    CHECK(find({"GET /a"}, "/a", "", method::head) == found(0));
    CHECK(find({"GET /a", "HEAD /a"}, "/a", "", method::head) == found(1));
    CHECK(find({"GET /{x}", "HEAD /a"}, "/a", "", method::head) == found(0, {"a"}));
    CHECK(find({"GET /a", "/a"}, "/a", "", method::head) == found(0));
    CHECK(find({"GET /x/{r...}", "HEAD /x/{q...}"}, "/x/", "", method::head) == found(1, {""}));
}

TEST_CASE("hosts are compared label by label, without case or port", "[routing][table]") {
    const std::vector<std::string> one{"example.com/"};
    CHECK(find(one, "/", "example.com") == found(0));
    CHECK(find(one, "/", "EXAMPLE.com:8080") == found(0));
    CHECK(find(one, "/", "example.com.") == found(0));
    CHECK(find(one, "/", "www.example.com") == found(none));
    CHECK(find(one, "/", "com") == found(none));
    CHECK(find(one, "/", "") == found(none));
    const std::vector<std::string> star{"*.example.com/"};
    CHECK(find(star, "/", "a.example.com") == found(0));
    CHECK(find(star, "/", "a.b.example.com") == found(0));
    CHECK(find(star, "/", "example.com") == found(none));
    CHECK(find(star, "/", ".example.com") == found(none));
    const std::vector<std::string> tenant{"{t}.example.com/{p}"};
    CHECK(find(tenant, "/x", "Acme.example.com") == found(0, {"acme", "x"}));
    CHECK(find(tenant, "/x", "a.b.example.com") == found(none));
    CHECK(find({"v{n:int}.{d}.com/"}, "/", "v12.api.com") == found(0, {"12", "api"}));
    CHECK(find({"v{n:int}.{d}.com/"}, "/", "vx.api.com") == found(none));
    CHECK(find({"127.0.0.1/"}, "/", "127.0.0.1:80") == found(0));
    CHECK(find({"/a", "example.com/a", "*.com/a"}, "/a", "example.com") == found(0));
    CHECK(find({"x.com/a", "*.com/a", "/a"}, "/a", "example.com") == found(1));
}

TEST_CASE("targets without a path match no pattern", "[routing][table]") {
    CHECK(find({"/", "/{x...}"}, "*", "", method::options) == found(none));
    CHECK(find({"/", "/{x...}"}, "", "", method::connect) == found(none));
}

TEST_CASE("two rules with the same pattern are noticed", "[routing][table]") {
    const auto duplicate = [](std::vector<std::string> patterns) {
        return Routes{std::move(patterns)}.built().duplicate;
    };
    CHECK(duplicate({"/a", "/b", "/a"}) == 2);
    CHECK(duplicate({"/{x}", "/{y}"}) == 1);
    CHECK(duplicate({"/{x...}", "/{y...}"}) == 1);
    CHECK(duplicate({"GET|PUT /a", "PUT|GET /a"}) == 1);
    CHECK(duplicate({"a.com/", "b.com/", "a.com/"}) == 2);
    CHECK(duplicate({"/a/?", "/a/"}) == 1);
    CHECK(duplicate({"GET /a", "PUT /a", "/a", "/{x}", "/{x:int}", "/p{x}", "/{x}p"}) == none);
}

TEST_CASE("what no path holds is refused before a table is built", "[routing][table]") {
    CHECK_THROWS(Routes{{"no-slash"}});
    CHECK_THROWS(Routes{{"/{x:color}"}});
}

TEST_CASE("the trie agrees with the plainest matcher", "[routing][table]") {
    auto generator = make_generator(20260917);
    std::mt19937 random{42};
    std::size_t pairs = 0;
    std::size_t matches = 0;
    std::size_t captured = 0;
    std::size_t known = 0; // without a search
    constexpr std::array<method, 5> verbs{
        method::get, method::get, method::head, method::post, method::put
    };
    for (int table = 0; table != 2000; ++table) {
        std::vector<std::string> patterns;
        for (std::size_t size = 1 + random() % 24; size != 0; --size) {
            std::string pattern = generator.pattern();
            if (table % 2 != 0) { // in a table without hosts some paths are found without a search
                const std::size_t host = pattern.find(' ') + 1; // 0 if there is no method
                pattern.erase(host, pattern.find('/') - host);
            }
            patterns.push_back(std::move(pattern));
        }
        Routes routes{patterns};
        for (int i = 0; i != 60; ++i, ++pairs) {
            std::string path = generator.path();
            if (i % 4 == 0) { // what a pattern is written as
                path = patterns[random() % patterns.size()];
                path.erase(0, path.find('/'));
                path.erase(path.find_last_not_of('?') + 1);
            }
            const std::string host = generator.host();
            const RouteQuery query{verbs[random() % verbs.size()], path, host};
            const std::size_t from = random() % 3 == 0 ? random() % patterns.size() : 0;
            const auto wanted = reference::find(routes.specs(), query, from);
            const auto got = from == 0 ? routes.find(query) : routes.find_from(query, from);
            const auto searched = routes.find_from(query, from);
            known += from == 0 && routes.find_path(query) != none ? 1U : 0U;
            if (wanted != got || wanted != searched
                || routes.allowed(query) != reference::allowed(routes.specs(), query)) {
                CAPTURE(join(patterns), path, host, to_string(query.verb), from);
                CHECK(got.rule == wanted.rule);
                CHECK(join(got.captures) == join(wanted.captures));
                CHECK(searched.rule == wanted.rule);
                CHECK(join(searched.captures) == join(wanted.captures));
                REQUIRE(
                    routes.allowed(query).text() == reference::allowed(routes.specs(), query).text()
                );
            }
            matches += got.rule != none ? 1U : 0U;
            captured += got.captures.empty() ? 0U : 1U;
        }
    }
    CHECK(pairs >= 100'000);
    CHECK(matches > pairs / 10); // the comparison is about something
    CHECK(captured > pairs / 20);
    CHECK(known > pairs / 200);
}

TEST_CASE(
    "a URL made of a pattern and values matches it with the same values", "[routing][table]"
) {
    auto generator = make_generator(7);
    std::size_t captured = 0;
    for (int i = 0; i != 20'000; ++i) {
        std::string text = generator.pattern();
        if (const auto star = text.find("*."); star != text.npos)
            text.erase(star, 2);
        Routes routes{{text}};
        const auto& spec = routes.specs().front();
        std::vector<std::string> values;
        for (const auto& label : spec.host) {
            if (label.captures())
                values.push_back(label.type.empty() ? "host" : generator.value(label.type));
        }
        for (const auto& segment : spec.path) {
            if (segment.captures())
                values.push_back(generator.value(segment.type));
        }
        const std::string url = gust::detail::reverse_pattern(spec.host, spec.path, values);
        std::string host;
        std::string path = url;
        if (!spec.host.empty()) {
            REQUIRE(url.starts_with("//"));
            const auto slash = url.find('/', 2);
            host = url.substr(2, slash - 2);
            path = url.substr(slash);
        }
        gust::TargetParts parts;
        CAPTURE(text, url);
        REQUIRE(!gust::parse_target(method::get, path, parts));
        const method verb = spec.methods.contains(method::get)    ? method::get
                            : spec.methods.contains(method::post) ? method::post
                                                                  : method::head;
        const auto got = routes.find({verb, parts.path, host});
        if (got != FoundRoute{0, values}) {
            CHECK(got.rule == 0);
            REQUIRE(join(got.captures) == join(values));
        }
        captured += values.size();
    }
    CHECK(captured > 10'000);
}
