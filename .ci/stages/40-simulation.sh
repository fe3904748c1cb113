#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A minute of fresh schedules, half of it on each of two processors, under AddressSanitizer and
# UndefinedBehaviorSanitizer; the seed is the day.
set -eu
cd "$(dirname "$0")/../.."

[ -d build/newest_dependencies/usr ] || sh cmake/newest_dependencies.sh build/newest_dependencies
cmake --preset newest
cmake --build --preset newest --target simulation
seed=$(($(date +%s) / 86400 * 1000000))
run() { build/newest/tests/simulation/simulation --seconds 30 --seed "$1"; }
run "$seed" &
run $((seed + 500000))
wait $!
