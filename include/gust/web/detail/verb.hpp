// SPDX-License-Identifier: MIT
// The verbs of a handler: which ones it has, and whether they take what a pattern captures.
#ifndef GUST_WEB_DETAIL_VERB_HPP
#define GUST_WEB_DETAIL_VERB_HPP

#include <gust/core/awaitable.hpp>
#include <gust/http/method.hpp>
#include <gust/routing/fixed_string.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gust::detail {

// Each verb is a struct with the method, whether `H` has a member of that name (of whatever
// signature: a second one makes the name ambiguous), a pointer to it, and a call of it.
#define GUST_DETAIL_VERB(Verb, member)                                                             \
    struct Verb {                                                                                  \
        static constexpr gust::method name = gust::method::member;                                 \
        struct Second {                                                                            \
            void member();                                                                         \
        };                                                                                         \
        template <class H>                                                                         \
        struct Both : H, Second {};                                                                \
        template <class H>                                                                         \
        static constexpr bool is_in = !requires { &Both<H>::member; };                             \
        template <class H>                                                                         \
            requires requires { &H::member; }                                                      \
        static auto pointer() -> decltype(&H::member);                                             \
        template <class H, class... Vs>                                                            \
        static auto call(H& handler, Vs&&... values)                                               \
            -> decltype(handler.member(std::forward<Vs>(values)...)) {                             \
            return handler.member(std::forward<Vs>(values)...);                                    \
        }                                                                                          \
    }
GUST_DETAIL_VERB(GetVerb, get);
GUST_DETAIL_VERB(HeadVerb, head);
GUST_DETAIL_VERB(PostVerb, post);
GUST_DETAIL_VERB(PutVerb, put);
GUST_DETAIL_VERB(PatchVerb, patch);
GUST_DETAIL_VERB(DeleteVerb, delete_);
GUST_DETAIL_VERB(OptionsVerb, options);
#undef GUST_DETAIL_VERB

/// Whether `H` takes its body piece by piece.
struct DataMember {
    struct Second {
        void data_received();
    };
    template <class H>
    struct Both : H, Second {};
    template <class H>
    static constexpr bool is_in = !requires { &Both<H>::data_received; };
};

/// Calls `f` with each verb.
template <class F>
constexpr void for_each_verb(F f) {
    f(GetVerb{});
    f(HeadVerb{});
    f(PostVerb{});
    f(PutVerb{});
    f(PatchVerb{});
    f(DeleteVerb{});
    f(OptionsVerb{});
}

template <class H>
consteval std::size_t count_verbs() {
    std::size_t count = 0;
    for_each_verb([&count]<class Verb>(Verb) { count += Verb::template is_in<H> ? 1 : 0; });
    return count;
}

/// The pattern of a rule for every verb that `H` has: "GET|POST " before `Text`.
template <class H, FixedString Text>
consteval auto verb_pattern() {
    constexpr auto prefix_size = [] {
        std::size_t size = 0;
        for_each_verb([&size]<class Verb>(Verb) {
            size += Verb::template is_in<H> ? to_string(Verb::name).size() + 1 : 0;
        });
        return size;
    }();
    char text[prefix_size + sizeof Text.text] = {};
    std::size_t at = 0;
    for_each_verb([&text, &at]<class Verb>(Verb) {
        if constexpr (Verb::template is_in<H>) {
            for (const char c : to_string(Verb::name)) {
                text[at++] = c;
            }
            text[at++] = '|';
        }
    });
    if (at != 0) {
        text[at - 1] = ' ';
    }
    for (const char c : Text.text) {
        text[at++] = c;
    }
    return FixedString(text);
}

// Parameters and captures
// ---------------------------------------------------------------------------

template <class F>
struct verb_parameters {
    using type = void; // overloaded, or a template
};
template <class R, class C, class... Ps>
struct verb_parameters<R (C::*)(Ps...)> {
    using type = std::tuple<std::type_identity<Ps>...>;
};
template <class R, class C, class... Ps>
struct verb_parameters<R (C::*)(Ps...) const> : verb_parameters<R (C::*)(Ps...)> {};
template <class R, class C, class... Ps>
struct verb_parameters<R (C::*)(Ps...) noexcept> : verb_parameters<R (C::*)(Ps...)> {};
template <class R, class C, class... Ps>
struct verb_parameters<R (C::*)(Ps...) const noexcept> : verb_parameters<R (C::*)(Ps...)> {};

/// Whether a parameter takes a capture: of the same type, or by value of one that is made of it
/// without loss.
template <class P, class V>
consteval bool takes_capture() {
    using U = std::remove_cvref_t<P>;
    constexpr bool is_mutable =
        std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
    if constexpr (is_mutable || (std::is_reference_v<P> && !std::same_as<U, V>)) {
        return false;
    } else if constexpr (std::is_arithmetic_v<U> && std::is_arithmetic_v<V>) {
        return requires(const V& value) { U{value}; };
    } else {
        return std::is_constructible_v<U, const V&> && !std::is_arithmetic_v<U>;
    }
}

enum class verb_fit : std::uint8_t { fits, wrong_count, wrong_type, not_callable };

template <class Parameters, class Captures>
struct VerbFit {
    static constexpr verb_fit value = verb_fit::wrong_count;
};
template <class... Ps, class... Vs>
    requires(sizeof...(Ps) == sizeof...(Vs))
struct VerbFit<std::tuple<std::type_identity<Ps>...>, std::tuple<Vs...>> {
    static constexpr verb_fit value =
        (takes_capture<Ps, Vs>() && ...) ? verb_fit::fits : verb_fit::wrong_type;
};

/// A parameter's argument: the capture itself, or what is made of it.
template <class P, class V>
decltype(auto) give_capture(const V& value) {
    if constexpr (std::same_as<std::remove_cvref_t<P>, V> && !std::is_rvalue_reference_v<P>) {
        return (value);
    } else {
        return std::remove_cvref_t<P>(value);
    }
}

/// A verb of `H` for the captures `Vs`.
template <class Verb, class H, class Captures>
struct VerbCall;
template <class Verb, class H, class... Vs>
struct VerbCall<Verb, H, std::tuple<Vs...>> {
    using Captures = std::tuple<Vs...>;

    static consteval auto find_parameters() {
        if constexpr (requires { Verb::template pointer<H>(); }) {
            return std::type_identity<
                typename verb_parameters<decltype(Verb::template pointer<H>())>::type>{};
        } else {
            return std::type_identity<void>{};
        }
    }
    using Parameters = typename decltype(find_parameters())::type;

    static consteval verb_fit fit() {
        if constexpr (std::is_void_v<Parameters>) {
            return requires(H& h, const Vs&... values) {
                Verb::call(h, values...);
            } ? verb_fit::fits : verb_fit::not_callable;
        } else {
            return VerbFit<Parameters, Captures>::value;
        }
    }

    static decltype(auto) call(H& handler, const Captures& captures) {
        return std::apply(
            [&handler](const Vs&... values) -> decltype(auto) {
                if constexpr (std::is_void_v<Parameters>) {
                    return Verb::call(handler, values...);
                } else {
                    return give(handler, static_cast<Parameters*>(nullptr), values...);
                }
            },
            captures
        );
    }

private:
    template <class... Ps>
    static decltype(auto)
    give(H& handler, std::tuple<std::type_identity<Ps>...>*, const Vs&... values) {
        return Verb::call(handler, give_capture<Ps>(values)...);
    }
};

/// Says what is wrong with a verb.
template <class Verb, class H, class Captures>
consteval bool check_verb() {
    if constexpr (Verb::template is_in<H>) {
        using Call = VerbCall<Verb, H, Captures>;
        constexpr verb_fit fit = Call::fit();
        static_assert(
            fit != verb_fit::wrong_count,
            "gust: a verb of a RequestHandler takes as many parameters as the pattern of its rule "
            "has captures"
        );
        static_assert(
            fit != verb_fit::wrong_type,
            "gust: a parameter of a RequestHandler's verb cannot hold the capture at its position: "
            "it is of the same type, or by value of one that can be made of it without loss"
        );
        static_assert(
            fit != verb_fit::not_callable,
            "gust: no overload of a RequestHandler's verb is public and takes the captures of the "
            "pattern of its rule"
        );
        if constexpr (fit == verb_fit::fits) {
            static_assert(
                hook_result<decltype(Call::call(std::declval<H&>(), std::declval<const Captures&>())
                )>,
                "gust: a verb of a RequestHandler returns void or an awaitable of void"
            );
        }
    }
    return true;
}

} // namespace gust::detail

#endif // GUST_WEB_DETAIL_VERB_HPP
