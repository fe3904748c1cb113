// SPDX-License-Identifier: MIT
// No mistake here: this file shows that the others fail for their own reasons.
#include <gust/http/field.hpp>
#include <gust/net/tcp.hpp>

constexpr gust::FieldName name{"X-Request-Id"};
