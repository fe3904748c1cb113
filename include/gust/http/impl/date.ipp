// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_DATE_IPP
#define GUST_HTTP_IMPL_DATE_IPP

#include <gust/http/date.hpp>

#endif // GUST_HTTP_IMPL_DATE_IPP
