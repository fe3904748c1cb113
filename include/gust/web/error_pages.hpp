// SPDX-License-Identifier: MIT
// error_pages: bodies for error responses; and the ones that an Application has by itself.
#ifndef GUST_WEB_ERROR_PAGES_HPP
#define GUST_WEB_ERROR_PAGES_HPP

#include <gust/config.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/field.hpp>
#include <gust/http/status.hpp>
#include <gust/web/middleware.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gust {

/// `text` with `& < > " '` as references, so that it is text and nothing else in a page.
GUST_DECL std::string escape_html(std::string_view text);

/// Whether clients see what `HTTPError`s and exceptions say: while one works on the application,
/// and never in production.
enum class debug_mode : std::uint8_t { off, on };

/// A small page for a status: `404: Not Found`. With debug mode, what is known beside, escaped.
GUST_DECL std::string default_error_page(status code, std::string_view detail, debug_mode debug);

/// A middleware that makes the bodies of error responses.
template <std::copy_constructible Page>
class ErrorPages : public Middleware {
public:
    ErrorPages(Page page, FieldValue type, ErrorPage::scope covers)
        : page_{std::move(page)}, type_{type}, covers_{covers} {}

    class Active : public Middleware {
    public:
        explicit Active(const ErrorPage& page) noexcept : page_{page} {}
        void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
            conn.set_error_page(&page_);
        }

    private:
        ErrorPage page_;
    };
    Active start_request(HTTPConnection&) noexcept {
        return Active{{.write = write, .context = this, .content_type = type_, .covers = covers_}};
    }

private:
    static void write(void* self, status code, std::string_view detail, std::string& body) {
        Page& page = static_cast<ErrorPages*>(self)->page_;
        if constexpr (std::invocable<Page&, status, std::string_view>) {
            body += page(code, detail);
        } else {
            body += page(code);
        }
    }

    Page page_;
    FieldValue type_;
    ErrorPage::scope covers_;
};

/// Puts the text that `page(status)` or `page(status, detail)` returns into every response from 400
/// on: into the library's own, and in place of bodies that were given to `respond`, to a `Response`
/// or to a handler. Responses that are sent piece by piece keep theirs. `type` is a literal.
template <class Page>
    requires std::invocable<Page&, status> || std::invocable<Page&, status, std::string_view>
ErrorPages<Page> error_pages(Page page, FieldValue type = "text/html; charset=utf-8") {
    return ErrorPages<Page>{std::move(page), type, ErrorPage::scope::every};
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/error_pages.ipp>
#endif

#endif // GUST_WEB_ERROR_PAGES_HPP
