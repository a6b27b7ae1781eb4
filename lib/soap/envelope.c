/* The envelope: SOAP 1.2 with at most one Header and exactly one Body that has exactly one child
 * (rule V7). */
#include "soap/private.h"

#include <string.h>

static cepces_status_t
check_root(const xmlNode *root, cepces_error_t *err)
{
    if (root == NULL || strcmp((const char *)root->name, "Envelope") != 0 || root->ns == NULL) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_MESSAGE, "V7",
                                 "the root element is not an envelope");
    }
    if (!cepces_xml_is(root, CEPCES_NS_SOAP, "Envelope")) {
        return cepces_error_rule(err, CEPCES_E_VERSION_MISMATCH, "V7",
                                 "an envelope of the namespace %s", (const char *)root->ns->href);
    }
    return CEPCES_OK;
}

/* encodingStyle would change what the body's elements mean; SOAP 1.2 allows it on neither envelope
 * nor body. */
static cepces_status_t
refuse_encoding_style(const xmlNode *node, cepces_error_t *err)
{
    if (xmlHasNsProp(node, (const xmlChar *)"encodingStyle", (const xmlChar *)CEPCES_NS_SOAP) !=
        NULL) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_BODY, "V7", "encodingStyle on %s",
                                 (const char *)node->name);
    }
    return CEPCES_OK;
}

static cepces_status_t
find_parts(const xmlNode **header, const xmlNode **body, const xmlNode *root, cepces_error_t *err)
{
    cepces_status_t st =
        cepces_xml_child(header, root, CEPCES_NS_SOAP, "Header", CEPCES_E_MALFORMED_MESSAGE, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (const xmlNode *n = cepces_xml_first(root); n != NULL; n = cepces_xml_next(n)) {
        if (!cepces_xml_is(n, CEPCES_NS_SOAP, "Header") &&
            !cepces_xml_is(n, CEPCES_NS_SOAP, "Body")) {
            return cepces_error_rule(err, CEPCES_E_MALFORMED_MESSAGE, "V7",
                                     "the envelope has a child %s", (const char *)n->name);
        }
    }
    return cepces_xml_child(body, root, CEPCES_NS_SOAP, "Body", CEPCES_E_MALFORMED_MESSAGE, err);
}

static cepces_status_t
read_body(const xmlNode **out, const xmlNode *root, const xmlNode *body, cepces_error_t *err)
{
    const xmlNode *child;
    cepces_status_t st;

    if (body == NULL) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_MESSAGE, "V7", "the envelope has no body");
    }
    child = cepces_xml_first(body);
    if (child == NULL || cepces_xml_next(child) != NULL) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_BODY, "V7",
                                 "the body has not exactly one child");
    }
    st = refuse_encoding_style(root, err);
    if (st == CEPCES_OK) {
        st = refuse_encoding_style(body, err);
    }
    if (st == CEPCES_OK) {
        st = refuse_encoding_style(child, err);
    }
    if (st == CEPCES_OK) {
        *out = child;
    }
    return st;
}

cepces_status_t
cepces_soap_decode(cepces_soap_envelope_t *out, cepces_bytes_t bytes, apr_pool_t *p,
                   cepces_error_t *err)
{
    const xmlNode *header, *body, *root;
    xmlDoc *doc;
    cepces_status_t st;

    memset(out, 0, sizeof(*out));
    st = cepces_xml_parse(&doc, bytes, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    root = xmlDocGetRootElement(doc);
    st = check_root(root, err);
    if (st == CEPCES_OK) {
        st = find_parts(&header, &body, root, err);
    }
    /* The header comes first, so that a fault about the body can say what it relates to. */
    if (st == CEPCES_OK) {
        st = cepces_soap_read_header(out, header, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_body(&out->body, root, body, err);
    }
    return st;
}
