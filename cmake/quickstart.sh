#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh Debian with a shell and git to a running server. See usage() below.
set -eu

port=8888
program=hello_world

usage() {
    cat >&2 <<USAGE
usage: sh cmake/quickstart.sh         install what is missing, build and serve $program on port $port
       sh cmake/quickstart.sh test    install what is missing, build everything and run every test
       sh cmake/quickstart.sh deps    install what is missing
USAGE
    exit 2
}

say() {
    printf '%s\n' "quickstart: $*"
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints the packages that are missing. A tool counts wherever it comes from, a library as a package.
missing_packages() {
    for pair in c++:g++ cmake:cmake ninja:ninja-build pkg-config:pkg-config curl:curl; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || echo "${pair##*:}"
    done
    for package in libasio-dev libfmt-dev liburing-dev catch2 nlohmann-json3-dev; do
        is_installed "$package" || echo "$package"
    done
    # Debian 13 packages llhttp as a library; Debian 12 has its C sources in a package for Node.js.
    if ! is_installed libllhttp-dev && ! is_installed node-llhttp; then
        if [ "$(. /etc/os-release && echo "${VERSION_ID:-99}")" = 12 ]; then
            echo node-llhttp
        else
            echo libllhttp-dev
        fi
    fi
}

install_missing() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say "not a Debian system: install a C++20 compiler, CMake 3.25, Ninja, Asio, llhttp, fmt and Catch2 yourself"
        return
    fi
    missing=$(missing_packages | tr '\n' ' ')
    missing=${missing% }
    if [ -z "$missing" ]; then
        return
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        say "these packages are missing, and installing them takes root. Run:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends $missing" >&2
        exit 1
    fi
    say "installing $missing"
    # Unquoted: several words, or none.
    quietly $as_root apt-get -q update
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
}

# Runs a command and shows what it printed only if it fails.
quietly() {
    log=$(mktemp)
    status=0
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        say "failed: $*" >&2
    fi
    rm -f "$log"
    return "$status"
}

serve() {
    say "building $program: the first time takes a minute or two"
    quietly cmake --preset release
    quietly cmake --build --preset release --target "$program"
    say "$program serves on http://127.0.0.1:$port until Ctrl-C; in another shell, try"
    echo "    curl -i http://127.0.0.1:$port/"
    exec "build/release/examples/$program"
}

run_tests() {
    say "building the library's tests, examples and benchmarks"
    quietly cmake --preset release
    cmake --build --preset release
    ctest --preset release
}

cd "$(dirname "$0")/.."
case "$#:${1:-}" in
0:)
    install_missing
    serve
    ;;
1:test)
    install_missing
    run_tests
    ;;
1:deps) install_missing ;;
*) usage ;;
esac
