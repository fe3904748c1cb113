# SPDX-License-Identifier: MIT
"""What routes cost: time and instructions for a match, and the compiler's time for a file with routes.

routing.py BUILD          measures, writes ../README.md, and fails if the compiler takes more than its budget
routing.py BUILD check    only the budget, once
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from counts import compile_once, compiler_command
from report import table
from servers import SOURCES

BEGIN, END = "<!-- routing: written by routing.sh -->", "<!-- end of routing -->"
SIZES = (10, 100, 1000)
MATCHERS = {
    "gust": ("**gust**", "benchmarks/micro_router"),
    "pistache": ("Pistache's tree", "benchmarks/peers/peer_pistache_router"),
    "regex": ("a `std::regex` for each rule, in turn", "benchmarks/micro_router"),
}
ROUTES = (1, 10, 50, 200)
# Processor seconds at -O2 that routes may add to a file with one: a start, and so much for each.
BUDGET_START, BUDGET_ROUTE = 1.0, 0.06

HEAD = """#include <gust/gust.hpp>
struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};
struct Named : gust::HTTPMessageDelegate {
    explicit Named(std::string_view n) : name{n} {}
    void finish(auto& conn) { respond(conn, name); }
    std::string_view name;
};
int main() {
    asio::io_context io;
    gust::Router router{
"""
RULES = (
    """gust::on<"GET /page{}">(gust::each<Hello>),
""",
    """gust::on<"GET /thing{}/{{id:int}}">([](int id) {{
        return gust::Response::text(std::to_string(id)); }}),
""",
    """gust::on<"POST /thing{}/{{name}}/items">([](gust::HTTPServerRequest& r, std::string_view name) {{
        return gust::Response::text(std::string{{name}} + std::string{{r.body()}}); }}),
""",
    """gust::on<"PUT /file{}/{{path...}}">([](std::string_view path) {{ return Named{{path}}; }}),
""",
)
TAIL = """    };
    gust::HTTPServer server{io, router};
    server.listen(8888);
    io.run();
}
"""


def source(routes):
    """A server with so many routes: delegates, and callables each of its own type."""
    return HEAD + "".join(RULES[i % 4].format(i) for i in range(routes)) + TAIL


def compile_seconds(build, rounds):
    """A dict of the number of routes to (the fewest processor seconds, the most, MiB)."""
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        file = pathlib.Path(temporary) / "routes.cpp"
        command = [*compiler_command(build), "-O2", "-c", "-o", str(file) + ".o", str(file)]
        for routes in ROUTES:
            file.write_text(source(routes), encoding="utf-8")
            runs = [compile_once(command) for _ in range(rounds)]
            found[routes] = min(runs)[0], max(runs)[0], min(runs)[1]
    return found


def budget(routes):
    return BUDGET_START + BUDGET_ROUTE * (routes - ROUTES[0])


def check_budget(found):
    """Says which files are too slow."""
    one = found[ROUTES[0]][0]
    crossed = [n for n in ROUTES if found[n][0] - one > budget(n)]
    for routes in crossed:
        print(f"{routes} routes add {found[routes][0] - one:.1f} s, budget {budget(routes):.1f} s")
    return not crossed


def nanoseconds(program):
    """A dict of (kind, rules) to (median, fastest, slowest)."""
    done = subprocess.run([program], capture_output=True, text=True, timeout=600, check=True)
    pattern = re.compile(r"(\w+) (\d+) +([\d.]+) ns +\(([\d.]+) to ([\d.]+)\)")
    return {
        (found[1], int(found[2])): tuple(float(found[i]) for i in (3, 4, 5))
        for found in pattern.finditer(done.stdout)
    }


def instructions(program, kind, rules):
    """User-space instructions of a match: the slope between two numbers of rounds."""

    def collected(rounds):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
            + [program, kind, str(rules), str(rounds)],
            capture_output=True,
            text=True,
            timeout=900,
            check=True,
        )
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])

    few, many = (1, 2) if kind == "regex" else (10, 110)
    return (collected(many) - collected(few)) / (many - few) / rules


def matching_tables(build):
    times = {}
    rows, counts = [], []
    for kind, (label, name) in MATCHERS.items():
        program = pathlib.Path(build) / name
        if not program.exists():
            continue
        if not any(key[0] == kind for key in times):
            times |= nanoseconds(str(program))
        rows.append(
            [label]
            + ["{:,.0f} ({:,.0f} to {:,.0f})".format(*times[kind, rules]) for rules in SIZES]
        )
        counts.append(
            [label] + [f"{instructions(str(program), kind, rules):,.0f}" for rules in SIZES]
        )
    head = [f"{rules:,} routes" for rules in SIZES]
    return (
        ["Nanoseconds for a match: the median of eleven slices (the fastest to the slowest).", ""]
        + table(["", *head], rows)
        + ["Instructions for a match.", ""]
        + table(["", *head], counts)
    )


def compile_table(found):
    one = found[ROUTES[0]][0]
    rows = [
        [str(n), f"{low:.1f} ({low:.1f} to {high:.1f})", f"{low - one:.1f}", f"{budget(n):.1f}", f"{mib:.0f}"]
        for n, (low, high, mib) in found.items()
    ]
    head = ["routes", "processor seconds", "added to one route", "budget of that", "MiB"]
    return ["The compiler, `-O2`.", ""] + table(head, rows)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["check"]):
        sys.exit(__doc__)
    build = sys.argv[1]
    compiled = compile_seconds(build, 1 if sys.argv[2:] else 3)
    lines = compile_table(compiled)
    if not sys.argv[2:]:
        lines = matching_tables(build) + lines
        path = SOURCES / "README.md"
        before, rest = path.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        text = "\n".join([BEGIN, *lines]).rstrip()
        path.write_text(before + text + "\n" + END + after, encoding="utf-8")
    print("\n".join(lines))
    sys.exit(0 if check_budget(compiled) else 1)


if __name__ == "__main__":
    main()
