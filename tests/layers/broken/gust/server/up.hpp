#ifndef GUST_SERVER_UP_HPP
#define GUST_SERVER_UP_HPP

#include <gust/net/owners.hpp>

#endif // GUST_SERVER_UP_HPP
