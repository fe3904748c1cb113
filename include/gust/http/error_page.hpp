// SPDX-License-Identifier: MIT
// ErrorPage: what stands in the body of an error response.
#ifndef GUST_HTTP_ERROR_PAGE_HPP
#define GUST_HTTP_ERROR_PAGE_HPP

#include <gust/http/field.hpp>
#include <gust/http/status.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gust {

/// Makes the bodies of error responses: a function and what it is called with.
struct ErrorPage {
    enum class scope : std::uint8_t {
        /// Errors that nobody has made a body for: those of the library, and of `respond_error`.
        bare,
        /// Every response with a status from 400 that is sent whole.
        every,
    };

    /// Writes the body for `code`. `detail` is for whoever works on the application, not for its
    /// clients; it may be empty, and may hold any text.
    void (*write)(void* context, status code, std::string_view detail, std::string& body) = nullptr;
    void* context = nullptr;
    FieldValue content_type = "text/html; charset=utf-8";
    scope covers = scope::bare;
};

/// What to do with a field that middleware adds when the response has a field of that name itself.
enum class field_rule : std::uint8_t {
    /// Both are sent.
    add,
    /// That of the response is sent alone.
    unless_present,
};

} // namespace gust

#endif // GUST_HTTP_ERROR_PAGE_HPP
