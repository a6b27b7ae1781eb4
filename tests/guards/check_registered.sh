#!/bin/sh
# Every unit test that is defined is also run: START_TEST(name) has its tcase_add_….
set -u
top=${srcdir:-.}
errors=0
found=0

for file in "$top"/tests/unit/*.c; do
    added=$(tr '\n' ' ' < "$file" | grep -o 'tcase_add_[a-z_]*( *[a-z_]*, *[A-Za-z0-9_]*' | sed 's/.*, *//')
    for name in $(sed -n 's/^START_TEST(\([A-Za-z0-9_]*\)).*/\1/p' "$file"); do
        found=$((found + 1))
        echo "$added" | grep -qx "$name" || {
            echo "$file: $name is defined and never run"
            errors=$((errors + 1))
        }
    done
done
[ "$found" -gt 0 ] && [ "$errors" -eq 0 ]
