#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds everything, measures gust beside its limits and its peers, prints tables and writes them to README.md.
#
#     sh benchmarks/run.sh          about half an hour on an idle machine with two processors
#     sh benchmarks/run.sh quick    about ten minutes: every part once, little of it exact; README.md stays as it is
#     sh benchmarks/run.sh report   README.md and the plot anew from the last full run
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
'' | quick | report) ;;
*)
    echo "usage: sh benchmarks/run.sh [quick | report]" >&2
    exit 2
    ;;
esac

packages="librestinio-dev libhttp-parser-dev libboost-dev libcpp-httplib-dev libssl-dev zlib1g-dev libbrotli-dev
    libpistache-dev nginx-light golang-go nodejs python3 python3-tornado liburing-dev pkg-config
    valgrind strace linux-perf util-linux"

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# What cannot be had is left out of the tables.
install_packages() {
    command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ] || return 0
    sh cmake/quickstart.sh deps
    updated=no
    for package in $packages; do
        is_installed "$package" && continue
        if [ "$updated" = no ]; then
            apt-get -q update >/dev/null
            updated=yes
        fi
        DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$package" >/dev/null ||
            echo "run.sh: $package cannot be installed" >&2
    done
}

build=build/benchmarks
if [ "${1:-}" != report ]; then
    install_packages
    cmake --preset release -B "$build" -D GUST_BUILD_PEERS=ON -D GUST_BUILD_TESTS=OFF -D GUST_BUILD_EXAMPLES=OFF
    cmake --build "$build"
fi
python3 benchmarks/suite/main.py "$build" "$@"
