#!/bin/sh
# Each header compiles alone, as C11 and as C++: it includes what it needs.
CXX=${CXX:-c++}
set -u
top=${srcdir:-.}
errors=0

compile() { # HEADER LANGUAGE COMPILER FLAGS...
    header=$1
    shift
    echo "#include \"$header\"" > "guards-header.$$.$1"
    language=$1
    shift
    "$@" -Wall -Wextra -Werror -I"$top/lib/include" -I"$top/lib" -I"$top/mod_cepces" -I"$top/tests" \
        -I"$top/tests/unit" -I"$top/tools" $HEADER_CPPFLAGS -fsyntax-only "guards-header.$$.$language" || {
        echo "$header does not compile alone as $language"
        errors=$((errors + 1))
    }
}

for header in "$top"/lib/include/cepces/*.h "$top"/lib/[a-z]*/*.h "$top"/mod_cepces/*.h "$top"/tools/*.h \
    "$top"/tests/support/*.h; do
    [ -f "$header" ] || continue
    header=$(cd "$(dirname "$header")" && pwd)/$(basename "$header")
    compile "$header" c $CC -std=c11
    compile "$header" cc $CXX -std=c++11
done
rm -f "guards-header.$$.c" "guards-header.$$.cc"
[ "$errors" -eq 0 ]
