// SPDX-License-Identifier: MIT
// Rules: a pattern or a matcher, and what answers the requests that fit it.
#ifndef GUST_ROUTING_RULE_HPP
#define GUST_ROUTING_RULE_HPP

#include <gust/http/callable.hpp>
#include <gust/http/request.hpp>
#include <gust/http/status.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/pattern.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace gust {

template <class... Items>
class Router;

/// Matchers beside patterns, for `when`. The first three become part of the trie like any pattern.
/// @{
/// Every request, whatever its target.
struct AnyMatches {
    static constexpr bool match(const HTTPServerRequest&) noexcept { return true; }
};
/// Every request to a host: `HostMatches<"*.example.com">{}`.
template <FixedString Host>
struct HostMatches {};
/// What a pattern matches: `PathMatches<"/a/{b}">{}`.
template <FixedString Path>
struct PathMatches {};

/// A matcher of your own. `match` returns `bool`, or an `std::optional` of a value or of a tuple of
/// values, which the target gets behind the captures of the pattern.
template <class M>
concept matcher = requires(M& m, HTTPServerRequest& request) {
    { static_cast<bool>(m.match(request)) };
};
/// @}

namespace detail {

/// What is behind a reference, if it is one.
template <class T>
using object_type = std::remove_reference_t<std::unwrap_reference_t<T>>;

template <class T>
struct is_router : std::false_type {};
template <class... Items>
struct is_router<Router<Items...>> : std::true_type {};
template <class T>
struct is_router<std::reference_wrapper<T>> : is_router<T> {};

/// "a/" of "a".
template <FixedString Host>
consteval auto host_prefix() {
    constexpr std::size_t size = sizeof Host.text;
    char text[size + 1] = {};
    for (std::size_t i = 0; i + 1 != size; ++i)
        text[i] = Host.text[i];
    text[size - 1] = '/';
    return FixedString<size + 1>(text);
}

/// The name of a rule below a mount with a name: "outer.inner".
template <FixedString Outer, FixedString Inner>
consteval auto join_names() {
    constexpr std::size_t outer = Outer.view().size();
    constexpr std::size_t inner = Inner.view().size();
    if constexpr (outer == 0 || inner == 0) {
        return Inner;
    } else {
        char text[outer + inner + 2] = {};
        for (std::size_t i = 0; i != outer; ++i)
            text[i] = Outer.text[i];
        text[outer] = '.';
        for (std::size_t i = 0; i != inner; ++i)
            text[outer + 1 + i] = Inner.text[i];
        return FixedString<outer + inner + 2>(text);
    }
}

} // namespace detail

/// One rule of a router. Made by `on` or `when`.
template <class RulePattern, class Matcher, class Target, FixedString Name>
struct Rule {
    static constexpr std::size_t rule_count = 1;
    static constexpr std::size_t fallback_count = 0;
    template <std::size_t>
    using pattern = RulePattern;
    template <std::size_t>
    using leaf = Rule;
    template <std::size_t>
    static constexpr auto name = Name;
    using matcher_type = Matcher;
    using target_type = Target;

    /// The same rule with a name for `Router::reverse`.
    template <FixedString NewName>
    auto named() && {
        return Rule<RulePattern, Matcher, Target, NewName>{std::move(target), std::move(matcher)};
    }
    /// The same rule for the requests that a matcher takes as well.
    template <gust::matcher NewMatcher>
    auto when(NewMatcher condition) && {
        static_assert(
            std::same_as<Matcher, AnyMatches>,
            "gust: a rule has one matcher; let one of your own ask the others"
        );
        return Rule<RulePattern, NewMatcher, Target, Name>{std::move(target), std::move(condition)};
    }

    template <std::size_t>
    Rule& get() noexcept {
        return *this;
    }

    Target target;
    [[no_unique_address]] Matcher matcher{};
};

namespace detail {

template <class RulePattern, FixedString Name, class Matcher, class T>
auto make_rule(T target, Matcher condition) {
    static_assert(
        !is_router<T>::value, "gust: a router is mounted: gust::mount<\"/prefix\">(router)"
    );
    static_assert(sizeof(captures_of<RulePattern>) != 0); // reads it here, where it is written
    return Rule<RulePattern, Matcher, T, Name>{std::move(target), std::move(condition)};
}

} // namespace detail

/// A rule: requests that match the pattern go to `target`.
///
/// `"[METHOD ][HOST]/[PATH]"`, see `parse_pattern`. A target is one of
/// * an application: `each<Delegate>`, anything with `start_request`, `std::ref` of either;
/// * a callable that returns a message delegate, or an `std::optional` of one: nothing declines,
/// and
///   the search goes on;
/// * a callable that returns a `Response` or an awaitable of one, called when the body is there;
/// * a `Response`, sent as it is;
/// * `redirect_to<"/elsewhere/{name}">`.
///
/// Callables take the captures by position, behind an `HTTPServerRequest&` if they want it: text as
/// `std::string_view`, or as a value of a type that can be made of it; typed captures as their type
/// or a wider one. Captures live until the response has ended; the request that a callable gets
/// which makes a delegate does not. Percent-escapes are undone once; what was encoded inside a
/// `{rest...}` is then not to be told from a separator. Text may hold any byte. A capture that is
/// no value of its type is no match.
template <FixedString Text, FixedString Name = "", class T>
auto on(T target) {
    return detail::make_rule<Pattern<Text>, Name>(std::move(target), AnyMatches{});
}

/// A rule: requests that a matcher takes go to `target`.
/// @{
template <class T>
auto when(AnyMatches, T target) {
    return detail::make_rule<AnyPattern, "">(std::move(target), AnyMatches{});
}
template <FixedString Host, class T>
auto when(HostMatches<Host>, T target) {
    return detail::make_rule<PrefixPattern<detail::host_prefix<Host>()>, "">(
        std::move(target), AnyMatches{}
    );
}
template <FixedString Path, class T>
auto when(PathMatches<Path>, T target) {
    return detail::make_rule<Pattern<Path>, "">(std::move(target), AnyMatches{});
}
template <matcher M, class T>
auto when(M condition, T target) {
    return detail::make_rule<AnyPattern, "">(std::move(target), std::move(condition));
}
/// @}

/// A router below a prefix. Made by `mount`.
template <class Prefix, class Inner, FixedString Name>
struct Mount {
    using InnerRouter = detail::object_type<Inner>;
    static constexpr std::size_t rule_count = InnerRouter::rule_count;
    static constexpr std::size_t fallback_count = InnerRouter::fallback_count;
    template <std::size_t I>
    using pattern = JoinedPattern<Prefix, typename InnerRouter::template pattern<I>>;
    template <std::size_t I>
    using fallback_pattern =
        JoinedPattern<Prefix, typename InnerRouter::template fallback_pattern<I>>;
    template <std::size_t I>
    using leaf = typename InnerRouter::template leaf<I>;
    template <std::size_t I>
    using fallback_leaf = typename InnerRouter::template fallback_leaf<I>;
    template <std::size_t I>
    static constexpr auto name = detail::join_names<Name, InnerRouter::template name<I>>();

    template <std::size_t I>
    auto& get() noexcept {
        return router().template get<I>();
    }
    template <std::size_t I>
    auto& get_fallback() noexcept {
        return router().template get_fallback<I>();
    }
    InnerRouter& router() noexcept { return inner; }

    Inner inner;
};

/// A router, or any other application, below a prefix: "/api", "example.com/",
/// "{tenant}.example.com/v1".
///
/// The rules of a router become rules of the router that it is mounted in: one table, one search.
/// Their patterns begin behind the prefix, and its captures come first. The router's own answers to
/// what it does not know, if it has any, hold below the prefix. `Name` goes before the names of its
/// rules: "name.rule". Another application gets all that is at or below the prefix, and sees the
/// whole path.
template <FixedString Prefix, FixedString Name = "", class T>
auto mount(T app) {
    if constexpr (detail::is_router<T>::value) {
        static_assert(sizeof(captures_of<PrefixPattern<Prefix>>) != 0);
        return Mount<PrefixPattern<Prefix>, T, Name>{std::move(app)};
    } else {
        return detail::make_rule<PrefixPattern<Prefix>, Name>(std::move(app), AnyMatches{});
    }
}

/// What a router does about a request that none of its rules took.
enum class miss : std::uint8_t {
    /// No rule matches the path: 404.
    not_found,
    /// Rules match the path, but not the method: 405 with Allow.
    method_not_allowed,
    /// The same, and the method is OPTIONS; or the target is `*`: 204 with Allow.
    options,
};

/// Takes the place of a router's own answer. Made by `on_not_found` and the others.
template <miss Kind, class Target>
struct Fallback {
    static constexpr std::size_t rule_count = 0;
    static constexpr std::size_t fallback_count = 1;
    static constexpr miss kind = Kind;
    template <std::size_t>
    using fallback_pattern = AnyPattern;
    template <std::size_t>
    using fallback_leaf = Fallback;
    using target_type = Target;

    template <std::size_t>
    Fallback& get_fallback() noexcept {
        return *this;
    }

    Target target;
};

/// Targets for what no rule took, of the same kinds as those of rules. The last two get a
/// `MethodSet`, which Allow has to name.
/// @{
template <class T>
auto on_not_found(T target) {
    return Fallback<miss::not_found, T>{std::move(target)};
}
template <class T>
auto on_method_not_allowed(T target) {
    return Fallback<miss::method_not_allowed, T>{std::move(target)};
}
template <class T>
auto on_options(T target) {
    return Fallback<miss::options, T>{std::move(target)};
}
/// @}

/// A target that sends the client elsewhere.
template <FixedString Location, status Code>
struct RedirectTo {};

/// Answers with `Location`, in which `{name}` stands for a capture of the rule's pattern, encoded
/// anew. A query of the request is appended. A capture cannot make the location one of another
/// host.
template <FixedString Location, status Code = status::permanent_redirect>
inline constexpr RedirectTo<Location, Code> redirect_to{};

} // namespace gust

#endif // GUST_ROUTING_RULE_HPP
