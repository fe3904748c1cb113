// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_SYNTAX_IPP
#define GUST_HTTP_IMPL_SYNTAX_IPP

#include <gust/http/syntax.hpp>

#endif // GUST_HTTP_IMPL_SYNTAX_IPP
