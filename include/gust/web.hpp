// SPDX-License-Identifier: MIT
// What stands on top of delegates and routes: middleware, Application and RequestHandler.
#ifndef GUST_WEB_HPP
#define GUST_WEB_HPP

// IWYU pragma: begin_exports
#include <gust/web/access_log.hpp>
#include <gust/web/application.hpp>
#include <gust/web/error_pages.hpp>
#include <gust/web/etag.hpp>
#include <gust/web/http_error.hpp>
#include <gust/web/limits.hpp>
#include <gust/web/middleware.hpp>
#include <gust/web/request_handler.hpp>
#include <gust/web/request_id.hpp>
#include <gust/web/response_headers.hpp>
// IWYU pragma: end_exports

#endif // GUST_WEB_HPP
