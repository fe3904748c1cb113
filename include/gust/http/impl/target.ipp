// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_TARGET_IPP
#define GUST_HTTP_IMPL_TARGET_IPP

#include <gust/http/target.hpp>

#endif // GUST_HTTP_IMPL_TARGET_IPP
