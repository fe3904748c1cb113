// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_COOKIE_IPP
#define GUST_HTTP_IMPL_COOKIE_IPP

#include <gust/http/cookie.hpp>

#endif // GUST_HTTP_IMPL_COOKIE_IPP
