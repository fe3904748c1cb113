#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A minute of fuzzing, shared by all targets, two at a time, from the inputs that are kept.
set -eu
cd "$(dirname "$0")/../.."

cmake --preset fuzz
cmake --build --preset fuzz
found=build/fuzz/found
mkdir -p "$found"
targets=(tests/fuzz/*.fuzz.cpp)
seconds=$((60 / ${#targets[@]} + 1))

# fuzz SOURCE: prints what the target did when it has ended.
fuzz() {
    local name inputs folder printed
    name=$(basename "$1" .fuzz.cpp)
    inputs=("$found/$name")
    mkdir -p "${inputs[0]}"
    for folder in tests/fuzz/corpus/"$name" tests/fuzz/regressions/"$name"; do
        [ ! -d "$folder" ] || inputs+=("$folder")
    done
    printed=$(build/fuzz/tests/fuzz/"fuzz_$name" -max_total_time="$seconds" -max_len=600 -timeout=20 \
        -dict=tests/fuzz/http.dict -artifact_prefix="$found/" -print_final_stats=1 "${inputs[@]}" 2>&1) ||
        { printf '%s\n' "$name failed:" "$printed"; return 1; }
    printf '%s\n' "$name:" "$printed"
}
export -f fuzz
export found seconds
printf '%s\n' "${targets[@]}" | xargs -P 2 -I {} bash -c 'fuzz {}'
