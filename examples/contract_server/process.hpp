// SPDX-License-Identifier: MIT
// What the loops of one contract_server share.
#ifndef GUST_EXAMPLES_CONTRACT_SERVER_PROCESS_HPP
#define GUST_EXAMPLES_CONTRACT_SERVER_PROCESS_HPP

#include <gust/gust.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace contract {

/// Numbers of the whole process; each loop adds to them.
struct Process {
    using Counter = std::atomic<std::uint64_t>;
    /// One loop, and how many connections it has accepted: to be asked on that loop.
    struct LoopCount {
        asio::io_context* io;
        std::function<std::uint64_t()> accepted;
    };

    Counter requests = 0;
    Counter finished = 0;
    Counter closed_early = 0;
    Counter ended = 0;
    Counter cancelled = 0;
    std::vector<LoopCount> loops; // complete before a loop runs

    gust::awaitable<std::uint64_t> connections() const {
        std::uint64_t sum = 0;
        for (const LoopCount& loop : loops) {
            sum += co_await asio::co_spawn(*loop.io, ask(loop), gust::use_awaitable);
        }
        co_return sum;
    }

    std::string json(std::uint64_t connections) const {
        return fmt::format(
            R"({{"connections":{},"requests":{},"finished":{},"closed_early":{},"ended":{},"cancelled":{}}})",
            connections,
            requests.load(),
            finished.load(),
            closed_early.load(),
            ended.load(),
            cancelled.load()
        );
    }

private:
    static gust::awaitable<std::uint64_t> ask(const LoopCount& loop) { co_return loop.accepted(); }
};

} // namespace contract

#endif // GUST_EXAMPLES_CONTRACT_SERVER_PROCESS_HPP
