#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A minute of fresh schedules, under AddressSanitizer and UndefinedBehaviorSanitizer; the seed is the day.
set -eu
cd "$(dirname "$0")/../.."

cmake --preset asan
cmake --build --preset asan --target simulation
seed=$(($(date +%s) / 86400 * 1000000))
build/asan/tests/simulation/simulation --seconds 60 --seed "$seed"
