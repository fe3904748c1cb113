// SPDX-License-Identifier: MIT
// Bytes on a connection, in any split, with whatever application their targets ask for. The first
// byte picks the limits and the kind of application, the next two the split.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "simulation/split.hpp"

namespace {

/// Sends the bytes to an application that may do anything; what has to hold is checked on the way.
void play_wild(std::string bytes, bool has_short_limits, std::uint64_t seed) {
    simulation::Schedule schedule = simulation::schedule_of(seed);
    schedule.connections = 1;
    schedule.has_short_limits = has_short_limits;
    std::erase_if(schedule.actions, [](const simulation::Action& action) {
        return action.what == simulation::step::request;
    });
    simulation::Simulation simulation{schedule};
    simulation.give(0, std::move(bytes));
    const auto complaint = simulation.play();
    if (complaint) {
        std::fprintf(stderr, "%s\n", complaint->c_str());
    }
    FUZZ_REQUIRE(!complaint);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) {
        return 0;
    }
    const std::uint64_t seed = data[1] * std::uint64_t{256} + data[2];
    const std::string bytes{reinterpret_cast<const char*>(data) + 3, size - 3};
    if ((data[0] & 2U) != 0) {
        play_wild(bytes, (data[0] & 1U) != 0, seed);
        return 0;
    }
    const simulation::Conversation conversation{bytes, (data[0] & 1U) != 0};
    const std::string whole = simulation::transcript_of(conversation, nullptr);
    simulation::Random random{seed};
    const std::string split = simulation::transcript_of(conversation, &random);
    if (whole != split) {
        std::fprintf(stderr, "at once:\n%s\nin pieces:\n%s\n", whole.c_str(), split.c_str());
    }
    FUZZ_REQUIRE(whole == split);
    return 0;
}
