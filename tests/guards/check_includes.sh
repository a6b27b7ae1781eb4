#!/bin/sh
# Every #include keeps the table of docs/architecture.md: a room of lib/ sees only the rooms and foreign libraries of its
# row, the module and the tools see only the public headers.
set -u
top=${srcdir:-.}
table=$top/docs/architecture.md
errors=0

complain() {
    echo "$1: $2 is not allowed here (docs/architecture.md)"
    errors=$((errors + 1))
}

# Prints the rows of the table as room:rooms:libraries; "all of the above" is spelled out.
rows() {
    awk -F'|' '
        /^\| [a-z]+ +\|/ && $2 !~ /room/ {
            room = $2; gsub(/[ `]/, "", room)
            see = $3; sub(/all of the above/, above, see); gsub(/[ ,]+/, " ", see)
            libs = $4; gsub(/[ ,]+/, " ", libs)
            print room ":" see ":" libs
            above = above " " room
        }' "$table"
}

# Names the library that a header in angle brackets belongs to; nothing for one that is not known.
library_of() {
    case $1 in
    apr_*.h | apr.h | apu.h) echo APR ;;
    openssl/*) echo OpenSSL ;;
    libxml/*) echo libxml2 ;;
    libpq-fe.h) echo libpq ;;
    curl/*) echo libcurl ;;
    cyaml/*) echo libcyaml ;;
    jansson.h) echo jansson ;;
    httpd.h | unixd.h | http_*.h | ap_*.h | mod_*.h | util_*.h) echo httpd ;;
    arpa/inet.h | assert.h | crypt.h | ctype.h | dirent.h | errno.h | fcntl.h | getopt.h | grp.h | inttypes.h | limits.h | \
        locale.h | netdb.h | netinet/in.h | poll.h | pthread.h | pwd.h | signal.h | stdarg.h | stdbool.h | \
        stddef.h | stdint.h | stdio.h | stdlib.h | string.h | strings.h | sys/*.h | termios.h | time.h | \
        unistd.h | wchar.h) echo libc ;;
    esac
}

includes() { # FILE OPENING CLOSING
    sed -n "s/^[[:space:]]*#[[:space:]]*include[[:space:]]*[$2]\\([^$3]*\\)[$3].*/\\1/p" "$1"
}

check_foreign() { # FILE ALLOWED...
    file=$1
    shift
    for header in $(includes "$file" '<' '>'); do
        library=$(library_of "$header")
        case " libc APR $* " in
        *" ${library:-unknown} "*) ;;
        *) complain "$file" "<$header>" ;;
        esac
    done
}

check_own() { # FILE ROOMS...
    file=$1
    shift
    for header in $(includes "$file" '"' '"'); do
        case $header in
        cepces/*) continue ;;
        config.h) [ -d "$top/lib" ] && continue ;;
        */*)
            case " $* " in
            *" ${header%%/*} "*) continue ;;
            esac
            ;;
        *) [ -f "$(dirname "$file")/$header" ] && continue ;;
        esac
        complain "$file" "\"$header\""
    done
}

rows > "guards-rows.$$"
while IFS=: read -r room see libs; do
    [ -d "$top/lib/$room" ] || complain "$table" "room $room, which does not exist,"
    for file in "$top/lib/$room"/*.[ch] "$top/lib/$room"/*.def; do
        [ -f "$file" ] || continue
        check_own "$file" "$room" $see
        check_foreign "$file" $libs
    done
done < "guards-rows.$$"

for dir in "$top"/lib/*/; do
    room=$(basename "$dir")
    [ "$room" = include ] || grep -q "^$room:" "guards-rows.$$" || complain "$dir" "a room without a row"
done
rm -f "guards-rows.$$"

for file in "$top"/lib/include/cepces/*; do
    check_own "$file"
    check_foreign "$file"
done
for file in "$top"/mod_cepces/*.[ch]; do
    check_own "$file"
    check_foreign "$file" httpd
done
for file in "$top"/tools/*.[ch]; do
    [ -f "$file" ] || continue
    check_own "$file"
    check_foreign "$file" OpenSSL libcyaml jansson
done
[ "$errors" -eq 0 ]
