// SPDX-License-Identifier: MIT
#ifndef GUST_CORE_IMPL_ERROR_IPP
#define GUST_CORE_IMPL_ERROR_IPP

#include <gust/core/error.hpp>

#include <string>

namespace gust {
namespace detail {

GUST_DECL const char* message_of(errc e) noexcept {
    switch (e) {
    case errc::closed:
        return "the stream is closed";
    case errc::unsatisfiable:
        return "the read can no longer be satisfied";
    case errc::buffer_full:
        return "the buffer is full";
    case errc::timed_out:
        return "a deadline passed";
    case errc::busy:
        return "a read is already outstanding";
    case errc::bad_request:
        return "the request is malformed";
    case errc::bad_framing:
        return "the length of the request body is not clear";
    case errc::bad_chunk:
        return "the chunked coding is malformed";
    case errc::bad_host:
        return "Host is missing, repeated or invalid";
    case errc::bad_target:
        return "the request target is invalid";
    case errc::request_timeout:
        return "the request did not arrive in time";
    case errc::body_too_large:
        return "the request body is too large";
    case errc::target_too_long:
        return "the request target is too long";
    case errc::expectation_failed:
        return "the expectation cannot be met";
    case errc::misdirected:
        return "the target belongs to another scheme";
    case errc::head_too_large:
        return "the request head is too large";
    case errc::unknown_method:
        return "the method is not known";
    case errc::unknown_coding:
        return "the transfer coding is not known";
    case errc::unsupported_version:
        return "only HTTP/1.0 and HTTP/1.1 are supported";
    case errc::no_answer:
        return "the request was not answered";
    case errc::invalid_field:
        return "a field holds a byte that it cannot carry";
    case errc::forbidden_field:
        return "the connection decides this field, or another contradicts it";
    case errc::wrong_order:
        return "the call does not fit the state of the response";
    case errc::body_not_allowed:
        return "this status has no body";
    case errc::body_too_long:
        return "more body bytes than Content-Length announced";
    case errc::body_too_short:
        return "fewer body bytes than Content-Length announced";
    }
    return "unknown gust error";
}

class error_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "gust"; }
    std::string message(int value) const override { return message_of(static_cast<errc>(value)); }
    std::error_condition default_error_condition(int value) const noexcept override {
        switch (static_cast<errc>(value)) {
        case errc::timed_out:
        case errc::request_timeout:
            return std::errc::timed_out;
        case errc::closed:
            return std::errc::not_connected;
        case errc::buffer_full:
            return std::errc::no_buffer_space;
        default:
            return {value, *this};
        }
    }
};

} // namespace detail

GUST_DECL const std::error_category& error_category() noexcept {
    static const detail::error_category_type instance;
    return instance;
}

GUST_DECL unsigned status_of(errc e) noexcept {
    switch (e) {
    case errc::bad_request:
    case errc::bad_framing:
    case errc::bad_chunk:
    case errc::bad_host:
    case errc::bad_target:
        return 400;
    case errc::request_timeout:
        return 408;
    case errc::body_too_large:
        return 413;
    case errc::target_too_long:
        return 414;
    case errc::expectation_failed:
        return 417;
    case errc::misdirected:
        return 421;
    case errc::head_too_large:
        return 431;
    case errc::no_answer:
        return 500;
    case errc::unknown_method:
    case errc::unknown_coding:
        return 501;
    case errc::unsupported_version:
        return 505;
    default:
        return 0;
    }
}

GUST_DECL errc peers_mistake(const std::exception_ptr& error) noexcept {
    try {
        std::rethrow_exception(error);
    } catch (const std::system_error& e) {
        const auto mistake = static_cast<errc>(e.code().value());
        const bool is_ours = e.code().category() == error_category() && mistake != errc::no_answer;
        return is_ours && status_of(mistake) != 0 ? mistake : errc{};
    } catch (...) {
        return errc{};
    }
}

GUST_DECL void throw_error(errc e) {
    throw std::system_error{make_error_code(e)};
}

} // namespace gust

#endif // GUST_CORE_IMPL_ERROR_IPP
