#!/bin/sh
# Message numbers are used once, and docs/logging.md describes exactly the messages that exist. The module's numbers are
# below 0100, the library's and the tool's begin there.
set -u
top=${srcdir:-.}
status=0

numbers_of_module() {
    cat "$top"/mod_cepces/*.c | grep -o 'CEPLOGNO([0-9]*)' | tr -dc '0-9\n'
}

# The number is written out or is the name of a macro of the same file.
numbers_of_library() {
    for file in "$top"/lib/*/*.c "$top"/tools/*.c; do
        [ -f "$file" ] || continue
        tr '\n' ' ' < "$file" | grep -o 'cepces_log_write( *CEPCES_LOG_[A-Z]*, *[A-Z0-9_]*' |
            sed 's/.*, *//' | while read -r number; do
            case $number in
            [A-Z]*) number=$(sed -n "s/^#define $number \([0-9]*\).*/\1/p" "$file") ;;
            esac
            printf '%04d\n' "$number"
        done
    done
}

{ numbers_of_module; numbers_of_library; } | sort > "guards-code.$$"
sed -n 's/^| \([0-9]\{4\}\) |.*/\1/p' "$top/docs/logging.md" | sort > "guards-doc.$$"
repeated=$(uniq -d "guards-code.$$")
[ -z "$repeated" ] || { echo "used more than once:" $repeated; status=1; }
numbers_of_module | grep '^0[1-9]\|^[1-9]' && { echo "the module's numbers are below 0100"; status=1; }
numbers_of_library | grep '^00' && { echo "the library's numbers begin at 0100"; status=1; }
diff "guards-code.$$" "guards-doc.$$" || {
    echo "docs/logging.md differs from the code (< only in the code, > only in the page)"
    status=1
}
[ -s "guards-code.$$" ] || { echo "no messages found"; status=1; }
rm -f "guards-code.$$" "guards-doc.$$"
exit $status
