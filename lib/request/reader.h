/* Inside the room: a request while it is being read. */
#ifndef REQUEST_READER_H
#define REQUEST_READER_H

#include <apr_tables.h>

#include "request/request.h"

/* What is known so far. The lists become those of |request| when everything has been read. */
typedef struct {
    cepces_request_t *request;
    apr_array_header_t *extensions;          /* of cepces_requested_extension_t */
    apr_array_header_t *attributes;          /* of const char * */
    apr_array_header_t *name_values;         /* of cepces_name_value_t */
    apr_array_header_t *template_attributes; /* of const char * */
    cepces_bytes_t requested_ski;            /* from a subject key identifier extension, or empty */
    bool null_signature;                     /* the PKCS#10 is not signed: a CMC signer has to prove possession */
    apr_pool_t *p;
    cepces_error_t *err;
} cepces_request_reader_t;

/* pkcs10.c: reads and verifies a PKCS#10 that passed cepces_der_check. A null signature ([MS-WCCE]
 * 2.2.2.6.5) is accepted only |in_cmc|, and noted. */
cepces_status_t cepces_request_read_pkcs10(cepces_request_reader_t *r, cepces_bytes_t der,
                                           bool in_cmc) CEPCES_MUST_CHECK;

/* cmc.c: reads and verifies a CMS SignedData that passed cepces_der_check. */
cepces_status_t cepces_request_read_cmc(cepces_request_reader_t *r, cepces_bytes_t der)
    CEPCES_MUST_CHECK;

/* attributes.c: the attributes of a PKCS#10, of the CMC control that adds some, and of a signer. */
cepces_status_t cepces_request_read_attributes(cepces_request_reader_t *r,
                                               const STACK_OF(X509_ATTRIBUTE) *attributes)
    CEPCES_MUST_CHECK;
cepces_status_t cepces_request_read_name_value(cepces_request_reader_t *r, const ASN1_TYPE *value)
    CEPCES_MUST_CHECK;

/* attributes.c: the name=value pairs of regInfo, [MS-WCCE] 2.2.2.6.3. */
cepces_status_t cepces_request_read_reg_info(cepces_request_reader_t *r, cepces_bytes_t text)
    CEPCES_MUST_CHECK;

/* extensions.c: collects extensions as sent, then finds the ones that mean something to us among
 * them. */
cepces_status_t cepces_request_add_extensions(cepces_request_reader_t *r,
                                              const STACK_OF(X509_EXTENSION) *extensions)
    CEPCES_MUST_CHECK;
cepces_status_t cepces_request_interpret_extensions(cepces_request_reader_t *r) CEPCES_MUST_CHECK;

/* verify.c: whether |signature| over |tbs| is |key|'s under |algorithm|. |cms_digest| is the NID of
 * a CMS signer's digest algorithm, with which rsaEncryption and ecPublicKey name complete
 * algorithms, or NID_undef. |*digest| is the NID of the digest used. Errors:
 * CEPCES_E_BAD_ALGORITHM, CEPCES_E_BAD_SIGNATURE. */
cepces_status_t cepces_request_verify(int *digest, const cepces_key_t *key,
                                      const X509_ALGOR *algorithm, int cms_digest,
                                      cepces_bytes_t tbs, cepces_bytes_t signature,
                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* verify.c: the NID of a digest algorithm, SHA-1 or SHA-2, or NID_undef. */
int cepces_request_digest_nid(const ASN1_OBJECT *oid);

/* verify.c: whether |signature| is nothing but the digest of |tbs|. */
bool cepces_request_is_digest(int digest, cepces_bytes_t tbs, cepces_bytes_t signature);

#endif
