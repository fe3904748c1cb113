// SPDX-License-Identifier: MIT
// The same answers as a response by value, for the callables.
#ifndef GUST_BENCHMARKS_SUPPORT_HELLO_CALLABLE_HPP
#define GUST_BENCHMARKS_SUPPORT_HELLO_CALLABLE_HPP

#include <gust/gust.hpp>

#include <string>

#include "hello.hpp"

namespace bench {

inline constexpr gust::Field hello_fields[]{text_type, server_name};

inline gust::Response hello(const gust::HTTPServerRequest& request) {
    std::string body = request.method() == gust::method::post ? std::string{request.body()}
                       : request.target() == "/big"           ? std::string{big_body()}
                                                              : std::string{"Hello, World!"};
    return gust::Response::unowned(gust::status::ok, hello_fields, std::move(body));
}

} // namespace bench

#endif // GUST_BENCHMARKS_SUPPORT_HELLO_CALLABLE_HPP
