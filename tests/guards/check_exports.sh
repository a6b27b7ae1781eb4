#!/bin/sh
# The shared library exports exactly the functions that the public headers declare; the module exports its record.
set -u
top=${srcdir:-.}
status=0

exported() {
    nm -D --defined-only "$1" | awk '$2 ~ /[TDBRV]/ { sub(/@.*/, "", $3); print $3 }' | sort
}

cat "$top"/lib/include/cepces/*.h | tr '\n' ' ' | grep -o 'CEPCES_API [^;]*;' |
    grep -o 'cepces_[a-z0-9_]* *(' | tr -d ' (' | sort > "guards-declared.$$"
exported .libs/libcepces.so > "guards-exported.$$"
diff "guards-declared.$$" "guards-exported.$$" || {
    echo "the headers and the exported symbols differ (< only declared, > only exported)"
    status=1
}
[ "$(exported .libs/mod_cepces.so)" = cepces_module ] || {
    echo "mod_cepces.so exports other symbols than cepces_module"
    status=1
}
rm -f "guards-declared.$$" "guards-exported.$$"
exit $status
