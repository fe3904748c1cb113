// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_REQUEST_ID_IPP
#define GUST_WEB_IMPL_REQUEST_ID_IPP

#include <gust/web/request_id.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <sys/random.h>
#include <system_error>

namespace gust {

GUST_DECL bool is_request_id(std::string_view text) noexcept {
    constexpr std::size_t longest = 128;
    constexpr std::string_view marks = "-._~+/=:@";
    return !text.empty() && text.size() <= longest
           && std::all_of(text.begin(), text.end(), [marks](char c) {
                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                         || marks.find(c) != marks.npos;
              });
}

GUST_DECL std::string make_request_id() {
    unsigned char random[16];
    while (::getrandom(random, sizeof random, 0) != sizeof random) { // so few never come in part
        if (errno != EINTR) {
            throw std::system_error{errno, std::generic_category(), "getrandom"};
        }
    }
    std::string id;
    id.reserve(2 * sizeof random);
    for (const unsigned byte : random) {
        id += "0123456789abcdef"[byte >> 4U];
        id += "0123456789abcdef"[byte & 15U];
    }
    return id;
}

GUST_DECL void RequestId::headers_received(
    HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders& headers
) {
    const std::string_view incoming = headers[name];
    if (policy_ == incoming_id::accept && is_request_id(incoming)) {
        conn.add_response_field(name, incoming);
    } else {
        conn.add_response_field(name, make_request_id());
    }
}

} // namespace gust

#endif // GUST_WEB_IMPL_REQUEST_ID_IPP
