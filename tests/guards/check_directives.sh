#!/bin/sh
# The table of directives, docs/directives.md and conf/cepces.conf name the same directives; every setting of the
# configuration structs is merged.
set -u
top=${srcdir:-.}
errors=0

compare() { # WHAT NAMES
    echo "$2" | sort -u > "guards-names.$$"
    diff "guards-table.$$" "guards-names.$$" > "guards-diff.$$" || {
        echo "$1 and mod_cepces/directives.c differ (< only in the table, > only there):"
        grep '^[<>]' "guards-diff.$$"
        errors=$((errors + 1))
    }
}

# Members of struct $1, as conf.h declares them.
members() {
    awk -v end="} $1;" '
        /^typedef struct/ { n = 0 }
        { line[n++] = $0 }
        index($0, end) == 1 { for (i = 1; i < n - 1; i++) print line[i] }' "$top/mod_cepces/conf.h" |
        sed -n 's|^    [^/]*[ *]\([a-z_]*\);.*|\1|p'
}

grep -o 'AP_INIT[^;]*\|MC_[A-Z]*([A-Z0-9_]*, "Cepces[A-Za-z]*"' "$top/mod_cepces/directives.c" |
    grep -o 'Cepces[A-Za-z]*' | sort -u > "guards-table.$$"
[ -s "guards-table.$$" ] || { echo "no directives found"; errors=1; }
compare docs/directives.md "$(sed -n 's/^## \(Cepces[A-Za-z]*\)$/\1/p' "$top/docs/directives.md")"
compare conf/cepces.conf "$(grep -o '^ *#\{0,1\} *Cepces[A-Za-z]*' "$top/conf/cepces.conf" | tr -d '# ')"

for member in $(members mc_dir_t); do
    grep -q "^    conf->$member = " "$top/mod_cepces/conf.c" || {
        echo "mc_dir_merge forgets $member"
        errors=$((errors + 1))
    }
done
[ -n "$(members mc_dir_t)" ] || { echo "no members found"; errors=1; }
rm -f "guards-table.$$" "guards-names.$$" "guards-diff.$$"
[ "$errors" -eq 0 ]
