// SPDX-License-Identifier: MIT
#include <gust/core/error.hpp>
#include <gust/http/field.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

namespace {

using gust::decimal;
using gust::errc;
using gust::Field;
using gust::FieldName;
using gust::FieldValue;

// What must not compile. A literal with a bad byte is a test of compile_fail/.
static_assert(!std::constructible_from<FieldName, const char*>);
static_assert(!std::constructible_from<FieldName, char*>);
static_assert(!std::constructible_from<FieldName, std::nullptr_t>);
static_assert(!std::constructible_from<FieldName, int>);
static_assert(!std::default_initializable<FieldName>);
static_assert(!std::constructible_from<FieldValue, const char*>);
static_assert(!std::constructible_from<FieldValue, char*>);
static_assert(!std::constructible_from<FieldValue, std::nullptr_t>);
static_assert(!std::constructible_from<FieldValue, int>);
static_assert(!std::default_initializable<FieldValue>);

// What must.
static_assert(std::convertible_to<std::string_view, FieldName>);
static_assert(std::convertible_to<const std::string&, FieldName>);
static_assert(std::convertible_to<std::string, FieldName>);
static_assert(std::convertible_to<std::string_view, FieldValue>);
static_assert(std::convertible_to<std::string, FieldValue>);
static_assert(std::convertible_to<gust::Decimal, FieldValue>);
static_assert(std::constructible_from<FieldValue, gust::Decimal>);
static_assert(std::convertible_to<FieldName, std::string_view>);
static_assert(std::is_trivially_copyable_v<Field>);

constexpr FieldName content_type = "Content-Type";
static_assert(content_type.text() == "Content-Type");
static_assert(FieldValue{"  text/plain\t"}.text() == "text/plain");
static_assert(FieldValue{""}.text().empty());
static_assert(decimal(0).text() == "0");

/// Takes fields as a verb does.
std::string joined(std::initializer_list<Field> fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        out.append(name.text()).append(": ").append(value.text()).append("\n");
    }
    return out;
}

struct Connection {
    std::string head;
    void write_headers(
        unsigned status, std::initializer_list<Field> fields = {}, std::string_view chunk = {}
    ) {
        head = std::to_string(status) + "\n" + joined(fields) + std::string{chunk};
    }
};

template <class Verbs>
void answer_from_a_template(Verbs& verbs, std::string_view type) {
    const std::string id = "42";
    verbs.write_headers(
        200,
        {{"Content-Type", type},
         {"X-Id", id},
         {"X-Made", "id=" + id},
         {"Server", "gust"},
         {"Content-Length", decimal(type.size())}},
        "body"
    );
}

constexpr std::string_view answered =
    "200\nContent-Type: text/css\nX-Id: 42\nX-Made: id=42\nServer: gust\nContent-Length: 8\nbody";

/// A coroutine that runs at once, as far as it can.
struct Task {
    struct promise_type {
        Task get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

// A verb is called in a coroutine, never awaited itself: g++ 12 has no initializer list inside
// co_await.
Task answer_from_a_coroutine(Connection& connection, std::string_view type) {
    const std::string id = "42";
    co_await std::suspend_never{};
    connection.write_headers(
        200,
        {{"Content-Type", type},
         {"X-Id", id},
         {"X-Made", "id=" + id},
         {"Server", "gust"},
         {"Content-Length", decimal(type.size())}},
        "body"
    );
    co_await std::suspend_never{};
}

template <class Verbs>
Task answer_from_a_coroutine_template(Verbs& verbs, std::string_view type) {
    const std::string id = "42";
    co_await std::suspend_never{};
    verbs.write_headers(
        200,
        {{"Content-Type", type},
         {"X-Id", id},
         {"X-Made", "id=" + id},
         {"Server", "gust"},
         {"Content-Length", decimal(type.size())}},
        "body"
    );
}

template <class F>
std::error_code error_of(F&& f) {
    try {
        f();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

} // namespace

TEST_CASE("fields are written as literals and run-time text in one list", "[http][field]") {
    Connection connection;
    connection.write_headers(204);
    CHECK(connection.head == "204\n");
    connection.write_headers(200, {{"Content-Type", "text/plain"}});
    CHECK(connection.head == "200\nContent-Type: text/plain\n");

    const std::string name = "X-Name";
    const std::string_view value = "value";
    connection.write_headers(200, {{name, value}, {std::string_view{name}, "literal"}, {"X", ""}});
    CHECK(connection.head == "200\nX-Name: value\nX-Name: literal\nX: \n");
    connection.write_headers(200, {{content_type, FieldValue{value}}});
    CHECK(connection.head == "200\nContent-Type: value\n");
}

TEST_CASE("fields are written the same way in templates, lambdas and coroutines", "[http][field]") {
    Connection in_template;
    answer_from_a_template(in_template, "text/css");
    CHECK(in_template.head == answered);

    Connection in_lambda;
    const auto lambda = [&in_lambda](auto type) {
        in_lambda.write_headers(200, {{"Content-Type", type}, {"Server", "gust"}});
    };
    lambda(std::string_view{"text/css"});
    CHECK(in_lambda.head == "200\nContent-Type: text/css\nServer: gust\n");

    Connection in_coroutine;
    answer_from_a_coroutine(in_coroutine, "text/css");
    CHECK(in_coroutine.head == answered);

    Connection in_coroutine_template;
    answer_from_a_coroutine_template(in_coroutine_template, "text/css");
    CHECK(in_coroutine_template.head == answered);
}

TEST_CASE("a run-time name is a token or refused, for every byte", "[http][field]") {
    const std::string_view tchars = "!#$%&'*+-.^_`|~0123456789"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool good = tchars.find(c) != tchars.npos;
        for (const std::string& name :
             {std::string{c}, std::string{"X"} + c, c + std::string{"X"}}) {
            INFO("byte " << byte);
            const auto error = error_of([&] { FieldName{name}; });
            CHECK(error == (good ? std::error_code{} : errc::invalid_field));
        }
    }
    CHECK(error_of([] { FieldName{std::string_view{}}; }) == errc::invalid_field);
}

TEST_CASE("a run-time value has no control byte but HTAB, for every byte", "[http][field]") {
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        const auto text = std::string{"a long enough value "} + c + "b";
        INFO("byte " << byte);
        const auto error = error_of([&] { FieldValue{text}; });
        CHECK(error == (good ? std::error_code{} : errc::invalid_field));
    }
}

TEST_CASE("blanks around a value are dropped and nothing else is", "[http][field]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", ""},
        {" ", ""},
        {" \t \t", ""},
        {" a ", "a"},
        {"\ta b\t", "a b"},
        {"\xC2\xA0x", "\xC2\xA0x"},
    };
    for (const auto& [text, value] : table)
        CHECK(FieldValue{text}.text() == value);
    CHECK(error_of([] { FieldValue{std::string_view{"a\r\n"}}; }) == errc::invalid_field);
}

TEST_CASE("a number is a field value", "[http][field]") {
    CHECK(
        joined({{"A", decimal(0)}, {"B", decimal(7)}, {"C", decimal(1234567890)}})
        == "A: 0\nB: 7\nC: 1234567890\n"
    );
    CHECK(decimal(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
}
