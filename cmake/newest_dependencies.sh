#!/bin/sh
# SPDX-License-Identifier: MIT
# newest_dependencies.sh DIR: unpacks Debian 13's Asio, llhttp, fmt and Catch2 into DIR, for the preset `newest`.
#
# Nothing is installed: apt works in a folder of its own, with the mirror that this Debian machine already uses.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: newest_dependencies.sh DIR" >&2
    exit 2
fi
suite=trixie
packages="libasio-dev libllhttp-dev libllhttp9.2 libfmt-dev libfmt10"

mkdir -p "$1"
target=$(cd "$1" && pwd)
if [ -e "$target/complete" ]; then
    echo "already complete: $target"
    exit 0
fi

apt=$target/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts"
: > "$apt/status"

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -v security | sort -u |
    head -n 1)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for type in deb deb-src; do
    echo "$type [signed-by=$keyring] $mirror $suite main"
done > "$apt/sources.list"

own_apt() {
    apt-get -qq \
        -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" \
        -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/parts" \
        -o Dir::Etc::preferences="$apt/none" -o Dir::Etc::preferencesparts="$apt/parts" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

cd "$apt/archives"
own_apt update
own_apt download $packages
own_apt source --download-only catch2

for package in *.deb; do
    dpkg -x "$package" "$target"
done
mkdir -p "$target/catch2"
tar -x -f catch2_*.orig.tar.* -C "$target/catch2" --strip-components=2 --wildcards '*/extras/catch_amalgamated.?pp'

rm -r "$apt"
: > "$target/complete"
echo "unpacked into $target"
