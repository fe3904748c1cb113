// SPDX-License-Identifier: MIT
#include <gust/core/run_on.hpp>

#include <memory>

gust::awaitable<> work(asio::thread_pool& pool, std::shared_ptr<int> captured) {
    co_await gust::run_on(pool, [captured] { ++*captured; });
}
#if defined(__clang__) || __GNUC__ >= 13
#error "gust: g++ 12 destroys the captures of a lambda twice: this compiler does not"
#endif
// error: gust: g++ 12 destroys the captures of a lambda twice
