#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures what routes cost, at run time and in the compiler, prints tables and writes them to README.md. Fails if the
# compiler takes more than its budget.
#
#     sh benchmarks/routing.sh          about five minutes
#     sh benchmarks/routing.sh check    only the compiler's budget, once; README.md stays as it is
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
'' | check) ;;
*)
    echo "usage: sh benchmarks/routing.sh [check]" >&2
    exit 2
    ;;
esac

build=build/benchmarks
cmake --preset release -B "$build" -D GUST_BUILD_PEERS=ON -D GUST_BUILD_TESTS=OFF -D GUST_BUILD_EXAMPLES=OFF >/dev/null
if [ "${1:-}" != check ]; then
    cmake --build "$build" --target micro_router
    cmake --build "$build" --target peer_pistache_router || echo "routing.sh: Pistache is left out" >&2
fi
python3 benchmarks/suite/routing.py "$build" "$@"
