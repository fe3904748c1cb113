# SPDX-License-Identifier: MIT
"""Servers that Debian does not package: figures of an earlier series, not measured again.

They come from the same method on the same kind of machine (2 virtual processors, Debian 12, g++
12.2), against a limit server of the same make, with the versions of the day.
"""

QUOTED = {
    "uWebSockets": {
        "version": "August 2026, epoll",
        "ratio": {
            "hello": 1.08, "headers": 1.06, "pipeline": 1.56, "one": 1.13, "thousand": 1.13,
            "download": 0.65, "upload": 0.90, "close": 0.98,
        },
        "instructions": {"hello": 4192, "headers": 6869, "pipeline": 3184},
        "system_calls": 2.03,
        "idle": 256,
        "compile": (3.1, 266),
    },
    "Drogon": {
        "version": "1.9.13",
        "ratio": {
            "hello": 1.35, "headers": 1.59, "pipeline": 3.61, "one": 1.19, "thousand": 1.58,
            "download": 1.26, "upload": 1.67, "close": 1.25,
        },
        "instructions": {"hello": 10892, "headers": 28194, "pipeline": 9698},
        "system_calls": 2.04,
        "idle": 8072,
        "compile": (4.0, 362),
    },
    "Crow": {
        "version": "August 2026",
        "ratio": {
            "hello": 1.98, "headers": 2.29, "pipeline": 20.4, "one": 1.52, "thousand": 1.68,
            "download": 2.84, "upload": 2.16, "close": 1.24,
        },
        "instructions": {"hello": 26845, "headers": 71331, "pipeline": 24777},
        "system_calls": 4.07,
        "idle": 6555,
        "compile": (12.0, 608),
    },
    "Lithium": {
        "version": "April 2026",
        "ratio": {
            "hello": 1.14, "headers": 1.11, "pipeline": 1.20, "one": 1.68, "thousand": 1.36,
            "download": 1.53, "upload": "resets", "close": "ignores it",
        },
        "instructions": {"hello": 1823, "headers": 6782, "pipeline": 1547},
        "system_calls": 3.04,
        "idle": 70345,
        "compile": (4.9, 403),
    },
}
