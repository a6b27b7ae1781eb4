/* The syntax of the names that go into certificates, and of the patterns' wildcard. Everything here
 * is a predicate over text from outside; nothing allocates more than copies of its input. */
#include "policy/internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/encode.h"

static bool
is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
label_valid(const char *label, size_t len)
{
    if (len == 0 || len > CEPCES_POLICY_MAX_LABEL_LEN || label[0] == '-' || label[len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_letter_or_digit(label[i]) && label[i] != '-') {
            return false;
        }
    }
    return true;
}

bool
cepces_syntax_dns(const char *name)
{
    const char *label = name;

    if (strlen(name) > CEPCES_POLICY_MAX_DNS_LEN) {
        return false;
    }
    for (;;) {
        size_t len = strcspn(label, ".");

        if (!label_valid(label, len)) {
            return false;
        }
        if (label[len] == '\0') {
            return strspn(label, "0123456789") != len;
        }
        label += len + 1;
    }
}

bool
cepces_syntax_dns_wildcard(const char *name)
{
    return name[0] == '*' && name[1] == '.' && strlen(name) <= CEPCES_POLICY_MAX_DNS_LEN &&
           strchr(name + 2, '.') != NULL && cepces_syntax_dns(name + 2);
}

/* The part behind the only "@" of |text|, or NULL. */
static const char *
domain_of(const char *text)
{
    const char *at = strchr(text, '@');

    return at == NULL || at == text || strchr(at + 1, '@') != NULL ? NULL : at + 1;
}

bool
cepces_syntax_email(const char *text)
{
    const char *domain = domain_of(text);

    if (domain == NULL || strlen(text) > CEPCES_POLICY_MAX_MAILBOX_LEN || domain - text > 65) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7f || strchr("<>()[],;:\\\"", *c) != NULL) {
            return false;
        }
    }
    return cepces_syntax_dns(domain);
}

bool
cepces_syntax_upn(const char *text)
{
    const char *domain = domain_of(text);

    return domain != NULL && strlen(text) <= CEPCES_POLICY_MAX_UPN_LEN &&
           cepces_syntax_text(text, CEPCES_POLICY_MAX_UPN_LEN) && strchr(text, ' ') == NULL &&
           cepces_syntax_dns(domain);
}

/* A host is a DNS name or an IPv4 address; |port| is what follows the colon. */
static bool
authority_split(cepces_uri_parts_t *out, const char *authority, apr_pool_t *p)
{
    const char *colon = strchr(authority, ':');
    struct in_addr address;

    out->port = colon == NULL ? "" : apr_pstrdup(p, colon + 1);
    out->host =
        colon == NULL ? authority : apr_pstrmemdup(p, authority, (apr_size_t)(colon - authority));
    if (colon != NULL && (strspn(out->port, "0123456789") != strlen(out->port) ||
                          strlen(out->port) == 0 || strlen(out->port) > 5)) {
        return false;
    }
    return cepces_syntax_dns(out->host) || inet_pton(AF_INET, out->host, &address) == 1;
}

static bool
has_dot_segment(const char *path)
{
    for (const char *s = strchr(path, '/'); s != NULL; s = strchr(s + 1, '/')) {
        size_t len = strcspn(s + 1, "/?#");

        if ((len == 1 && s[1] == '.') || (len == 2 && s[1] == '.' && s[2] == '.')) {
            return true;
        }
    }
    return false;
}

bool
cepces_syntax_uri(cepces_uri_parts_t *out, const char *text, apr_pool_t *p)
{
    static const char *const schemes[] = {"http", "https", "ldap", "ldaps", "spiffe"};
    const char *colon = strstr(text, "://");
    const char *authority;
    size_t len;
    bool known = false;

    if (colon == NULL || strlen(text) > CEPCES_POLICY_MAX_URI_LEN) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7f || strchr("<>\"\\^`{|}", *c) != NULL) {
            return false;
        }
    }
    out->scheme = apr_pstrmemdup(p, text, (apr_size_t)(colon - text));
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        known = known || strcasecmp(out->scheme, schemes[i]) == 0;
    }
    authority = colon + 3;
    len = strcspn(authority, "/?#");
    out->rest = apr_pstrdup(p, authority + len);
    return known && authority_split(out, apr_pstrmemdup(p, authority, len), p) &&
           !has_dot_segment(out->rest);
}

/* The octets that base 128 needs for |arc|. */
static size_t
arc_octets(uint64_t arc)
{
    size_t n = 1;

    for (; arc >= 128; arc >>= 7) {
        n++;
    }
    return n;
}

/* Reads one arc below 2^31 without leading zeros; |*text| moves behind it. */
static bool
read_arc(uint64_t *out, const char **text)
{
    size_t len = strspn(*text, "0123456789");

    *out = 0;
    if (len == 0 || len > 10 || (len > 1 && **text == '0')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        *out = *out * 10 + (uint64_t)((*text)[i] - '0');
    }
    *text += len;
    return *out < (UINT64_C(1) << 31);
}

bool
cepces_syntax_oid(const char *text)
{
    uint64_t first, arc;
    size_t octets;

    if (!read_arc(&first, &text) || first > 2 || *text++ != '.' || !read_arc(&arc, &text) ||
        (first < 2 && arc > 39)) {
        return false;
    }
    octets = arc_octets(first * 40 + arc);
    while (*text != '\0') {
        if (*text++ != '.' || !read_arc(&arc, &text)) {
            return false;
        }
        octets += arc_octets(arc);
    }
    return octets <= CEPCES_POLICY_MAX_OID_LEN;
}

bool
cepces_syntax_sid(const char *text)
{
    size_t len = strlen(text);

    return strncmp(text, "S-1-", 4) == 0 && len > 4 && len <= 184 &&
           strspn(text + 4, "0123456789-") == len - 4 && text[4] != '-' && text[len - 1] != '-' &&
           strstr(text, "--") == NULL;
}

bool
cepces_syntax_text(const char *text, size_t max_chars)
{
    size_t chars = 0;

    if (!cepces_utf8_valid(cepces_bytes_str(text))) {
        return false;
    }
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c < ' ' || *c == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)) {
            return false;
        }
        chars += (*c & 0xc0) != 0x80;
    }
    return chars >= 1 && chars <= max_chars;
}

static bool
same_char(char a, char b, bool ignore_case)
{
    return a == b || (ignore_case && tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Going back only to the last star keeps this at |pattern| times |text| steps, whatever the
 * requester sends. */
bool
cepces_syntax_glob(const char *pattern, const char *text, bool ignore_case)
{
    const char *star = NULL, *resume = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (same_char(*pattern, *text, ignore_case)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}
