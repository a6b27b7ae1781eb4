/* The lexical look at a message before any parser sees it (rule V6): one walk over the markup that
 * counts what would be expensive later and refuses what no client sends. It does not check
 * well-formedness; that is the parser's. */
#include "xml/xml.h"

#include <string.h>

#include "base/bytes.h"
#include "base/encode.h"

typedef struct {
    const char *at; /* what has not been looked at yet */
    const char *end;
    unsigned depth;
    unsigned elements, max_elements;
    cepces_error_t *err;
} scan_t;

static cepces_status_t
malformed(scan_t *s, const char *what)
{
    return cepces_error_rule(s->err, CEPCES_E_MALFORMED_MESSAGE, "V6", "XML: %s", what);
}

static cepces_status_t
over_limit(scan_t *s, const char *what, size_t limit)
{
    return cepces_error_rule(s->err, CEPCES_E_MESSAGE_LIMIT, "V6", "XML: more than %zu %s", limit,
                             what);
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
starts_with(const scan_t *s, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(s->end - s->at) >= len && memcmp(s->at, text, len) == 0;
}

/* Passes over everything up to and including |text|; false when it does not come. */
static bool
skip_past(scan_t *s, const char *text)
{
    size_t len = strlen(text);
    const char *found = (const char *)memmem(s->at, (size_t)(s->end - s->at), text, len);

    if (found == NULL) {
        return false;
    }
    s->at = found + len;
    return true;
}

/* Passes over a name, which ends at white space or at what may follow one in a tag. */
static cepces_status_t
scan_name(scan_t *s)
{
    const char *start = s->at;

    while (s->at < s->end && !is_space(*s->at) && strchr("=/>\"'<", *s->at) == NULL) {
        s->at++;
    }
    if (s->at - start > CEPCES_XML_MAX_NAME_LEN) {
        return over_limit(s, "bytes in a name", CEPCES_XML_MAX_NAME_LEN);
    }
    return CEPCES_OK;
}

/* Passes over a quoted value. A "<" in it is refused here already: a parser that stops there would
 * see the rest of the message in another way than this walk does. */
static cepces_status_t
scan_value(scan_t *s)
{
    char quote = *s->at++;

    for (; s->at < s->end && *s->at != quote; s->at++) {
        if (*s->at == '<') {
            return malformed(s, "\"<\" in an attribute value");
        }
    }
    if (s->at == s->end) {
        return malformed(s, "an attribute value does not end");
    }
    s->at++;
    return CEPCES_OK;
}

/* Passes over the attributes of a start tag and its end. Every "=" outside quotes belongs to one
 * attribute or namespace declaration. */
static cepces_status_t
scan_attributes(scan_t *s)
{
    unsigned attributes = 0;
    bool empty = false;

    while (s->at < s->end && *s->at != '>') {
        cepces_status_t st = CEPCES_OK;

        empty = *s->at == '/';
        if (*s->at == '"' || *s->at == '\'') {
            st = scan_value(s);
        } else if (*s->at == '<') {
            st = malformed(s, "\"<\" inside a tag");
        } else if (*s->at == '=' || empty || is_space(*s->at)) {
            attributes += *s->at == '=';
            s->at++;
        } else {
            st = scan_name(s);
        }
        if (st != CEPCES_OK) {
            return st;
        }
        if (attributes > CEPCES_XML_MAX_ATTRIBUTES) {
            return over_limit(s, "attributes in a tag", CEPCES_XML_MAX_ATTRIBUTES);
        }
    }
    if (s->at == s->end) {
        return malformed(s, "a tag does not end");
    }
    s->at++;
    s->depth -= empty;
    return CEPCES_OK;
}

static cepces_status_t
scan_start_tag(scan_t *s)
{
    cepces_status_t st;

    s->at++;
    if (++s->elements > s->max_elements) {
        return over_limit(s, "elements", s->max_elements);
    }
    if (++s->depth > CEPCES_XML_MAX_DEPTH) {
        return over_limit(s, "levels", CEPCES_XML_MAX_DEPTH);
    }
    st = scan_name(s);
    return st != CEPCES_OK ? st : scan_attributes(s);
}

static cepces_status_t
scan_end_tag(scan_t *s)
{
    if (s->depth == 0) {
        return malformed(s, "an end tag without its start");
    }
    s->depth--;
    return skip_past(s, ">") ? CEPCES_OK : malformed(s, "a tag does not end");
}

static cepces_status_t
scan_declaration(scan_t *s)
{
    const char *terminator;

    if (starts_with(s, "<!--")) {
        terminator = "-->";
        s->at += 4;
    } else if (starts_with(s, "<![CDATA[") && s->depth > 0) {
        terminator = "]]>";
        s->at += 9;
    } else {
        return malformed(s, "a document type or another declaration");
    }
    return skip_past(s, terminator) ? CEPCES_OK : malformed(s, "a comment or section does not end");
}

/* Looks at one piece of markup; |s->at| is at its "<". */
static cepces_status_t
scan_markup(scan_t *s)
{
    if (s->end - s->at < 2) {
        return malformed(s, "the message ends within a tag");
    }
    switch (s->at[1]) {
    case '!':
        return scan_declaration(s);
    case '?':
        return malformed(s, "a processing instruction or a misplaced XML declaration");
    case '/':
        return scan_end_tag(s);
    default:
        return scan_start_tag(s);
    }
}

/* Passes over a byte order mark and the XML declaration, both of which may be there once, at the
 * very start. */
static cepces_status_t
scan_prolog(scan_t *s)
{
    if (starts_with(s, "\xef\xbb\xbf")) {
        s->at += 3;
    }
    if (starts_with(s, "<?xml") && s->end - s->at > 5 && is_space(s->at[5]) &&
        !skip_past(s, "?>")) {
        return malformed(s, "the XML declaration does not end");
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_xml_prescan(cepces_bytes_t bytes, unsigned max_elements, cepces_error_t *err)
{
    scan_t s = {
        .at = (const char *)bytes.data,
        .end = (const char *)bytes.data + bytes.len,
        .max_elements = max_elements,
        .err = err,
    };
    cepces_status_t st;

    if (bytes.len == 0) {
        return malformed(&s, "the message is empty");
    }
    if (!cepces_utf8_valid(bytes)) {
        return malformed(&s, "not UTF-8, or a NUL byte");
    }
    st = scan_prolog(&s);
    while (st == CEPCES_OK) {
        s.at = (const char *)memchr(s.at, '<', (size_t)(s.end - s.at));
        if (s.at == NULL) {
            break;
        }
        st = scan_markup(&s);
    }
    return st;
}
