// SPDX-License-Identifier: MIT
// Router: an application that is made of rules.
#ifndef GUST_ROUTING_ROUTER_HPP
#define GUST_ROUTING_ROUTER_HPP

#include <gust/http/delegate.hpp>
#include <gust/routing/detail/pack.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/routing/rule.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace gust {

namespace detail {
template <class Router, class ServerConn, class Conn>
class RoutedDelegate;
template <class Router>
struct RouterTables;
} // namespace detail

/// Sends each request to the target of the first rule that takes it.
///
///     gust::Router router{
///         gust::on<"GET /">(gust::each<Hello>),
///         gust::on<"GET /users/{id:int}", "user">([](int id) { return Response::text(…); }),
///         gust::mount<"/api">(std::ref(api)),
///     };
///
/// The compiler makes one trie of all rules, those of mounted routers among them, and the search is
/// one walk over it, done when the head is complete. The order of the rules decides only between
/// rules that match the same request: the first one gets it. A target that declines passes it on to
/// the next of these. Two rules with the same pattern do not compile.
///
/// The delegate that the target makes is built in place, without an allocation, and gets every hook
/// as the connection calls it: a plain hook stays plain, an awaitable is waited for.
///
/// What no rule takes is answered at once, with 404, or 405 and Allow if only the method is wrong;
/// OPTIONS is answered with 204 and Allow, HEAD by the rule for GET. A rule of your own for HEAD or
/// OPTIONS, `on_not_found`, `on_method_not_allowed` and `on_options` take the place of these.
///
/// A router belongs to one loop, like its server; `std::ref` shares it among servers and mounts of
/// that loop. It must stay where it is while a request is served.
template <class... Items>
class Router {
    static_assert(
        (detail::route_item<Items> && ...),
        "gust: a Router is made of rules: on<\"…\">(target), when(matcher, target), "
        "mount<\"…\">(router), on_not_found(target), on_method_not_allowed(target) and "
        "on_options(target)"
    );
    using Pack = detail::Pack<Items...>;
    template <std::size_t I>
    using item = typename Pack::template type<I>;
    static constexpr auto places = detail::places_of_rules<Items...>();
    static constexpr auto fallback_places = detail::places_of_fallbacks<Items...>();

public:
    explicit Router(Items... items) : items_{{std::move(items)}...} {}

    /// Makes the delegate of a request. Called when its head is complete.
    template <class ServerConn, class Conn>
    auto start_request(ServerConn& server_conn, Conn& conn) {
        return detail::RoutedDelegate<Router, ServerConn, Conn>{*this, server_conn, conn};
    }
    /// Tells every application among the targets.
    template <class ServerConn>
    void on_close(ServerConn& server_conn) noexcept;

    /// The URL of the rule of that name, percent-encoded: a path, or `//host/path` if its pattern
    /// has a host. A rule of a router that was mounted with a name is called "name.rule".
    ///
    /// The values are those of the pattern's captures, in their order. Throws errc::bad_target for
    /// a value that the pattern would not match: an empty text, a number that its type cannot hold.
    template <FixedString Name, class... Values>
    static std::string reverse(const Values&... values);

    /// The rules, one after the other, those of mounted routers included: for mounts and tests.
    /// @{
    static constexpr std::size_t rule_count = places.size();
    static constexpr std::size_t fallback_count = fallback_places.size();
    template <std::size_t I>
    using pattern = typename item<places[I].item>::template pattern<places[I].inner>;
    template <std::size_t I>
    using leaf = typename item<places[I].item>::template leaf<places[I].inner>;
    static constexpr detail::RulePlace place(std::size_t rule) noexcept { return places[rule]; }
    auto& items() noexcept { return items_; }
    template <std::size_t I>
    static constexpr auto name = item<places[I].item>::template name<places[I].inner>;
    template <std::size_t I>
    auto& get() noexcept {
        return items_.template get<places[I].item>().template get<places[I].inner>();
    }
    template <std::size_t I>
    using fallback_pattern =
        typename item<fallback_places[I].item>::template fallback_pattern<fallback_places[I].inner>;
    template <std::size_t I>
    using fallback_leaf =
        typename item<fallback_places[I].item>::template fallback_leaf<fallback_places[I].inner>;
    template <std::size_t I>
    auto& get_fallback() noexcept {
        return items_.template get<fallback_places[I].item>()
            .template get_fallback<fallback_places[I].inner>();
    }
    /// @}

private:
    Pack items_;
};

template <class... Items>
Router(Items...) -> Router<Items...>;

} // namespace gust

#include <gust/routing/impl/router.hpp>

#endif // GUST_ROUTING_ROUTER_HPP
