// SPDX-License-Identifier: MIT
#include <gust/http1/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"

using gust::Writer;

namespace {

/// What `f` writes into memory that ends where its text does, so that a byte more is one too many.
std::string written(std::size_t size, const std::function<void(Writer&)>& f) {
    const std::unique_ptr<char[]> memory{new char[size]};
    Writer writer{memory.get()};
    f(writer);
    CHECK(writer.size() == size);
    return {memory.get(), writer.size()};
}

} // namespace

TEST_CASE("a text of any length is copied as it is", "[http1][writer]") {
    std::string text;
    for (std::size_t size = 0; size != 200; ++size) {
        CHECK(written(size, [&](Writer& writer) { writer.text(std::string_view{text}); }) == text);
        text += static_cast<char>('!' + size % 90);
    }
    CHECK(
        written(5, [](Writer& writer) { writer.text("a\0b").text("cd"); })
        == std::string("a\0bcd", 5)
    );
    CHECK(written(3, [](Writer& writer) { writer.bytes<3>("abcdef"); }) == "abc");
}

TEST_CASE("numbers are written without a sign, a zero or a blank before them", "[http1][writer]") {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t power = 1;
    for (int digits = 1; digits != 21; ++digits) {
        for (const std::uint64_t number : {power, power - 1, power + 1, power * 9}) {
            const std::string text = std::to_string(number);
            CHECK(written(text.size(), [&](Writer& writer) { writer.decimal(number); }) == text);
        }
        power *= 10;
    }
    CHECK(written(20, [&](Writer& writer) { writer.decimal(most); }) == std::to_string(most));
    const std::pair<std::uint64_t, std::string> sizes[] = {
        {0, "0"},
        {1, "1"},
        {9, "9"},
        {10, "a"},
        {15, "f"},
        {16, "10"},
        {255, "ff"},
        {256, "100"},
        {0xABCDEF, "abcdef"},
        {std::uint64_t{1} << 60U, "1000000000000000"},
        {most, "ffffffffffffffff"},
    };
    for (const auto& [number, text] : sizes) {
        const std::uint64_t size = number;
        CHECK(written(text.size(), [size](Writer& writer) { writer.hex(size); }) == text);
    }
}

TEST_CASE("a status line has a space behind its number, also without a reason", "[http1][writer]") {
    const auto line = [](unsigned number, std::string_view reason) {
        std::string memory(Writer::status_line_overhead + reason.size(), '\0');
        Writer writer{memory.data()};
        writer.status_line(static_cast<gust::status>(number), reason);
        CHECK(writer.size() <= memory.size());
        memory.resize(writer.size());
        return memory;
    };
    CHECK(line(200, "") == "HTTP/1.1 200 OK\r\n");
    CHECK(line(200, "Fine") == "HTTP/1.1 200 Fine\r\n");
    CHECK(line(404, "") == "HTTP/1.1 404 Not Found\r\n");
    CHECK(line(299, "") == "HTTP/1.1 299 \r\n");
    CHECK(line(100, "") == "HTTP/1.1 100 Continue\r\n");
    CHECK(line(999, "x") == "HTTP/1.1 999 x\r\n");
    for (unsigned number = 100; number != 1000; ++number) {
        const std::string text = line(number, "");
        CHECK(text.starts_with("HTTP/1.1 " + std::to_string(number) + ' '));
        CHECK(text.ends_with("\r\n"));
    }
}

TEST_CASE("a field takes four bytes beside its name and value", "[http1][writer]") {
    CHECK(written(5, [](Writer& writer) { writer.field("A", ""); }) == "A: \r\n");
    CHECK(
        written(4 + 12 + 10, [](Writer& writer) { writer.field("Content-Type", "text/plain"); })
        == "Content-Type: text/plain\r\n"
    );
}
