# SPDX-License-Identifier: MIT
"""Results as Markdown tables between the markers of ../README.md, and as a plot."""

import statistics

from load import SCENARIOS
from plot import plot
from quoted import QUOTED

BEGIN, END = "<!-- results: written by run.sh -->", "<!-- end of results -->"
COMPILED = {
    "gust": "**gust**, header-only",
    "gust_compiled": "gust, against `gust::compiled`",
    "gust_pch": "gust, the same with a precompiled header",
    "pistache": "Pistache (a built library)",
    "httplib": "cpp-httplib (a built library)",
    "restinio": "RESTinio",
    "beast": "Boost.Beast",
}


def quartiles(values):
    """Median, lower and upper quartile."""
    if len(values) < 3:
        return statistics.median(values), min(values), max(values)
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def median_of(slices, name):
    return statistics.median(slice_[name] for slice_ in slices)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def number(value):
    """Three figures, thousands separated."""
    if isinstance(value, str):
        return value
    if abs(value) < 0.005:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def bytes_text(value):
    return f"{value / 1024:.2f} KiB"


def scenario_table(result, labels):
    """One row per server, the fastest first; those that failed last."""
    good, bad = [], []
    for key, slices in result.items():
        if isinstance(slices, str) or not slices:
            reason = slices if isinstance(slices, str) else "no slice without others' load"
            bad.append([labels[key], reason.split("\n")[0][:70], *[""] * 6])
            continue
        ratio, low, high = quartiles([slice_["ratio"] for slice_ in slices])
        good.append(
            (
                ratio,
                [
                    labels[key],
                    f"{ratio:.2f}",
                    f"{low:.2f} to {high:.2f}",
                    f"{median_of(slices, 'server_us'):.2f}",
                    number(median_of(slices, "per_second")),
                    f"{median_of(slices, 'p50_us'):.0f} / {median_of(slices, 'p99_us'):.0f}",
                    f"{100 * median_of(slices, 'server_busy'):.0f} %",
                    str(len(slices)),
                ],
            )
        )
    head = [
        "server", "CPU ÷ limit", "quartiles", "CPU µs", "requests/s", "p50 / p99 µs", "busy",
        "slices",
    ]
    return table(head, [row for _, row in sorted(good, key=lambda pair: pair[0])] + bad)


def quoted_ratio(scenario):
    parts = [
        f"{name} {number(figures['ratio'][scenario])}"
        for name, figures in QUOTED.items()
        if scenario in figures["ratio"]
    ]
    return ["Quoted, not measured again: " + ", ".join(parts) + ".", ""]


def load_section(results, labels):
    lines = []
    for scenario, result in results["load"].items():
        lines += [f"### {SCENARIOS[scenario][2][0].upper()}{SCENARIOS[scenario][2][1:]}", ""]
        lines += scenario_table(result, labels)
        lines += quoted_ratio(scenario)
        dropped = results["dropped"].get(scenario, 0)
        if dropped:
            lines += [f"{dropped} slices were dropped because others were busy.", ""]
    return lines


def count_rows(results, labels):
    counts = results["counts"]
    for key, label in labels.items():
        row = counts.get(key)
        if row:
            yield [label, *[number(row[name]) if name in row else "" for name in COUNT_NAMES]]
    for name, figures in QUOTED.items():
        found = figures["instructions"]
        yield [
            f"{name} *(quoted)*", number(found["hello"]), number(found["headers"]),
            number(found["pipeline"]), "", "", number(figures["system_calls"]), "",
        ]


COUNT_NAMES = (
    "instructions_hello", "instructions_headers", "instructions_pipeline", "allocations_1",
    "allocations_64", "system_calls_64", "system_calls_1",
)


def count_section(results, labels):
    head = [
        "server", "instructions, hello", "ten fields", "pipelined", "allocations, 1 connection",
        "64", "system calls, 64 connections", "1",
    ]
    tool = results.get("system_call_tool", "perf")
    return [
        "### Per request: user-space instructions, heap allocations, system calls", "",
        *table(head, count_rows(results, labels)),
        f"System calls were counted by {tool}. Programs that are not C or C++, and the one on"
        " io_uring, are not run under callgrind.", "",
    ]


def memory_section(results, labels):
    rows = []
    for key, found in results["idle"].items():
        if isinstance(found, str):
            rows.append([labels[key], found[:60], ""])
        else:
            rows.append([labels[key], bytes_text(found[0]), f"{found[1] / 2**20:.1f} MiB"])
    rows += [
        [f"{name} *(quoted)*", bytes_text(figures["idle"]), ""] for name, figures in QUOTED.items()
    ]
    return [
        f"### Memory of {results['idle_connections']:,} idle connections that have each served a"
        " request", "",
        *table(["server", "per connection", "the process when all have gone"], rows),
    ]


def compile_section(results):
    rows = [
        [COMPILED[case], f"{seconds:.1f} s", f"{mebibytes:.0f} MiB"]
        for case, (seconds, mebibytes) in results["compile"].items()
    ]
    rows += [
        [f"{name} *(quoted)*", f"{figures['compile'][0]:.1f} s", f"{figures['compile'][1]} MiB"]
        for name, figures in QUOTED.items()
    ]
    return [
        "### Compiling hello world at -O2: processor time and peak memory of the compiler", "",
        *table(["", "time", "memory"], rows),
    ]


def scaling_section(results):
    one, two = results["scaling"]
    return [
        "### Two loops on two processors", "",
        f"`hello_server --threads 2` on both processors, one of them shared with the client, takes"
        f" {two['server_us']:.2f} µs of processor time per request and answers"
        f" {number(two['per_second'])} requests per second; one thread on one processor takes"
        f" {one['server_us']:.2f} µs and answers {number(one['per_second'])}: "
        f"{two['server_us'] / one['server_us']:.2f} times the processor time, "
        f"{two['per_second'] / one['per_second']:.2f} times the requests. With two processors in"
        " all, the client is the limit of the second figure.", "",
    ]


def machine_section(results):
    lines = ["### Machine and versions", ""]
    lines += [f"* {name}: {text}" for name, text in results["machine"].items()]
    lines += [
        "* Quoted: " + ", ".join(f"{name} ({f['version']})" for name, f in QUOTED.items()), "",
    ]
    return lines


def markdown(results, labels):
    lines = ["", f"Run on {results['date']}, `{results['command']}`.", ""]
    if results.get("load"):
        lines += ["![Processor time per request, as a multiple of the limit](ratios.svg)", ""]
        lines += load_section(results, labels)
    if results.get("scaling"):
        lines += scaling_section(results)
    if results.get("counts"):
        lines += count_section(results, labels)
    if results.get("idle"):
        lines += memory_section(results, labels)
    if results.get("compile"):
        lines += compile_section(results)
    if results.get("micro"):
        lines += ["### The parts one by one", "", "```", results["micro"].rstrip(), "```", ""]
    lines += machine_section(results)
    return "\n".join(lines)


def write(results, labels, readme, picture):
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(
        before + BEGIN + "\n" + markdown(results, labels) + "\n" + END + after, encoding="utf-8"
    )
    plain = {key: label.replace("*", "") for key, label in labels.items()}
    panels = []
    for scenario, result in results.get("load", {}).items():
        bars = [
            (key, plain[key], quartiles([slice_["ratio"] for slice_ in slices])[0])
            for key, slices in result.items()
            if not isinstance(slices, str) and slices
        ]
        bars += [
            ("quoted", f"{name} (quoted)", figures["ratio"][scenario])
            for name, figures in QUOTED.items()
            if isinstance(figures["ratio"].get(scenario), float)
        ]
        panels.append((SCENARIOS[scenario][2], bars))
    if panels:
        picture.write_text(plot(panels), encoding="utf-8")
