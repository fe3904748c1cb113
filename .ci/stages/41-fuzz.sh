#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A minute of fuzzing, shared by all targets, from the inputs that are kept.
set -eu
cd "$(dirname "$0")/../.."

cmake --preset fuzz
cmake --build --preset fuzz
found=build/fuzz/found
mkdir -p "$found"
targets=(tests/fuzz/*.fuzz.cpp)
seconds=$((60 / ${#targets[@]} + 1))
for source in "${targets[@]}"; do
    name=$(basename "$source" .fuzz.cpp)
    inputs=("$found/$name")
    mkdir -p "${inputs[0]}"
    for folder in tests/fuzz/corpus/"$name" tests/fuzz/regressions/"$name"; do
        [ ! -d "$folder" ] || inputs+=("$folder")
    done
    build/fuzz/tests/fuzz/"fuzz_$name" -max_total_time=$seconds -max_len=600 -timeout=20 \
        -dict=tests/fuzz/http.dict -artifact_prefix="$found/" -print_final_stats=1 "${inputs[@]}"
done
