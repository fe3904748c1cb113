// SPDX-License-Identifier: MIT
// The limit without HTTP: a canned answer for every empty line. Right for requests without a body
// only.
#include <cstddef>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "epoll_server.hpp"

namespace {

class Canned {
public:
    limit::keep take(std::string_view input, std::time_t now, std::string& output) {
        static limit::Head head{"13"};
        limit::keep wish = limit::keep::open;
        for (;;) {
            const void* const end = memmem(input.data(), input.size(), "\r\n\r\n", 4);
            if (end == nullptr) {
                break;
            }
            const std::size_t size =
                static_cast<std::size_t>(static_cast<const char*>(end) - input.data());
            constexpr std::string_view close = "\r\nConnection: close";
            if (memmem(input.data(), size, close.data(), close.size()) != nullptr) {
                wish = limit::keep::close;
            }
            output += head.text(now);
            output += "Hello, World!";
            input.remove_prefix(size + 4);
        }
        return wish;
    }
};

} // namespace

int main(int argc, char** argv) {
    return limit::serve<Canned>(argc, argv);
}
