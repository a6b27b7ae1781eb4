/* The one reader of XML (rules L1 to L4): no document types, no entities, no network, nothing on
 * stderr, and a document only when nothing at all was wrong. */
#include "xml/xml.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>
#include <libxml/parser.h>

#include "base/pool.h"

/* What the callbacks of one parse leave behind; reached through ctxt->_private. */
typedef struct {
    bool stopped;      /* a document type or an entity declaration came up */
    int line;          /* of the first error */
    char message[160]; /* libxml2's words for it */
} verdict_t;

/* The second line behind the pre-scan: xmlStopParser alone leaves a document that claims to be
 * well-formed (L2, L3). */
static void
stop(void *data)
{
    xmlParserCtxt *ctxt = (xmlParserCtxt *)data;

    ((verdict_t *)ctxt->_private)->stopped = true;
    xmlStopParser(ctxt);
}

static void
on_internal_subset(void *data, const xmlChar *name, const xmlChar *external_id,
                   const xmlChar *system_id)
{
    stop(data);
}

static void
on_entity(void *data, const xmlChar *name, int type, const xmlChar *public_id,
          const xmlChar *system_id, xmlChar *content)
{
    stop(data);
}

#if LIBXML_VERSION >= 21200
#define ERROR_CONST const
#else
#define ERROR_CONST
#endif

/* Keeps the first error; without a handler libxml2 writes some of them to stderr (L4). */
static void
on_error(void *data, ERROR_CONST xmlError *error)
{
    verdict_t *verdict = (verdict_t *)((xmlParserCtxt *)data)->_private;

    if (verdict->message[0] == '\0' && error != NULL && error->message != NULL) {
        apr_cpystrn(verdict->message, error->message, sizeof(verdict->message));
        verdict->message[strcspn(verdict->message, "\n")] = '\0';
        verdict->line = error->line;
    }
}

static void
release_document(void *doc)
{
    xmlFreeDoc((xmlDoc *)doc);
}

/* CDATA becomes plain text, and comments have no handler: neither makes nodes that no ceiling
 * counts. */
static int
parser_options(void)
{
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT |
                  XML_PARSE_NOCDATA;

#if LIBXML_VERSION >= 21300
    options |= XML_PARSE_NO_XXE;
#endif
    return options;
}

static cepces_status_t
judge(const xmlParserCtxt *ctxt, const xmlDoc *doc, const verdict_t *verdict, cepces_error_t *err)
{
    if (verdict->stopped) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_MESSAGE, "L3", "XML: a document type");
    }
    if (doc == NULL || !ctxt->wellFormed || !ctxt->nsWellFormed || ctxt->errNo != XML_ERR_OK) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_MESSAGE, "L2", "XML: line %d: %s (%d)",
                                 verdict->line, verdict->message, ctxt->errNo);
    }
    return CEPCES_OK;
}

static cepces_status_t
parse(xmlDoc **out, cepces_bytes_t bytes, unsigned max_elements, apr_pool_t *p, cepces_error_t *err)
{
    verdict_t verdict = {false, 0, ""};
    xmlParserCtxt *ctxt;
    xmlDoc *doc = NULL;
    cepces_status_t st;

    *out = NULL;
    st = cepces_xml_prescan(bytes, max_elements, err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (bytes.len > INT_MAX) {
        return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "L32", "XML: %zu bytes", bytes.len);
    }
    ctxt = xmlNewParserCtxt();
    if (ctxt == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no memory for an XML parser");
    }
    ctxt->_private = &verdict;
    ctxt->sax->internalSubset = on_internal_subset;
    ctxt->sax->entityDecl = on_entity;
    ctxt->sax->serror = on_error;
    ctxt->sax->comment = NULL;
    doc = xmlCtxtReadMemory(ctxt, (const char *)bytes.data, (int)bytes.len, NULL, "UTF-8",
                            parser_options());
    st = judge(ctxt, doc, &verdict, err);
    xmlFreeParserCtxt(ctxt);
    if (st != CEPCES_OK) {
        xmlFreeDoc(doc);
        return st;
    }
    cepces_pool_adopt(p, doc, release_document);
    *out = doc;
    return CEPCES_OK;
}

cepces_status_t
cepces_xml_parse(xmlDoc **out, cepces_bytes_t bytes, apr_pool_t *p, cepces_error_t *err)
{
    return parse(out, bytes, CEPCES_XML_MAX_ELEMENTS, p, err);
}

cepces_status_t
cepces_xml_parse_reply(xmlDoc **out, cepces_bytes_t bytes, apr_pool_t *p, cepces_error_t *err)
{
    return parse(out, bytes, CEPCES_XML_MAX_REPLY_ELEMENTS, p, err);
}
