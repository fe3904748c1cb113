// SPDX-License-Identifier: MIT
// What a number means: a request, and what the application does with it.
#ifndef GUST_TESTS_SIMULATION_SCRIPT_HPP
#define GUST_TESTS_SIMULATION_SCRIPT_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace simulation {

/// A sequence of numbers that one seed decides (splitmix64).
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// One of 0 … n-1.
    unsigned below(unsigned n) noexcept { return static_cast<unsigned>(next() % n); }
    /// True once in `n` times.
    bool one_in(unsigned n) noexcept { return below(n) == 0; }

private:
    std::uint64_t state_;
};

enum class body_kind { none, length, chunked };

/// Where the application answers.
enum class place { headers, data, finish, later_from_headers, later_from_finish, never };
/// With what.
enum class answer_kind {
    whole,
    sized,
    chunked,
    streamed,
    no_content,
    not_modified,
    reset_content,
    trailers
};
/// What goes wrong on its side.
enum class trouble {
    none,
    throws_in_headers,
    throws_in_data,
    throws_in_finish,
    throws_after_begin,
    answers_twice,
    forgets_the_end,
    writes_too_much,
    closes,
    detaches
};

/// A number says everything, so that a schedule holds numbers only, and a target names one.
struct Script {
    std::uint32_t number;
    const char* method;
    bool is_1_0;
    bool expects_continue;
    bool says_close;
    body_kind body;
    std::size_t body_size;

    place where;
    answer_kind what;
    trouble fails;
    std::size_t answer_size;
    unsigned headers_waits; // times that the hook suspends
    unsigned data_waits;
    unsigned finish_waits;
    bool is_stubborn; // goes on although it is cancelled
    bool sends_interim;
    bool closes_after;
    bool aborts_at_fin;

    bool is_head() const noexcept { return std::string_view{method} == "HEAD"; }
};

/// `tame`: only what a well-behaved client and application do, with nothing that depends on time.
inline Script script_of(std::uint32_t number) noexcept {
    Random random{number};
    Script s{};
    s.number = number;
    const bool is_tame = (number & 1U) != 0;
    constexpr const char* methods[]{"GET", "GET", "HEAD", "POST", "PUT", "POST"};
    s.method = methods[random.below(6)];
    s.is_1_0 = random.one_in(10);
    s.says_close = random.one_in(12);
    const bool has_body = s.method[0] == 'P' || random.one_in(8);
    s.body = !has_body                          ? body_kind::none
             : s.is_1_0 || random.below(2) == 0 ? body_kind::length
                                                : body_kind::chunked;
    constexpr std::size_t sizes[]{0, 1, 5, 40, 300, 3000, 40'000};
    s.body_size = has_body ? sizes[random.below(random.one_in(10) ? 7 : 5)] : 0;
    s.expects_continue = has_body && random.one_in(6);

    s.where = static_cast<place>(random.below(is_tame ? 5 : 6));
    s.what = static_cast<answer_kind>(random.below(8));
    constexpr std::size_t answers[]{0, 1, 20, 400, 1500, 100'000};
    s.answer_size = answers[random.below(random.one_in(12) ? 6 : 5)];
    s.fails =
        is_tame || random.below(3) != 0 ? trouble::none : static_cast<trouble>(random.below(10));
    s.headers_waits = random.one_in(4) ? 1 + random.below(2) : 0;
    s.data_waits = random.one_in(4) ? 1 : 0;
    s.finish_waits = random.one_in(3) ? 1 + random.below(2) : 0;
    s.is_stubborn = random.one_in(4);
    s.sends_interim = random.one_in(8);
    s.closes_after = random.one_in(20);
    s.aborts_at_fin = !is_tame && random.one_in(8);
    return s;
}

/// The byte that a body has at `index`.
inline char byte_at(std::uint32_t number, std::size_t index) noexcept {
    return static_cast<char>('a' + (number + index * 7) % 26);
}
inline std::string bytes_of(std::uint32_t number, std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i != size; ++i) {
        text[i] = byte_at(number, i);
    }
    return text;
}

/// The request as it goes over the wire.
inline std::string request_text(const Script& s) {
    std::string text = s.method;
    text += " /" + std::to_string(s.number) + (s.is_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    text += "Host: simulation\r\n";
    if (s.says_close) {
        text += "Connection: close\r\n";
    } else if (s.is_1_0 && s.number % 3 != 0) {
        text += "Connection: keep-alive\r\n";
    }
    if (s.expects_continue) {
        text += "Expect: 100-continue\r\n";
    }
    const std::string body = bytes_of(s.number, s.body_size);
    switch (s.body) {
    case body_kind::none:
        return text + "\r\n";
    case body_kind::length:
        return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    case body_kind::chunked:
        break;
    }
    text += "Transfer-Encoding: chunked\r\n\r\n";
    Random random{s.number + std::uint64_t{1}};
    for (std::size_t at = 0; at != body.size();) {
        const std::size_t n = 1 + random.below(static_cast<unsigned>(body.size() - at));
        char line[24];
        const int size =
            std::snprintf(line, sizeof line, n % 5 == 0 ? "%zx;a=\"b\"\r\n" : "%zX\r\n", n);
        text.append(line, static_cast<std::size_t>(size)).append(body, at, n).append("\r\n");
        at += n;
    }
    return text + (s.number % 5 == 0 ? "0\r\nX-Sum: 1\r\n\r\n" : "0\r\n\r\n");
}

} // namespace simulation

#endif // GUST_TESTS_SIMULATION_SCRIPT_HPP
