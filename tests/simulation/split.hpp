// SPDX-License-Identifier: MIT
// The same bytes in any split give the same hooks and the same answers.
#ifndef GUST_TESTS_SIMULATION_SPLIT_HPP
#define GUST_TESTS_SIMULATION_SPLIT_HPP

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "simulation/simulation.hpp"

namespace simulation {

/// What a client sends, and under which limits.
struct Conversation {
    std::string bytes;
    bool has_small_limits = false;
};

inline Conversation conversation_of(std::uint64_t seed) {
    Random random{seed};
    Conversation c;
    c.has_small_limits = random.one_in(3);
    const unsigned n = 1 + random.below(4);
    for (unsigned i = 0; i != n; ++i) {
        c.bytes += request_text(script_of(static_cast<std::uint32_t>(random.next()) | 1U));
    }
    for (unsigned i = random.one_in(2) ? 0 : 1 + random.below(3); i != 0 && !c.bytes.empty(); --i) {
        mutate(c.bytes, static_cast<std::uint32_t>(random.next()));
    }
    return c;
}

inline gust::HTTP1ConnectionParameters limits_of(const Conversation& c) {
    gust::HTTP1ConnectionParameters p;
    if (c.has_small_limits) {
        p.max_target = 11;
        p.max_head = 110;
        p.max_fields = 4;
        p.max_body_size = 300;
        p.max_chunk_line = 12;
        p.max_chunk_extensions = 20;
        p.max_trailers = 20;
        p.chunk_size = 32;
        p.discard_size = 100'000;
    }
    return p;
}

/// Sends the bytes as `random` splits them (all at once without it), and tells what came of it.
inline std::string transcript_of(const Conversation& c, Random* random) {
    World world;
    world.is_tame = true;
    std::string text;
    {
        asio::io_context io;
        Server server{io, world, limits_of(c)};
        auto peer = server.connect(0);
        peer.set_capacity(std::size_t{1} << 24U);
        if (random != nullptr && random->below(3) == 0) {
            peer.set_read_size(1 + random->below(8));
        }
        const auto run = [&io] {
            io.restart();
            while (io.poll() != 0) {
                io.restart();
            }
        };
        const auto go_on = [&] {
            for (Gate* gate : world.gates) {
                gate->is_open = true;
                gate->timer.cancel();
            }
            while (!world.debts.empty()) {
                Debt debt = std::move(world.debts.front());
                world.debts.pop_front();
                Answer<gust::ResponseHandle>{debt.handle, *debt.record}.all();
            }
            run();
        };
        std::string_view rest = c.bytes;
        while (random != nullptr && !rest.empty()) {
            const std::size_t most = random->one_in(4) ? 1 : random->one_in(2) ? 10 : 400;
            const std::size_t n =
                1 + random->below(static_cast<unsigned>(std::min(most, rest.size())));
            peer.write(rest.substr(0, n));
            rest.remove_prefix(n);
            if (!random->one_in(3)) {
                run();
            }
            if (random->one_in(3)) {
                go_on();
            }
        }
        peer.write(rest);
        if (random == nullptr || random->one_in(2)) {
            peer.shutdown();
        }
        run();
        for (int i = 0; i != 40; ++i) {
            go_on();
        }
        peer.shutdown();
        for (int i = 0; i != 40; ++i) {
            go_on();
        }
        text = peer.read_all();
        if (server.connections() != 0) {
            world.complain("every connection ends");
        }
        world.is_abandoned = true;
    }
    // The date is the clock's.
    for (std::size_t at = text.find("\r\nDate: "); at != text.npos;
         at = text.find("\r\nDate: ", at + 1)) {
        const std::size_t end = text.find("\r\n", at + 2);
        text.replace(at + 8, end - at - 8, "now");
    }
    for (const auto& record : world.records) {
        text += "\n" + record->target + " headers " + std::to_string(record->headers) + " finish "
                + std::to_string(record->finished) + " closed " + std::to_string(record->closed)
                + " ended " + std::to_string(record->ended) + " "
                + std::string{to_string(record->outcome)};
        // How much of a body is there when it is answered early is a matter of the split.
        if (!record->has_answered || record->finished != 0) {
            text += " body " + record->body;
        }
    }
    return text + "\n" + world.complaint();
}

/// Nothing, or two transcripts that differ.
inline std::optional<std::string> play_split(std::uint64_t seed) {
    const Conversation c = conversation_of(seed);
    const std::string whole = transcript_of(c, nullptr);
    Random random{seed ^ 0x5eedU};
    const std::string split = transcript_of(c, &random);
    if (whole == split) {
        return std::nullopt;
    }
    return "the split matters.\n---- sent\n" + c.bytes + "\n---- at once\n" + whole
           + "\n---- in pieces\n" + split;
}

} // namespace simulation

#endif // GUST_TESTS_SIMULATION_SPLIT_HPP
