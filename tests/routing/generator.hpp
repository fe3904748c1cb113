// SPDX-License-Identifier: MIT
// Patterns, targets and values out of numbers that somebody else chooses: a random generator, or a
// fuzzer.
#ifndef GUST_TESTS_ROUTING_GENERATOR_HPP
#define GUST_TESTS_ROUTING_GENERATOR_HPP

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// `Choose` is a function from a number n to one below n.
template <class Choose>
class RouteGenerator {
public:
    explicit RouteGenerator(Choose choose) : choose_{std::move(choose)} {}

    std::string pattern() {
        static constexpr std::array<std::string_view, 7> methods{
            "", "", "GET ", "GET ", "POST ", "HEAD ", "GET|PUT "
        };
        std::string text{pick(methods)};
        text += host_pattern();
        const std::size_t segments = choose_(5);
        std::string name = "a";
        for (std::size_t i = 0; i != segments; ++i, ++name[0])
            text += "/" + path_part(name);
        switch (choose_(6)) {
        case 0:
            return text + "/{rest...}";
        case 1:
            return segments == 0 || text.ends_with('/') ? text + "/" : text + "/?";
        case 2:
            return text + "/";
        default:
            return segments == 0 ? text + "/" : text;
        }
    }

    /// A path that has to do with the patterns, and escapes where none are needed.
    std::string path() {
        std::string text;
        const std::size_t segments = 1 + choose_(5);
        for (std::size_t i = 0; i != segments; ++i) {
            text += '/';
            for (const char c : segment())
                append(text, c);
        }
        return text;
    }

    std::string host() {
        static constexpr std::array<std::string_view, 9> hosts{
            "",
            "example.com",
            "Example.COM:8080",
            "api.example.com.",
            "v1.api.example.com",
            "vX.example.com",
            "v17.example.com",
            "a.b.c",
            "[::1]:80"
        };
        return std::string{pick(hosts)};
    }

    /// A value that a capture of this type takes.
    std::string value(std::string_view type) {
        if (type == "uuid")
            return "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        if (!type.empty())
            return std::to_string(choose_(2'000'000'000));
        std::string text;
        for (std::size_t size = 1 + choose_(12); size != 0; --size)
            text += static_cast<char>(choose_(256));
        return text;
    }

private:
    template <std::size_t N>
    std::string_view pick(const std::array<std::string_view, N>& texts) {
        return texts[choose_(N)];
    }

    std::string host_pattern() {
        static constexpr std::array<std::string_view, 10> hosts{
            "",
            "",
            "",
            "",
            "",
            "example.com",
            "*.example.com",
            "{host}.example.com",
            "v{host:int}.example.com",
            "{host}.b.{tld}"
        };
        return std::string{pick(hosts)};
    }
    std::string path_part(const std::string& name) {
        static constexpr std::array<std::string_view, 3> types{":int", ":uint64", ":uuid"};
        switch (choose_(8)) {
        case 0:
        case 1:
            return "{" + name + "}";
        case 2:
            return "{" + name + std::string{pick(types)} + "}";
        case 3:
            return "a{" + name + "}";
        case 4:
            return "{" + name + "}.b";
        default:
            return std::string{pick(literals)};
        }
    }
    std::string segment() {
        static constexpr std::array<std::string_view, 10> others{
            "17", "-4", "99999999999", "a.b", "ab.b", "x.b", "%", "a/b", "c?#", "..."
        };
        switch (choose_(5)) {
        case 0:
            return std::string{pick(others)};
        case 1:
            return value(choose_(2) == 0 ? "uuid" : "");
        default:
            return std::string{pick(literals)};
        }
    }
    /// As itself where a path may hold it, sometimes encoded even then.
    void append(std::string& text, char c) {
        constexpr std::string_view digits = "0123456789abcdefABCDEF";
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (plain && choose_(12) != 0) {
            text += c;
            return;
        }
        const auto byte = static_cast<unsigned char>(c);
        const std::size_t high = byte >> 4U;
        const std::size_t low = byte & 0xFU;
        text += '%';
        text += digits[high < 10 ? high : high + choose_(2) * 6];
        text += digits[low < 10 ? low : low + choose_(2) * 6];
    }

    static constexpr std::array<std::string_view, 9> literals{
        "",
        "a",
        "b",
        "ab",
        "abcdefgh",
        "abcdefghi",
        "abcdefghj",
        "abcdefgh-abcdefgh-abcdefgh",
        "caf\xC3\xA9 "
    };

    Choose choose_;
};

#endif // GUST_TESTS_ROUTING_GENERATOR_HPP
