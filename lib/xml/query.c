/* Reading a parsed document: elements and attributes by namespace and local name, text without
 * surprises (rule L5). */
#include "xml/xml.h"

#include <string.h>

#include <apr_strings.h>

static const char *
text_of(const xmlChar *s)
{
    return (const char *)s;
}

bool
cepces_xml_is(const xmlNode *node, const char *ns, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp(text_of(node->ns->href), ns) == 0 && strcmp(text_of(node->name), name) == 0;
}

static const xmlNode *
element_from(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

const xmlNode *
cepces_xml_first(const xmlNode *parent)
{
    return element_from(parent->children);
}

const xmlNode *
cepces_xml_next(const xmlNode *node)
{
    return element_from(node->next);
}

cepces_status_t
cepces_xml_child(const xmlNode **out, const xmlNode *parent, const char *ns, const char *name,
                 cepces_status_t duplicate, cepces_error_t *err)
{
    const xmlNode *found = NULL;

    *out = NULL;
    for (const xmlNode *n = cepces_xml_first(parent); n != NULL; n = cepces_xml_next(n)) {
        if (!cepces_xml_is(n, ns, name)) {
            continue;
        }
        if (found != NULL) {
            return cepces_error_rule(err, duplicate, "V10", "the element %s occurs twice", name);
        }
        found = n;
    }
    *out = found;
    return CEPCES_OK;
}

/* Takes a string of libxml2's over into |p|. */
static const char *
adopt_text(xmlChar *s, apr_pool_t *p)
{
    const char *copy = s != NULL ? apr_pstrdup(p, text_of(s)) : NULL;

    xmlFree(s);
    return copy;
}

const char *
cepces_xml_text(const xmlNode *node, apr_pool_t *p)
{
    const char *text = adopt_text(xmlNodeGetContent(node), p);

    return text != NULL ? text : "";
}

const char *
cepces_xml_trimmed(const xmlNode *node, apr_pool_t *p)
{
    static const char space[] = " \t\r\n";
    const char *text = cepces_xml_text(node, p);
    size_t len;

    text += strspn(text, space);
    len = strlen(text);
    while (len > 0 && strchr(space, text[len - 1]) != NULL) {
        len--;
    }
    return apr_pstrmemdup(p, text, len);
}

const char *
cepces_xml_attribute(const xmlNode *node, const char *ns, const char *name, apr_pool_t *p)
{
    const xmlChar *n = (const xmlChar *)name;

    return adopt_text(
        ns != NULL ? xmlGetNsProp(node, n, (const xmlChar *)ns) : xmlGetNoNsProp(node, n), p);
}

bool
cepces_xml_is_nil(const xmlNode *node)
{
    xmlChar *value = xmlGetNsProp(node, (const xmlChar *)"nil", (const xmlChar *)CEPCES_NS_XSI);
    bool nil =
        value != NULL && (strcmp(text_of(value), "true") == 0 || strcmp(text_of(value), "1") == 0);

    xmlFree(value);
    return nil;
}
