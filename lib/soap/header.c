/* Header blocks: WS-Addressing 1.0, what must be understood, and who a block is meant for (rule
 * V8). */
#include "soap/private.h"

#include <string.h>

#include <apr_strings.h>

#include "base/bytes.h"

#define ROLE CEPCES_NS_SOAP "/role/"
#define ANONYMOUS CEPCES_NS_ADDRESSING "/anonymous"

/* A namespace longer than this is left out of the list of a MustUnderstand fault. */
#define MAX_LISTED_NAMESPACE_LEN 512

typedef enum {
    BLOCK_ACTION,
    BLOCK_MESSAGE_ID,
    BLOCK_TO,
    BLOCK_REPLY_TO,
    BLOCK_FAULT_TO,
    BLOCK_SECURITY,
    BLOCK_IGNORED, /* understood, and nothing follows from it */
    BLOCK_UNKNOWN
} block_t;

static const struct {
    const char *ns;
    const char *name;
    block_t block;
} known[] = {
    {CEPCES_NS_ADDRESSING, "Action", BLOCK_ACTION},
    {CEPCES_NS_ADDRESSING, "MessageID", BLOCK_MESSAGE_ID},
    {CEPCES_NS_ADDRESSING, "To", BLOCK_TO},
    {CEPCES_NS_ADDRESSING, "ReplyTo", BLOCK_REPLY_TO},
    {CEPCES_NS_ADDRESSING, "FaultTo", BLOCK_FAULT_TO},
    {CEPCES_NS_ADDRESSING, "From", BLOCK_IGNORED},
    {CEPCES_NS_ADDRESSING, "RelatesTo", BLOCK_IGNORED},
    {CEPCES_NS_WSSE, "Security", BLOCK_SECURITY},
};

/* The blocks that are for us, by kind. */
typedef struct {
    const xmlNode *blocks[BLOCK_IGNORED];
    bool twice[BLOCK_IGNORED];
    cepces_strings_t not_understood;
    size_t num;
} header_t;

static block_t
kind_of(const xmlNode *node)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (cepces_xml_is(node, known[i].ns, known[i].name)) {
            return known[i].block;
        }
    }
    return BLOCK_UNKNOWN;
}

/* Whether the final receiver has to act on a block: SOAP 1.2 part 1, sections 2.2 and 5.2.2. */
static bool
is_for_us(const xmlNode *block, apr_pool_t *p)
{
    const char *role = cepces_xml_attribute(block, CEPCES_NS_SOAP, "role", p);

    return role == NULL || *role == '\0' || strcmp(role, ROLE "ultimateReceiver") == 0 ||
           strcmp(role, ROLE "next") == 0;
}

static bool
must_understand(const xmlNode *block, apr_pool_t *p)
{
    const char *value = cepces_xml_attribute(block, CEPCES_NS_SOAP, "mustUnderstand", p);

    return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* Whether a MustUnderstand fault can name the namespace: no prefix of ours may stand for that of
 * "xml", and libxml2 keeps an ampersand in a namespace name as a reference. */
static bool
can_be_listed(const char *ns)
{
    return strlen(ns) <= MAX_LISTED_NAMESPACE_LEN && strchr(ns, '&') == NULL &&
           strcmp(ns, (const char *)XML_XML_NAMESPACE) != 0;
}

static void
note_unknown(header_t *h, const xmlNode *block, apr_pool_t *p)
{
    const char *ns = block->ns != NULL ? (const char *)block->ns->href : "";

    h->num++;
    if (can_be_listed(ns)) {
        h->not_understood = cepces_strings_add(
            h->not_understood, apr_pstrcat(p, "{", ns, "}", (const char *)block->name, NULL), p);
    }
}

/* Sorts the blocks; |h->num| counts what had to be understood and is not. */
static cepces_status_t
sort_blocks(header_t *h, const xmlNode *header, apr_pool_t *p, cepces_error_t *err)
{
    unsigned num = 0;

    for (const xmlNode *n = cepces_xml_first(header); n != NULL; n = cepces_xml_next(n)) {
        block_t kind = kind_of(n);

        if (++num > CEPCES_SOAP_MAX_HEADERS) {
            return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V8",
                                     "more than %d header blocks", CEPCES_SOAP_MAX_HEADERS);
        }
        if (!is_for_us(n, p)) {
            continue;
        }
        if (kind < BLOCK_IGNORED) {
            h->twice[kind] = h->twice[kind] || h->blocks[kind] != NULL;
            h->blocks[kind] = n;
        } else if (kind == BLOCK_UNKNOWN && must_understand(n, p)) {
            note_unknown(h, n, p);
        }
    }
    return CEPCES_OK;
}

/* The trimmed text of an addressing header; NULL when it is absent. */
static cepces_status_t
read_text(const char **out, const header_t *h, block_t kind, size_t max_len, apr_pool_t *p,
          cepces_error_t *err)
{
    const xmlNode *block = h->blocks[kind];
    const char *text;

    if (block == NULL) {
        return CEPCES_OK;
    }
    if (h->twice[kind]) {
        return cepces_error_rule(err, CEPCES_E_HEADER_INVALID, "V8", "the header %s occurs twice",
                                 (const char *)block->name);
    }
    text = cepces_xml_trimmed(block, p);
    if (*text == '\0') {
        return cepces_error_rule(err, CEPCES_E_HEADER_INVALID, "V8", "the header %s is empty",
                                 (const char *)block->name);
    }
    if (strlen(text) > max_len) {
        return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V8",
                                 "the header %s has %zu bytes, at most %zu are accepted",
                                 (const char *)block->name, strlen(text), max_len);
    }
    *out = text;
    return CEPCES_OK;
}

/* A reply or fault can only go back on the connection that the request came on. */
static cepces_status_t
require_anonymous(const header_t *h, block_t kind, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *block = h->blocks[kind], *address;
    cepces_status_t st;

    if (block == NULL) {
        return CEPCES_OK;
    }
    if (h->twice[kind]) {
        return cepces_error_rule(err, CEPCES_E_HEADER_INVALID, "V8", "the header %s occurs twice",
                                 (const char *)block->name);
    }
    st = cepces_xml_child(&address, block, CEPCES_NS_ADDRESSING, "Address", CEPCES_E_HEADER_INVALID,
                          err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (address == NULL) {
        return cepces_error_rule(err, CEPCES_E_HEADER_INVALID, "V8", "the header %s has no address",
                                 (const char *)block->name);
    }
    if (strcmp(cepces_xml_trimmed(address, p), ANONYMOUS) != 0) {
        return cepces_error_rule(err, CEPCES_E_REPLY_ADDRESS, "V8",
                                 "the header %s is not anonymous", (const char *)block->name);
    }
    return CEPCES_OK;
}

static cepces_status_t
read_addressing(cepces_soap_envelope_t *out, const header_t *h, apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st = read_text(&out->action, h, BLOCK_ACTION, CEPCES_SOAP_MAX_TO_LEN, p, err);

    if (st == CEPCES_OK && out->action == NULL) {
        st = cepces_error_rule(err, CEPCES_E_HEADER_REQUIRED, "V8", "the header Action is missing");
    }
    if (st == CEPCES_OK) {
        st = read_text(&out->to, h, BLOCK_TO, CEPCES_SOAP_MAX_TO_LEN, p, err);
    }
    if (st == CEPCES_OK) {
        st = require_anonymous(h, BLOCK_REPLY_TO, p, err);
    }
    if (st == CEPCES_OK) {
        st = require_anonymous(h, BLOCK_FAULT_TO, p, err);
    }
    return st;
}

static cepces_status_t
read_token(cepces_soap_envelope_t *out, const header_t *h, apr_pool_t *p, cepces_error_t *err)
{
    if (h->blocks[BLOCK_SECURITY] == NULL) {
        return CEPCES_OK;
    }
    if (h->twice[BLOCK_SECURITY]) {
        return cepces_error_rule(err, CEPCES_E_INVALID_SECURITY, "V8",
                                 "the header Security occurs twice");
    }
    /* The document is ours; the token's text is wiped from it once it has been copied. */
    return cepces_soap_read_security(out, (xmlNode *)h->blocks[BLOCK_SECURITY], p, err);
}

cepces_status_t
cepces_soap_read_header(cepces_soap_envelope_t *out, const xmlNode *header, apr_pool_t *p,
                        cepces_error_t *err)
{
    header_t h;
    cepces_status_t st = CEPCES_OK;

    memset(&h, 0, sizeof(h));
    if (header != NULL) {
        st = sort_blocks(&h, header, p, err);
    }
    /* MessageID comes first: every fault from here on relates to it. */
    if (st == CEPCES_OK) {
        st = read_text(&out->message_id, &h, BLOCK_MESSAGE_ID, CEPCES_SOAP_MAX_MESSAGE_ID_LEN, p,
                       err);
    }
    if (st == CEPCES_OK && h.num > 0) {
        out->not_understood = h.not_understood;
        st = cepces_error_rule(err, CEPCES_E_NOT_UNDERSTOOD, "V8",
                               "%zu headers must be understood and are not: %s", h.num,
                               cepces_strings_join(h.not_understood, ", ", p));
    }
    if (st == CEPCES_OK) {
        st = read_addressing(out, &h, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_token(out, &h, p, err);
    }
    return st;
}
