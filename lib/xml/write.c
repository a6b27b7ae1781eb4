/* The one writer of XML. Structure comes from the callers' constants; everything else goes through
 * the escaping here. */
#include "xml/xml.h"

#include <string.h>

#include "base/bytes.h"
#include "base/encode.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void
wrapped(cepces_buffer_t *buf, const char *before, const char *name, const char *after)
{
    cepces_buffer_add_str(buf, before);
    cepces_buffer_add_str(buf, name);
    cepces_buffer_add_str(buf, after);
}

void
cepces_xml_open(cepces_buffer_t *buf, const char *name)
{
    wrapped(buf, "<", name, ">");
}

void
cepces_xml_close(cepces_buffer_t *buf, const char *name)
{
    wrapped(buf, "</", name, ">");
}

void
cepces_xml_empty(cepces_buffer_t *buf, const char *name)
{
    wrapped(buf, "<", name, "/>");
}

void
cepces_xml_nil(cepces_buffer_t *buf, const char *name)
{
    wrapped(buf, "<", name, " xsi:nil=\"true\"/>");
}

/* How an ASCII character is written; NULL: as it is. A carriage return would be lost to line-end
 * normalisation. */
static const char *
ascii_form(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#xD;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return c < 0x20 ? REPLACEMENT : NULL;
    }
}

/* The length of the character at |s| when it is one that XML 1.0 allows, else 0 (production [2]
 * Char). */
static size_t
character_len(const char *s)
{
    unsigned char c = (unsigned char)*s;
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    if (strnlen(s, len) < len || !cepces_utf8_valid(cepces_bytes(s, len))) {
        return 0;
    }
    if (memcmp(s, "\xef\xbf\xbe", len) == 0 || memcmp(s, "\xef\xbf\xbf", len) == 0) {
        return 0;
    }
    return len;
}

void
cepces_xml_add_text(cepces_buffer_t *buf, const char *text)
{
    const char *run = text; /* start of what can be copied as it is */

    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        size_t len = c < 0x80 ? 1 : character_len(text);
        const char *form = len == 0 ? REPLACEMENT : c < 0x80 ? ascii_form(c) : NULL;

        if (form != NULL) {
            cepces_buffer_add(buf, run, (size_t)(text - run));
            cepces_buffer_add_str(buf, form);
            run = text + 1;
        }
        text += len == 0 ? 1 : len;
    }
    cepces_buffer_add(buf, run, (size_t)(text - run));
}

void
cepces_xml_element(cepces_buffer_t *buf, const char *name, const char *text)
{
    cepces_xml_open(buf, name);
    cepces_xml_add_text(buf, text);
    cepces_xml_close(buf, name);
}

void
cepces_xml_element_uint(cepces_buffer_t *buf, const char *name, uint64_t value)
{
    cepces_xml_open(buf, name);
    cepces_buffer_add_uint(buf, value);
    cepces_xml_close(buf, name);
}

void
cepces_xml_element_int(cepces_buffer_t *buf, const char *name, int64_t value)
{
    cepces_xml_open(buf, name);
    cepces_buffer_add_int(buf, value);
    cepces_xml_close(buf, name);
}

void
cepces_xml_element_bool(cepces_buffer_t *buf, const char *name, bool value)
{
    cepces_xml_element(buf, name, value ? "true" : "false");
}

void
cepces_xml_element_base64(cepces_buffer_t *buf, const char *name, cepces_bytes_t value)
{
    cepces_xml_open(buf, name);
    cepces_base64_append(buf, value);
    cepces_xml_close(buf, name);
}

void
cepces_xml_element_or_nil(cepces_buffer_t *buf, const char *name, const char *text)
{
    if (text != NULL) {
        cepces_xml_element(buf, name, text);
    } else {
        cepces_xml_nil(buf, name);
    }
}

void
cepces_xml_element_optional(cepces_buffer_t *buf, const char *name, cepces_optional_t value)
{
    if (value.present) {
        cepces_xml_element_uint(buf, name, value.value);
    } else {
        cepces_xml_nil(buf, name);
    }
}
