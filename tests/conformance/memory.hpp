// SPDX-License-Identifier: MIT
// The cases in memory: the routes of contract_server on connections without sockets.
#ifndef GUST_TESTS_CONFORMANCE_MEMORY_HPP
#define GUST_TESTS_CONFORMANCE_MEMORY_HPP

#include <gust/gust.hpp>
#include <gust/testing/exchange.hpp>

#include <chrono>
#include <string>

#include "conformance/judge.hpp"
#include "contract_server/application.hpp"

namespace conformance {

class MemoryRun {
public:
    std::size_t most_single_bytes() const { return 10'000; }

    Observed observe(const Case& c, const Cut& cut) {
        contract::Process process;
        gust::testing::MemoryServer server{contract::Application{process}};
        gust::testing::MemoryPeer peer = server.connect();
        Observed observed;
        const auto exchange = [&] {
            std::size_t before = 0;
            do {
                before = observed.bytes.size();
                server.run();
                observed.bytes += peer.read_all();
            } while (observed.bytes.size() != before);
        };
        server.run();
        for (const std::string_view piece : cut.pieces) {
            peer.write(piece);
            server.run();
        }
        if (c.sends_fin) {
            peer.shutdown();
        }
        exchange();
        if (c.waits) {
            server.pass(std::chrono::seconds{33});
            exchange();
        }
        if (c.end == Case::ending::open) {
            if (peer.has_ended()) {
                observed.end = Observed::ending::reset; // closed too early
                return observed;
            }
            peer.write(probe);
            exchange();
        }
        if (peer.has_ended()) { // without that this end had to go first
            observed.end = Observed::ending::fin;
        }
        peer.shutdown();
        server.run();
        if (peer.is_reset() || !peer.is_closed() || server.connections() != 0
            || server.app().closed() != 1) {
            observed.end = Observed::ending::reset;
        }
        observed.requests = process.requests;
        if (process.ended != process.requests
            || process.finished + process.closed_early != process.requests) {
            observed.bytes += "(a delegate did not get exactly one end)";
        }
        return observed;
    }
};

} // namespace conformance

#endif // GUST_TESTS_CONFORMANCE_MEMORY_HPP
