// SPDX-License-Identifier: MIT
// Who used how much processor time, from /proc.
#ifndef GUST_BENCHMARKS_LOAD_CPU_TIME_HPP
#define GUST_BENCHMARKS_LOAD_CPU_TIME_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace load {

/// Nanoseconds on a processor: all tasks of a process and of its descendants that live now.
inline std::uint64_t cpu_time_of(std::uint64_t pid) {
    namespace fs = std::filesystem;
    std::uint64_t sum = 0;
    std::error_code ec;
    for (fs::directory_iterator task{"/proc/" + std::to_string(pid) + "/task", ec}, end;
         !ec && task != end;
         task.increment(ec)) {
        std::uint64_t ran = 0;
        std::ifstream{task->path() / "schedstat"} >> ran;
        sum += ran;
        std::ifstream children{task->path() / "children"};
        for (std::uint64_t child = 0; children >> child;) {
            sum += cpu_time_of(child);
        }
    }
    return sum;
}

/// Nanoseconds that all processors together were not idle, in the resolution of a tick. What the
/// hypervisor gave to others counts.
inline std::uint64_t busy_time_of_machine() {
    std::ifstream stat{"/proc/stat"};
    std::string label;
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                  steal = 0;
    stat >> label >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    const auto tick =
        std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return (user + nice + system + irq + softirq + steal) * tick;
}

/// Processor time at one moment.
struct CpuTime {
    std::uint64_t server = 0;
    std::uint64_t client = 0;
    std::uint64_t machine = 0;

    static CpuTime now(const std::vector<std::uint64_t>& servers) {
        CpuTime time;
        for (const std::uint64_t pid : servers) {
            time.server += cpu_time_of(pid);
        }
        time.client = cpu_time_of(static_cast<std::uint64_t>(getpid()));
        time.machine = busy_time_of_machine();
        return time;
    }
};

} // namespace load

#endif // GUST_BENCHMARKS_LOAD_CPU_TIME_HPP
