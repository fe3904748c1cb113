// SPDX-License-Identifier: MIT
// HTTPError: an exception that is a status.
#ifndef GUST_WEB_HTTP_ERROR_HPP
#define GUST_WEB_HTTP_ERROR_HPP

#include <gust/http/status.hpp>

#include <stdexcept>
#include <string>

namespace gust {

/// Leaves a handler, and is answered with its status. It is nobody's failure, so nothing is logged.
class HTTPError : public std::runtime_error {
public:
    /// `detail` is for whoever works on the application: clients see it in debug mode only.
    explicit HTTPError(gust::status code, const std::string& detail = {})
        : std::runtime_error{detail}, status_{code} {}

    gust::status status() const noexcept { return status_; }

private:
    gust::status status_;
};

} // namespace gust

#endif // GUST_WEB_HTTP_ERROR_HPP
