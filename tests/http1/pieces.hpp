// SPDX-License-Identifier: MIT
// The same bytes in every split: what a parser gets must not depend on where a packet ends.
#ifndef GUST_TESTS_HTTP1_PIECES_HPP
#define GUST_TESTS_HTTP1_PIECES_HPP

#include <cstddef>
#include <string_view>
#include <vector>

namespace gust_test {

using Pieces = std::vector<std::string_view>;

/// Calls `f(pieces)` with the text whole, byte by byte, and in two pieces at every offset.
template <class F>
void for_each_split(std::string_view text, F&& f) {
    f(Pieces{text});
    Pieces bytes;
    for (std::size_t i = 0; i != text.size(); ++i) {
        bytes.push_back(text.substr(i, 1));
    }
    f(bytes);
    for (std::size_t i = 1; i < text.size(); ++i) {
        f(Pieces{text.substr(0, i), text.substr(i)});
    }
}

} // namespace gust_test

#endif // GUST_TESTS_HTTP1_PIECES_HPP
