// SPDX-License-Identifier: MIT
// A small REST API: typed parameters, JSON by nlohmann-json, errors in JSON, a store in memory.
// Usage: rest_api [PORT]
#include <gust/gust.hpp>
#include <gust/web.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

using nlohmann::json;

struct Task {
    std::string title;
    bool done = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Task, title, done)

/// What the handlers share: one loop, one thread, so no lock.
struct Store {
    std::map<int, Task> tasks;
    int last = 0;
};

json to_json(int id, const Task& task) {
    json object = task;
    object["id"] = id;
    return object;
}

// [rest_api]
/// The body of every error. What an exception says that is no HTTPError is not for clients.
std::string error_text(gust::status code, std::string_view detail) {
    const bool is_ours = static_cast<unsigned>(code) >= 500;
    const std::string_view what = is_ours || detail.empty() ? reason_of(code) : detail;
    return json{{"error", what}}.dump() + '\n';
}

/// What both handlers need.
struct TaskHandler : gust::RequestHandler {
    explicit TaskHandler(Store& s) : store{&s} {}
    Store* store;

    Task read_task() {
        const json object = json::parse(request().body(), nullptr, false);
        if (!object.is_object() || !object.value("title", json{}).is_string()
            || !object.value("done", json(false)).is_boolean()) {
            throw gust::HTTPError{gust::status::unprocessable_content, "a task has a title"};
        }
        return object.get<Task>();
    }
};

struct Tasks : TaskHandler {
    using TaskHandler::TaskHandler;

    void get() {
        json list = json::array();
        for (const auto& [id, task] : store->tasks) {
            list.push_back(to_json(id, task));
        }
        write_json(list.dump());
    }
    void post() {
        const Task task = read_task();
        const int id = ++store->last;
        store->tasks.emplace(id, task);
        set_status(gust::status::created);
        set_header("Location", fmt::format("/tasks/{}", id));
        write_json(to_json(id, task).dump());
    }
};

struct OneTask : TaskHandler {
    using TaskHandler::TaskHandler;

    Task& find(int id) {
        const auto found = store->tasks.find(id);
        if (found == store->tasks.end()) {
            throw gust::HTTPError{gust::status::not_found, fmt::format("no task {}", id)};
        }
        return found->second;
    }
    void get(int id) { write_json(to_json(id, find(id)).dump()); }
    void put(int id) { write_json(to_json(id, find(id) = read_task()).dump()); }
    void delete_(int id) {
        find(id);
        store->tasks.erase(id);
        set_status(gust::status::no_content);
    }
};

auto make_api(Store& store) {
    return gust::error_pages(error_text, "application/json")
           | gust::Application{
               gust::handle<"/tasks", Tasks>(std::ref(store)),
               gust::handle<"/tasks/{id:int}", OneTask, "task">(std::ref(store)),
           };
}
// [rest_api]

int main(int argc, char** argv) {
    Store store;
    asio::io_context io;
    gust::HTTPServer server{io, make_api(store)};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
