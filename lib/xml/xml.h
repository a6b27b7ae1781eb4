/* XML in and out. One hardened reader (libxml2, rules V6, L1–L6) and one writer with escaping.
 * Elements are found by namespace and local name, never by prefix. The room knows nothing of
 * SOAP. */
#ifndef XML_XML_H
#define XML_XML_H

#include <libxml/tree.h>

#include "base/buffer.h"

/* Ceilings of the lexical pre-scan. Real requests hold 20 elements and 5 attributes a tag; libxml2
 * compares the attributes of a tag pairwise, so their number is what an attacker would raise. */
#define CEPCES_XML_MAX_DEPTH 32
#define CEPCES_XML_MAX_ELEMENTS 2048           /* of a request */
#define CEPCES_XML_MAX_REPLY_ELEMENTS (1 << 20) /* of a reply to our client: 500 templates make 50,000 */
#define CEPCES_XML_MAX_ATTRIBUTES 32 /* with namespace declarations, a tag */
#define CEPCES_XML_MAX_NAME_LEN 256

/* cepces_xml_prescan checks raw bytes before any parser sees them, in one pass without allocation:
 * UTF-8 without NUL, an optional BOM, at most one XML declaration, no DOCTYPE, no processing
 * instruction, no "<!" but comments and CDATA, the ceilings above, that of elements being
 * |max_elements|. Errors: CEPCES_E_MALFORMED_MESSAGE, CEPCES_E_MESSAGE_LIMIT. */
cepces_status_t cepces_xml_prescan(cepces_bytes_t bytes, unsigned max_elements, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_xml_parse pre-scans and parses a request in |bytes| into a document that |p| owns. A
 * document is given only when it is well-formed, namespace-well-formed and free of recorded errors.
 * cepces_xml_parse_reply does the same for what a server answered to our client. */
cepces_status_t cepces_xml_parse(xmlDoc **out, cepces_bytes_t bytes, apr_pool_t *p,
                                 cepces_error_t *err) CEPCES_MUST_CHECK;
cepces_status_t cepces_xml_parse_reply(xmlDoc **out, cepces_bytes_t bytes, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Reading ---------------------------------------------------------------------------------- */

/* cepces_xml_is tells whether |node| is the element |name| of namespace |ns|. */
bool cepces_xml_is(const xmlNode *node, const char *ns, const char *name);

/* cepces_xml_first and cepces_xml_next walk the child elements, passing over text and comments;
 * NULL at the end. */
const xmlNode *cepces_xml_first(const xmlNode *parent);
const xmlNode *cepces_xml_next(const xmlNode *node);

/* cepces_xml_child finds the only child element |ns|:|name|; |*out| is NULL when there is none. Two
 * are an error (|duplicate|, a status of the caller's choice). Order does not matter. */
cepces_status_t cepces_xml_child(const xmlNode **out, const xmlNode *parent, const char *ns,
                                 const char *name, cepces_status_t duplicate, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_xml_text returns the text content of |node|, CDATA and entities resolved, as a
 * NUL-terminated copy in |p|; cepces_xml_trimmed drops white space (space, tab, CR, LF) at both
 * ends. Never NULL. */
const char *cepces_xml_text(const xmlNode *node, apr_pool_t *p);
const char *cepces_xml_trimmed(const xmlNode *node, apr_pool_t *p);

/* cepces_xml_attribute returns the value of the attribute |name| in namespace |ns| (NULL: no
 * namespace), or NULL. */
const char *cepces_xml_attribute(const xmlNode *node, const char *ns, const char *name,
                                 apr_pool_t *p);

/* cepces_xml_is_nil tells whether xsi:nil is "true" or "1". */
bool cepces_xml_is_nil(const xmlNode *node);

/* --- Writing ---------------------------------------------------------------------------------- */

/* The writer appends to a buffer. Names are written as given ("s:Body"); text and attribute values
 * are escaped, and characters that XML 1.0 does not allow are replaced by U+FFFD. Markup is the
 * caller's to balance. */
void cepces_xml_open(cepces_buffer_t *buf, const char *name);       /* <name> */
void cepces_xml_close(cepces_buffer_t *buf, const char *name);      /* </name> */
void cepces_xml_empty(cepces_buffer_t *buf, const char *name);      /* <name/> */
void cepces_xml_nil(cepces_buffer_t *buf, const char *name);        /* <name xsi:nil="true"/> */
void cepces_xml_add_text(cepces_buffer_t *buf, const char *text);   /* escaped text */
void cepces_xml_element(cepces_buffer_t *buf, const char *name, const char *text);
void cepces_xml_element_uint(cepces_buffer_t *buf, const char *name, uint64_t value);
void cepces_xml_element_int(cepces_buffer_t *buf, const char *name, int64_t value);
void cepces_xml_element_bool(cepces_buffer_t *buf, const char *name, bool value);
void cepces_xml_element_base64(cepces_buffer_t *buf, const char *name, cepces_bytes_t value);

/* cepces_xml_element_or_nil writes the element, or its nil form when |text| is NULL. */
void cepces_xml_element_or_nil(cepces_buffer_t *buf, const char *name, const char *text);

/* cepces_xml_element_optional writes the number, or the nil form when it is absent. */
void cepces_xml_element_optional(cepces_buffer_t *buf, const char *name, cepces_optional_t value);

/* --- Names ------------------------------------------------------------------------------------ */

#define CEPCES_NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define CEPCES_NS_ADDRESSING "http://www.w3.org/2005/08/addressing"
#define CEPCES_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define CEPCES_NS_XSD "http://www.w3.org/2001/XMLSchema"
#define CEPCES_NS_XCEP "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
#define CEPCES_NS_WSTEP "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
#define CEPCES_NS_WST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define CEPCES_NS_WSSE \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define CEPCES_NS_WSU \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define CEPCES_NS_AUTHORIZATION "http://schemas.xmlsoap.org/ws/2006/12/authorization"
#define CEPCES_NS_WCF_DISPATCHER \
    "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"

#endif
