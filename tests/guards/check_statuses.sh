#!/bin/sh
# The table in docs/errors.md is the list of lib/include/cepces/status.def, row by row.
set -u
top=${srcdir:-.}

sed -n 's/^CEPCES_STATUS(\([A-Z0-9_]*\), \([A-Z]*\), \([A-Z_]*\), \([0-9A-Fx]*\), \([A-Z]*\), "\(.*\)")$/| \1 | \2 | \3 | \4 | \5 | \6 |/p' \
    "$top/lib/include/cepces/status.def" > "guards-def.$$"
grep '^| [A-Z0-9_]* | [A-Z]* | [A-Z_]* | [0-9A-Fx]* | [A-Z]* | .* |$' "$top/docs/errors.md" > "guards-doc.$$"

status=0
[ "$(wc -l < "guards-def.$$")" -eq "$(grep -c '^CEPCES_STATUS(' "$top/lib/include/cepces/status.def")" ] || {
    echo "status.def has a row this guard cannot read"
    status=1
}
diff "guards-def.$$" "guards-doc.$$" || {
    echo "docs/errors.md differs from status.def (< what the list says, > what the page says)"
    status=1
}
rm -f "guards-def.$$" "guards-doc.$$"
exit $status
