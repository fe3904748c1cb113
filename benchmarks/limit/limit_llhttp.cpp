// SPDX-License-Identifier: MIT
// The limit with HTTP: llhttp reads every request; its fields are not kept. `GET /big` copies its
// 1 MiB once, into what is sent; POST sends the body back piece by piece. The "1.00" of all ratios.
#include <llhttp.h>

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "epoll_server.hpp"

namespace {

class Parsed {
public:
    Parsed() { llhttp_init(&parser_, HTTP_REQUEST, &settings()); }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;
    ~Parsed() = default;

    limit::keep take(std::string_view input, std::time_t now, std::string& output) {
        output_ = &output;
        now_ = now;
        parser_.data = this;
        if (llhttp_execute(&parser_, input.data(), input.size()) != HPE_OK) {
            wish_ = limit::keep::close;
        }
        return wish_;
    }

private:
    static Parsed& self(llhttp_t* parser) noexcept { return *static_cast<Parsed*>(parser->data); }

    static int on_url(llhttp_t* parser, const char* text, std::size_t size) {
        self(parser).is_big_ = std::string_view{text, size} == "/big";
        return 0;
    }
    static int on_headers_complete(llhttp_t* parser) {
        if (parser->method == HTTP_POST) {
            const std::string length = std::to_string(parser->content_length);
            *self(parser).output_ += limit::Head{length}.text(self(parser).now_);
        }
        return 0;
    }
    static int on_body(llhttp_t* parser, const char* data, std::size_t size) {
        self(parser).output_->append(data, size);
        return 0;
    }
    static int on_message_complete(llhttp_t* parser) {
        static limit::Head hello{"13"};
        static limit::Head big{"1048576"};
        static const std::string big_body(std::size_t{1} << 20U, 'x');
        Parsed& me = self(parser);
        if (parser->method == HTTP_POST) {
        } else if (me.is_big_) {
            me.output_->append(big.text(me.now_)).append(big_body);
        } else {
            me.output_->append(hello.text(me.now_)).append("Hello, World!");
        }
        if (llhttp_should_keep_alive(parser) == 0) {
            me.wish_ = limit::keep::close;
        }
        return 0;
    }

    static const llhttp_settings_t& settings() {
        static const llhttp_settings_t made = [] {
            llhttp_settings_t s;
            llhttp_settings_init(&s);
            s.on_url = on_url;
            s.on_headers_complete = on_headers_complete;
            s.on_body = on_body;
            s.on_message_complete = on_message_complete;
            return s;
        }();
        return made;
    }

    llhttp_t parser_;
    std::string* output_ = nullptr;
    std::time_t now_ = 0;
    bool is_big_ = false;
    limit::keep wish_ = limit::keep::open;
};

} // namespace

int main(int argc, char** argv) {
    return limit::serve<Parsed>(argc, argv);
}
