#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks README.md against the code. Usage: readme.sh SOURCE_DIR COMPILER FLAGS...
set -u
source_dir=$1
shift
. "$source_dir/tests/clients/lib.sh"
readme=$source_dir/README.md

# Each ```cpp block in a file of its own.
awk -v dir="$work" '
    /^```cpp$/ { file = sprintf("%s/block%02d.cpp", dir, ++n); next }
    /^```$/ { file = "" }
    file != "" { print > file }
' "$readme"
# Each region of an example, from `// [name]` to `// [name]`, in a file of its own.
awk -v dir="$work" '
    /^ *\/\/ \[[a-z_]+\]$/ {
        file = file == "" ? sprintf("%s/region%02d", dir, ++n) : ""
        if (file != "") printf "" > file
        next
    }
    file != "" { print > file }
' "$source_dir"/examples/*.cpp "$source_dir"/examples/*/*.hpp

check "there are blocks" yes "$([ -e "$work/block08.cpp" ] && echo yes)"
for block in "$work"/block*.cpp; do
    found=
    for region in "$work"/region*; do
        cmp -s "$block" "$region" && found=$region
    done
    if [ -z "$found" ]; then
        "$@" -w -fsyntax-only "$block" >"$work/errors" 2>&1
        check "a block that begins with: $(head -n 1 "$block")" "a region of an example, or code that compiles" \
            "$([ -s "$work/errors" ] && { cat "$block"; head -n 5 "$work/errors"; } || echo "a region of an example, or code that compiles")"
    else
        check "a block that begins with: $(head -n 1 "$block")" "" ""
    fi
done

# The table: each member with its default, and no other.
members=$(awk '
    /^struct HTTP1ConnectionParameters/ { inside = 1 }
    /^};/ { inside = 0 }
    !inside { next }
    /^ *\/\/\// { sub(/^ *\/\/\/ */, ""); text = text " " $0; next }
    match($0, /[a-z_]+( = [^;]*|\{[^;]*)?;$/) {
        name = substr($0, RSTART); sub(/[ ={;].*/, "", name)
        sub(/.*Default: /, "", text); sub(/\.$/, "", text)
        print name "|" text; text = ""
    }
' "$source_dir/include/gust/http1/parameters.hpp" | sort)
rows=$(sed -n 's/^| `\([a-z_]*\)` | \([^|]*\) |.*/\1|\2/p' "$readme" | sort)
check "the table of limits" "$members" "$rows"

# Files that are linked to.
for file in $(grep -o '](examples[^)]*)' "$readme" | tr -d ']()'); do
    check "$file" yes "$([ -e "$source_dir/$file" ] && echo yes)"
done
report readme
