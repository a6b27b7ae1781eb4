/* Name patterns of access entries: what a requester may put into a certificate whose subject he
 * supplies (rule V44). A pattern is a kind, a colon and a text; policy.h describes each kind. A
 * pattern that is not well formed covers nothing. */
#include "policy/internal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include <apr_strings.h>

/* The text of a pattern of |kind| ("dns:"), or NULL when it is of another. */
static const char *
text_of(const char *pattern, const char *kind)
{
    size_t len = strlen(kind);

    return strncasecmp(pattern, kind, len) == 0 ? pattern + len : NULL;
}

/* --- Matching --------------------------------------------------------------------------------- */

/* "*" covers every name, "*.example.com" every name below example.com. A requested wildcard
 * *.a.example.com stands for names below example.com only and so is covered by the same comparison
 * of endings. */
static bool
dns_matches(const char *pattern, const char *name)
{
    size_t pattern_len = strlen(pattern), name_len = strlen(name);

    if (strcmp(pattern, "*") == 0) {
        return true;
    }
    if (pattern[0] != '*') {
        return strcasecmp(pattern, name) == 0;
    }
    return pattern[1] == '.' && name_len >= pattern_len &&
           strcasecmp(name + name_len - (pattern_len - 1), pattern + 1) == 0;
}

bool
cepces_patterns_cover_dns(cepces_strings_t patterns, const char *name)
{
    for (size_t i = 0; i < patterns.num; i++) {
        const char *text = text_of(patterns.items[i], "dns:");

        if (text != NULL && dns_matches(text, name)) {
            return true;
        }
    }
    return false;
}

static bool
cover_text(cepces_strings_t patterns, const char *kind, const char *value)
{
    for (size_t i = 0; i < patterns.num; i++) {
        const char *text = text_of(patterns.items[i], kind);

        if (text != NULL && cepces_syntax_glob(text, value, true)) {
            return true;
        }
    }
    return false;
}

bool
cepces_patterns_cover_email(cepces_strings_t patterns, const char *email)
{
    return cover_text(patterns, "email:", email);
}

bool
cepces_patterns_cover_upn(cepces_strings_t patterns, const char *upn)
{
    return cover_text(patterns, "upn:", upn);
}

bool
cepces_patterns_cover_cn(cepces_strings_t patterns, const char *cn)
{
    return cover_text(patterns, "cn:", cn);
}

/* A parsed "address" or "address/bits". */
typedef struct network_t {
    unsigned char octets[16];
    size_t len; /* 4 or 16 */
    unsigned bits;
} network_t;

static bool
parse_bits(unsigned *out, const char *text, unsigned most)
{
    size_t len = strlen(text);

    if (len == 0 || len > 3 || strspn(text, "0123456789") != len) {
        return false;
    }
    *out = (unsigned)strtoul(text, NULL, 10);
    return *out <= most;
}

static bool
host_bits_clear(const network_t *network)
{
    for (unsigned bit = network->bits; bit < network->len * 8; bit++) {
        if ((network->octets[bit / 8] & (0x80u >> (bit % 8))) != 0) {
            return false;
        }
    }
    return true;
}

static bool
parse_network(network_t *out, const char *text)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");

    if (len >= sizeof(address)) {
        return false;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    if (inet_pton(AF_INET, address, out->octets) == 1) {
        out->len = 4;
    } else if (inet_pton(AF_INET6, address, out->octets) == 1) {
        out->len = 16;
    } else {
        return false;
    }
    out->bits = (unsigned)out->len * 8;
    if (text[len] == '/' && !parse_bits(&out->bits, text + len + 1, out->bits)) {
        return false;
    }
    return host_bits_clear(out);
}

static bool
network_holds(const network_t *network, cepces_bytes_t octets)
{
    if (network->len != octets.len) {
        return false;
    }
    for (unsigned bit = 0; bit < network->bits; bit++) {
        if (((network->octets[bit / 8] ^ octets.data[bit / 8]) & (0x80u >> (bit % 8))) != 0) {
            return false;
        }
    }
    return true;
}

bool
cepces_patterns_cover_ip(cepces_strings_t patterns, cepces_bytes_t octets)
{
    for (size_t i = 0; i < patterns.num; i++) {
        const char *text = text_of(patterns.items[i], "ip:");
        network_t network;

        if (text != NULL && (strcmp(text, "*") == 0 ||
                             (parse_network(&network, text) && network_holds(&network, octets)))) {
            return true;
        }
    }
    return false;
}

/* A pattern is split at the same places as a URI, so that a star never reaches across the host:
 * otherwise "https://evil.example/.example.com/" would pass for "https://[star].example.com/". */
static bool
split_uri_pattern(cepces_uri_parts_t *out, const char *text, apr_pool_t *p)
{
    const char *host = strstr(text, "://");
    bool below;

    if (host == NULL) {
        return false;
    }
    host += 3;
    below = strncmp(host, "*.", 2) == 0;
    if (!cepces_syntax_uri(
            out, apr_psprintf(p, "%.*s%s", (int)(host - text), text, below ? host + 2 : host), p)) {
        return false;
    }
    if (below) {
        out->host = apr_pstrcat(p, "*.", out->host, NULL);
    }
    return true;
}

bool
cepces_patterns_cover_uri(cepces_strings_t patterns, const char *uri, apr_pool_t *p)
{
    cepces_uri_parts_t name, pattern;

    if (!cepces_syntax_uri(&name, uri, p)) {
        return false;
    }
    for (size_t i = 0; i < patterns.num; i++) {
        const char *text = text_of(patterns.items[i], "uri:");

        if (text == NULL) {
            continue;
        }
        if (strcmp(text, "*") == 0) {
            return true;
        }
        if (split_uri_pattern(&pattern, text, p) && strcasecmp(pattern.scheme, name.scheme) == 0 &&
            dns_matches(pattern.host, name.host) && strcmp(pattern.port, name.port) == 0 &&
            cepces_syntax_glob(pattern.rest, name.rest, false)) {
            return true;
        }
    }
    return false;
}

/* The value pattern of "rdn:TYPE=VALUE" when TYPE is |attribute|, or NULL. */
static const char *
rdn_text(const char *pattern, const cepces_attribute_t *attribute)
{
    const char *text = text_of(pattern, "rdn:");
    const char *equals = text == NULL ? NULL : strchr(text, '=');
    size_t len;

    if (equals == NULL) {
        return NULL;
    }
    len = (size_t)(equals - text);
    if ((len == strlen(attribute->name) && strncasecmp(text, attribute->name, len) == 0) ||
        (len == strlen(attribute->oid) && strncmp(text, attribute->oid, len) == 0)) {
        return equals + 1;
    }
    return NULL;
}

bool
cepces_patterns_cover_rdn(cepces_strings_t patterns, const cepces_attribute_t *attribute,
                          const char *value)
{
    for (size_t i = 0; i < patterns.num; i++) {
        const char *text = rdn_text(patterns.items[i], attribute);

        if (text != NULL && cepces_syntax_glob(text, value, true)) {
            return true;
        }
    }
    return false;
}

bool
cepces_patterns_bind_rdn(cepces_strings_t patterns, const cepces_attribute_t *attribute)
{
    for (size_t i = 0; i < patterns.num; i++) {
        if (rdn_text(patterns.items[i], attribute) != NULL) {
            return true;
        }
    }
    return false;
}

/* --- Well-formedness -------------------------------------------------------------------------- */

#define MAX_PATTERN_LEN 512

static bool
dns_pattern_valid(const char *text)
{
    return strcmp(text, "*") == 0 || cepces_syntax_dns(text) ||
           (strncmp(text, "*.", 2) == 0 && cepces_syntax_dns(text + 2));
}

/* A star or exactly one "@": names are matched only after the same has been found of them. */
static bool
mailbox_pattern_valid(const char *text)
{
    const char *at = strchr(text, '@');

    return strcmp(text, "*") == 0 ||
           (at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL);
}

static bool
text_pattern_valid(const char *text)
{
    return text[0] != '\0';
}

static bool
ip_pattern_valid(const char *text)
{
    network_t network;

    return strcmp(text, "*") == 0 || parse_network(&network, text);
}

static bool
uri_pattern_valid(const char *text)
{
    cepces_uri_parts_t parts;
    apr_pool_t *p;
    bool valid;

    if (strcmp(text, "*") == 0) {
        return true;
    }
    if (apr_pool_create(&p, NULL) != APR_SUCCESS) {
        return false;
    }
    valid = split_uri_pattern(&parts, text, p);
    apr_pool_destroy(p);
    return valid;
}

/* CN and emailAddress have kinds of their own; an rdn: pattern for them would never be asked. */
static bool
rdn_pattern_valid(const char *text)
{
    char type[64];
    size_t len = strcspn(text, "=");
    const cepces_attribute_t *attribute;

    if (text[len] == '\0' || text[len + 1] == '\0' || len >= sizeof(type)) {
        return false;
    }
    memcpy(type, text, len);
    type[len] = '\0';
    attribute = cepces_attribute_by_name(type);
    return attribute != NULL &&
           (attribute->rule == CEPCES_ATTRIBUTE_BOUND || attribute->rule == CEPCES_ATTRIBUTE_FREE);
}

static const struct {
    const char *kind;
    bool (*valid)(const char *text);
    const char *accepted;
} kinds[] = {
    {"dns:", dns_pattern_valid, "dns:host.example.com, dns:*.example.com or dns:*"},
    {"cn:", text_pattern_valid, "cn:text, in which * stands for any characters"},
    {"upn:", mailbox_pattern_valid, "upn:name@example.com, upn:*@example.com or upn:*"},
    {"email:", mailbox_pattern_valid, "email:name@example.com, email:*@example.com or email:*"},
    {"ip:", ip_pattern_valid,
     "ip:10.0.0.0/8, ip:2001:db8::/32 without bits behind the prefix, or ip:*"},
    {"uri:", uri_pattern_valid, "uri:https://host/path*, uri:https://*.example.com/* or uri:*"},
    {"rdn:", rdn_pattern_valid,
     "rdn:TYPE=text with a subject attribute other than CN and emailAddress"},
};

cepces_status_t
cepces_pattern_check(const char *pattern, cepces_error_t *err)
{
    if (strlen(pattern) > MAX_PATTERN_LEN || !cepces_syntax_text(pattern, MAX_PATTERN_LEN)) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "a name pattern is UTF-8 text of 1 to %d bytes", MAX_PATTERN_LEN);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *text = text_of(pattern, kinds[i].kind);

        if (text == NULL) {
            continue;
        }
        if (kinds[i].valid(text)) {
            return CEPCES_OK;
        }
        return cepces_error_set(err, CEPCES_E_INVALID, "name pattern \"%s\": accepted is %s",
                                pattern, kinds[i].accepted);
    }
    return cepces_error_set(err, CEPCES_E_INVALID,
                            "name pattern \"%s\" does not begin with dns:, cn:, upn:, email:, ip:, "
                            "uri: or rdn:",
                            pattern);
}
