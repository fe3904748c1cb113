// SPDX-License-Identifier: MIT
// Entity tags (RFC 9110 §8.8.3): made of a body, and compared with what a client has.
#ifndef GUST_WEB_ETAG_HPP
#define GUST_WEB_ETAG_HPP

#include <gust/config.hpp>
#include <gust/http/headers.hpp>

#include <string>
#include <string_view>

namespace gust {

/// A strong entity tag: the SHA-1 of `content` in quotes.
GUST_DECL std::string make_etag(std::string_view content);

/// Whether If-None-Match says that the client has what `etag` names: by weak comparison, in lists,
/// or by `*` (RFC 9110 §13.1.2). A malformed list matches up to where it breaks.
GUST_DECL bool matches_etag(const HTTPHeaders& request, std::string_view etag);

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/etag.ipp>
#endif

#endif // GUST_WEB_ETAG_HPP
