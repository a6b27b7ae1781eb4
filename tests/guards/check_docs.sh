#!/bin/sh
# docs/architecture.md and docs/protocol.md name files and functions: each file exists, and a function that stands behind
# its file ("`lib/ca/issue.c`: `cepces_ca_issue`") occurs in it. Other names of ours occur somewhere in the source.
set -u
top=${srcdir:-.}
errors=0

complain() {
    echo "$1"
    errors=$((errors + 1))
}

# Prints "line file name" for what stands in backquotes: name "-" for a file alone, file "-" for a name alone.
names() {
    awk -F'`' '
        { dir = ""; file = "-" }
        {
            for (i = 2; i < NF; i += 2) {
                between = $(i - 1)
                if ($i ~ /^[A-Za-z0-9_.\/-]+\.(c|h|def)$/) {
                    file = $i
                    if (file ~ /\//) { dir = file; sub(/[^\/]*$/, "", dir) } else { file = dir file }
                    print NR, file, "-"
                } else if ($i ~ /\/$/) {
                    dir = $i; file = "-"
                } else if ($i ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && file != "-" && (between == ": " || between == ", ")) {
                    print NR, file, $i
                } else {
                    file = "-"
                    if ($i ~ /^(cepces|mc)_[a-z0-9_]+$/) { print NR, "-", $i }
                }
            }
        }' "$1"
}

# Where a file of the documentation is; headers are named as they are included.
find_file() {
    for prefix in "" lib/ lib/include/; do
        if [ -f "$top/$prefix$1" ]; then
            echo "$top/$prefix$1"
            return
        fi
    done
}

num=0
for page in architecture protocol; do
    names "$top/docs/$page.md" > "guards-names.$$"
    while read -r line file name; do
        num=$((num + 1))
        if [ "$file" = - ]; then
            grep -rqw -- "$name" "$top/lib" "$top/mod_cepces" "$top/tools" ||
                complain "docs/$page.md:$line: $name is nowhere in the source"
            continue
        fi
        path=$(find_file "$file")
        if [ -z "$path" ]; then
            complain "docs/$page.md:$line: there is no file $file"
        elif [ "$name" != - ] && ! grep -qw -- "$name" "$path"; then
            complain "docs/$page.md:$line: $name is not in $file"
        fi
    done < "guards-names.$$"
    rm -f "guards-names.$$"
done
[ "$num" -gt 200 ] || complain "only $num names were found in the pages"
[ "$errors" -eq 0 ]
