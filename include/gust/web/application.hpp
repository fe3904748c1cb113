// SPDX-License-Identifier: MIT
// Application: a router whose errors are pages.
#ifndef GUST_WEB_APPLICATION_HPP
#define GUST_WEB_APPLICATION_HPP

#include <gust/http/connection.hpp>
#include <gust/http/error_page.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/router.hpp>
#include <gust/web/error_pages.hpp>
#include <gust/web/middleware.hpp>
#include <gust/web/request_handler.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace gust {

struct ApplicationOptions {
    /// Default: off.
    debug_mode debug = debug_mode::off;
};

namespace detail {

/// Sets the default page, unless middleware outside has set another one.
class DefaultErrorPages : public Middleware {
public:
    explicit DefaultErrorPages(debug_mode debug) noexcept : debug_{debug} {}
    void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        if (conn.error_page() == nullptr) {
            conn.set_error_page(debug_ == debug_mode::on ? &page<debug_mode::on> : &page<debug_mode::off>);
        }
    }

private:
    template <debug_mode Debug>
    static void write(void*, status code, std::string_view detail, std::string& body) {
        body += default_error_page(code, detail, Debug);
    }
    template <debug_mode Debug>
    static constexpr ErrorPage page{.write = write<Debug>};

    debug_mode debug_;
};

} // namespace detail

/// A router for handlers, and for every other kind of rule.
///
///     gust::Application app{
///         gust::handle<"/users/{id:int}", User, "user">(std::ref(users)),
///         gust::on<"GET /">([] { return gust::Response::text("home"); }),
///     };
///
/// Errors that nobody has made a body for get a small page of HTML; in debug mode it shows what is
/// known of the error, escaped. State that handlers share is passed to them when they are made.
template <class... Items>
class Application {
public:
    using router_type = Router<Items...>;

    explicit Application(Items... items) : Application{ApplicationOptions{}, std::move(items)...} {}
    explicit Application(const ApplicationOptions& options, Items... items)
        : layered_{detail::DefaultErrorPages{options.debug}, router_type{std::move(items)...}} {}

    template <class ServerConn, class Conn>
    auto start_request(ServerConn& server_conn, Conn& conn) {
        return layered_.start_request(server_conn, conn);
    }
    void on_close(auto& server_conn) noexcept { layered_.on_close(server_conn); }

    /// `Router::reverse`.
    template <FixedString Name, class... Values>
    static std::string reverse(const Values&... values) {
        return router_type::template reverse<Name>(values...);
    }
    router_type& router() noexcept { return layered_.inner(); }

private:
    Layered<detail::DefaultErrorPages, router_type> layered_;
};

template <class... Items>
Application(Items...) -> Application<Items...>;
template <class... Items>
Application(ApplicationOptions, Items...) -> Application<Items...>;

/// An application below a prefix: its rules become rules of the router that it is mounted in.
template <FixedString Prefix, FixedString Name = "", class... Items>
auto mount(Application<Items...> app) {
    return mount<Prefix, Name>(std::move(app.router()));
}

} // namespace gust

#endif // GUST_WEB_APPLICATION_HPP
