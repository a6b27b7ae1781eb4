/* MS-WSTEP: RequestSecurityToken in, response collection and fault detail out, as plain structs and
 * bytes. What the bytes of a token mean is not known here. */
#ifndef WSTEP_WSTEP_H
#define WSTEP_WSTEP_H

#include "xml/xml.h"

#define CEPCES_WSTEP_MAX_TOKEN_LEN (768 * 1024) /* decoded bytes */
#define CEPCES_WSTEP_MAX_CONTEXT_ITEMS 32

#define CEPCES_WSTEP_TOKEN_TYPE_X509V3 \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
#define CEPCES_WSTEP_VALUE_TYPE_PKCS7 CEPCES_NS_WSSE "#PKCS7"
#define CEPCES_WSTEP_VALUE_TYPE_PKCS10 CEPCES_NS_WSTEP "#PKCS10"
#define CEPCES_WSTEP_ENCODING_TYPE CEPCES_NS_WSSE "#base64binary"

typedef enum cepces_wstep_operation_t {
    CEPCES_WSTEP_ISSUE,
    CEPCES_WSTEP_QUERY_TOKEN_STATUS,
    CEPCES_WSTEP_KET
} cepces_wstep_operation_t;

/* auth:ContextItem: unauthenticated hints. */
typedef struct cepces_wstep_item_t {
    const char *name;
    const char *value;
} cepces_wstep_item_t;

/* RequestSecurityToken: [MS-WSTEP] 3.1.4.1.3.3 */
typedef struct cepces_wstep_request_t {
    cepces_wstep_operation_t operation;
    const char *preferred_language; /* or NULL */
    cepces_bytes_t token;           /* decoded BinarySecurityToken; empty when absent */
    const cepces_wstep_item_t *items;
    size_t num_items;
    const char *request_id;         /* trimmed text, or NULL when absent, nil or empty */
} cepces_wstep_request_t;

/* cepces_wstep_decode_request reads the body element RequestSecurityToken that came with |action|
 * (rules V10, V15): RequestType must fit the action; TokenType is X509v3 or absent; Issue needs a
 * token, QueryTokenStatus a RequestID, KET a RequestKET. Order and unknown elements are tolerated,
 * duplicates of known ones refused. Errors: CEPCES_E_MALFORMED_BODY for another element,
 * CEPCES_E_INVALID_ARGUMENT, CEPCES_E_BAD_DATA (base64), CEPCES_E_MESSAGE_LIMIT. */
cepces_status_t cepces_wstep_decode_request(cepces_wstep_request_t *out, const xmlNode *body,
                                            const char *action, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_wstep_item returns the value of the context item |name| (any case), or NULL. */
const char *cepces_wstep_item(const cepces_wstep_request_t *request, const char *name);

/* One RequestSecurityTokenResponse: [MS-WSTEP] 3.1.4.1.3.2. */
typedef struct cepces_wstep_response_t {
    const char *disposition;     /* DispositionMessage */
    cepces_bytes_t full_response; /* signed CMC full PKI response */
    cepces_bytes_t certificate;  /* the leaf; empty when pending */
    const char *reference_uri;   /* pending: the CES's own URL; else NULL */
    int64_t request_id;          /* >= 1 */
} cepces_wstep_response_t;

/* cepces_wstep_encode_response writes the body element RequestSecurityTokenResponseCollection. */
void cepces_wstep_encode_response(cepces_buffer_t *buf, const cepces_wstep_response_t *response);

/* CertificateEnrollmentWSDetail: [MS-WSTEP] 3.1.4.1.3.7. */
typedef struct cepces_wstep_detail_t {
    cepces_bytes_t binary_response; /* signed CMC response with status failed; empty: nil */
    uint32_t error_code;            /* HRESULT; written as signed decimal */
    bool invalid_request;
    int64_t request_id;             /* 0: nil */
} cepces_wstep_detail_t;

/* cepces_wstep_encode_detail writes the element for s:Detail; it declares its own namespaces. */
void cepces_wstep_encode_detail(cepces_buffer_t *buf, const cepces_wstep_detail_t *detail);

#endif
