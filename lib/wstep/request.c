/* RequestSecurityToken: [MS-WSTEP] 3.1.4.1.3.3 and 3.1.4.2 (rule V10). WS-Trust's content model is
 * a wildcard: order and unknown elements are the client's; a known element stands once. */
#include "wstep/wstep.h"

#include <string.h>
#include <strings.h>

#include "wstep/token.h"

/* Which RequestType may come with which action, and what it asks for. */
static const struct {
    const char *request_type;
    const char *action;
    cepces_wstep_operation_t operation;
} operations[] = {
    {CEPCES_NS_WST "/Issue", CEPCES_NS_WSTEP "/RST/wstep", CEPCES_WSTEP_ISSUE},
    {CEPCES_NS_WSTEP "/QueryTokenStatus", CEPCES_NS_WSTEP "/RST/wstep",
     CEPCES_WSTEP_QUERY_TOKEN_STATUS},
    {CEPCES_NS_WST "/KET", CEPCES_NS_WST "/RST/KET", CEPCES_WSTEP_KET},
};

static cepces_status_t
invalid(cepces_error_t *err, const char *what)
{
    return cepces_error_rule(err, CEPCES_E_INVALID_ARGUMENT, "V10", "RequestSecurityToken: %s",
                             what);
}

/* Finds the child |ns|:|name|; one that is nil counts as missing. */
static cepces_status_t
find(const xmlNode **out, const xmlNode *parent, const char *ns, const char *name,
     cepces_error_t *err)
{
    cepces_status_t st = cepces_xml_child(out, parent, ns, name, CEPCES_E_INVALID_ARGUMENT, err);

    if (st == CEPCES_OK && *out != NULL && cepces_xml_is_nil(*out)) {
        *out = NULL;
    }
    return st;
}

static cepces_status_t
read_operation(cepces_wstep_request_t *out, const xmlNode *body, const char *action, apr_pool_t *p,
               cepces_error_t *err)
{
    const xmlNode *node;
    const char *type;
    cepces_status_t st = find(&node, body, CEPCES_NS_WST, "RequestType", err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (node == NULL) {
        return invalid(err, "RequestType is missing");
    }
    type = cepces_xml_trimmed(node, p);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(type, operations[i].request_type) == 0 &&
            strcmp(action, operations[i].action) == 0) {
            out->operation = operations[i].operation;
            return CEPCES_OK;
        }
    }
    return invalid(err, "RequestType is unknown or does not fit the action");
}

static cepces_status_t
check_token_type(const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *node;
    cepces_status_t st = find(&node, body, CEPCES_NS_WST, "TokenType", err);

    if (st == CEPCES_OK && node != NULL &&
        strcmp(cepces_xml_trimmed(node, p), CEPCES_WSTEP_TOKEN_TYPE_X509V3) != 0) {
        st = invalid(err, "TokenType is not X509v3");
    }
    return st;
}

/* Clients write the attribute without a namespace, the specification misspells it in its own. */
static const char *
language_of(const xmlNode *body, apr_pool_t *p)
{
    const char *language = cepces_xml_attribute(body, NULL, "PreferredLanguage", p);

    if (language == NULL) {
        language = cepces_xml_attribute(body, CEPCES_NS_WSTEP, "PrefferedLanguage", p);
    }
    return language != NULL && *language != '\0' ? language : NULL;
}

static cepces_status_t
read_item(cepces_wstep_item_t *out, const xmlNode *node, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *value;
    cepces_status_t st = find(&value, node, CEPCES_NS_AUTHORIZATION, "Value", err);

    if (st != CEPCES_OK) {
        return st;
    }
    out->name = cepces_xml_attribute(node, NULL, "Name", p);
    out->value = value != NULL ? cepces_xml_trimmed(value, p) : "";
    if (out->name == NULL || *out->name == '\0') {
        return invalid(err, "a ContextItem has no name");
    }
    return CEPCES_OK;
}

static cepces_status_t
read_items(cepces_wstep_request_t *out, const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *context;
    cepces_wstep_item_t *items;
    cepces_status_t st = find(&context, body, CEPCES_NS_AUTHORIZATION, "AdditionalContext", err);

    if (st != CEPCES_OK || context == NULL) {
        return st;
    }
    items = (cepces_wstep_item_t *)apr_palloc(p, CEPCES_WSTEP_MAX_CONTEXT_ITEMS * sizeof(*items));
    out->items = items;
    for (const xmlNode *n = cepces_xml_first(context); n != NULL; n = cepces_xml_next(n)) {
        cepces_wstep_item_t item;

        if (!cepces_xml_is(n, CEPCES_NS_AUTHORIZATION, "ContextItem")) {
            continue;
        }
        if (out->num_items == CEPCES_WSTEP_MAX_CONTEXT_ITEMS) {
            return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V10",
                                     "AdditionalContext: more than %d items",
                                     CEPCES_WSTEP_MAX_CONTEXT_ITEMS);
        }
        st = read_item(&item, n, p, err);
        if (st != CEPCES_OK) {
            return st;
        }
        if (cepces_wstep_item(out, item.name) != NULL) {
            return invalid(err, "two ContextItems have one name");
        }
        items[out->num_items++] = item;
    }
    return CEPCES_OK;
}

static cepces_status_t
read_request_id(cepces_wstep_request_t *out, const xmlNode *body, apr_pool_t *p,
                cepces_error_t *err)
{
    const xmlNode *node;
    cepces_status_t st = find(&node, body, CEPCES_NS_WSTEP, "RequestID", err);

    if (st == CEPCES_OK && node != NULL) {
        const char *text = cepces_xml_trimmed(node, p);

        out->request_id = *text != '\0' ? text : NULL;
    }
    return st;
}

/* The element that the operation is about. A token is read for Issue only; polls carry an empty one
 * or none. */
static cepces_status_t
read_subject(cepces_wstep_request_t *out, const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *token, *ket;
    cepces_status_t st = find(&token, body, CEPCES_NS_WSSE, "BinarySecurityToken", err);

    if (st == CEPCES_OK) {
        st = find(&ket, body, CEPCES_NS_WST, "RequestKET", err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    switch (out->operation) {
    case CEPCES_WSTEP_ISSUE:
        st = cepces_wstep_read_token(&out->token, token, p, err);
        if (st == CEPCES_OK && out->token.len == 0) {
            st = invalid(err, "BinarySecurityToken is missing or empty");
        }
        return st;
    case CEPCES_WSTEP_QUERY_TOKEN_STATUS:
        return out->request_id != NULL ? CEPCES_OK
                                       : invalid(err, "RequestID is missing, nil or empty");
    case CEPCES_WSTEP_KET:
        return ket != NULL ? CEPCES_OK : invalid(err, "RequestKET is missing");
    }
    return invalid(err, "no operation");
}

cepces_status_t
cepces_wstep_decode_request(cepces_wstep_request_t *out, const xmlNode *body, const char *action,
                            apr_pool_t *p, cepces_error_t *err)
{
    cepces_wstep_request_t request;
    cepces_status_t st;

    memset(&request, 0, sizeof(request));
    *out = request;
    if (!cepces_xml_is(body, CEPCES_NS_WST, "RequestSecurityToken")) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_BODY, "V10",
                                 "the body is not RequestSecurityToken");
    }
    st = read_operation(&request, body, action, p, err);
    if (st == CEPCES_OK) {
        st = check_token_type(body, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_request_id(&request, body, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_items(&request, body, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_subject(&request, body, p, err);
    }
    if (st == CEPCES_OK) {
        request.preferred_language = language_of(body, p);
        *out = request;
    }
    return st;
}

const char *
cepces_wstep_item(const cepces_wstep_request_t *request, const char *name)
{
    for (size_t i = 0; i < request->num_items; i++) {
        if (strcasecmp(request->items[i].name, name) == 0) {
            return request->items[i].value;
        }
    }
    return NULL;
}
