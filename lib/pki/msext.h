/* Microsoft's extensions and request attributes ([MS-WCCE] 2.2.2.7) and the values of a few
 * standard extensions, to and from DER. Encoders give the content of extnValue. */
#ifndef PKI_MSEXT_H
#define PKI_MSEXT_H

#include <openssl/asn1t.h>

#include "pki/pki.h"

/* --- ASN.1 ------------------------------------------------------------------------------------ */

/* Enrolment name-value pair, 1.3.6.1.4.1.311.13.2.1 */
typedef struct {
    ASN1_BMPSTRING *name;
    ASN1_BMPSTRING *value;
} CEPCES_NAME_VALUE;
DECLARE_ASN1_ALLOC_FUNCTIONS(CEPCES_NAME_VALUE)
DECLARE_ASN1_ITEM(CEPCES_NAME_VALUE)

/* --- Encoding --------------------------------------------------------------------------------- */

/* CEPCES_E_INVALID: an OID that is none. */
cepces_status_t cepces_msext_template_info(cepces_bytes_t *out, const char *oid, unsigned major,
                                           unsigned minor, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* A BMPString, as every real client and CA writes it, although [MS-WCCE] says SEQUENCE { UTF8String
 * }. */
cepces_status_t cepces_msext_template_name(cepces_bytes_t *out, const char *cn, apr_pool_t *p,
                                           cepces_error_t *err) CEPCES_MUST_CHECK;

cepces_status_t cepces_msext_eku(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p,
                                 cepces_error_t *err) CEPCES_MUST_CHECK;

/* Application policies (21.10) and certificate policies (2.5.29.32) have one syntax; no
 * qualifiers. */
cepces_status_t cepces_msext_application_policies(cepces_bytes_t *out, cepces_strings_t oids,
                                                  apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;
cepces_status_t cepces_msext_certificate_policies(cepces_bytes_t *out, cepces_strings_t oids,
                                                  apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* |bits| are CEPCES_KU_… of cepces/model.h: digitalSignature is the highest bit. */
cepces_status_t cepces_msext_key_usage(cepces_bytes_t *out, uint16_t bits, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* The SID in its text form inside an otherName: 1.3.6.1.4.1.311.25.2. */
cepces_status_t cepces_msext_sid(cepces_bytes_t *out, const char *sid, apr_pool_t *p,
                                 cepces_error_t *err) CEPCES_MUST_CHECK;

/* The basic constraints of an end entity: the empty sequence. */
cepces_bytes_t cepces_msext_basic_constraints_ee(void);

/* --- Decoding --------------------------------------------------------------------------------- */

/* |der| is hostile; errors are those of cepces_pki_decode and CEPCES_E_BAD_DATA. */
cepces_status_t cepces_msext_read_template_info(const char **oid, cepces_optional_t *major,
                                                cepces_optional_t *minor, cepces_bytes_t der,
                                                apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* Both forms of the template name: BMPString, and SEQUENCE { UTF8String }. */
cepces_status_t cepces_msext_read_template_name(const char **out, cepces_bytes_t der, apr_pool_t *p,
                                                cepces_error_t *err) CEPCES_MUST_CHECK;

cepces_status_t cepces_msext_read_sid(const char **out, cepces_bytes_t der, apr_pool_t *p,
                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* The OIDs of certificate or application policies. */
cepces_status_t cepces_msext_read_policies(cepces_strings_t *out, cepces_bytes_t der, apr_pool_t *p,
                                           cepces_error_t *err) CEPCES_MUST_CHECK;

/* Client information as "clientId=9 machine user program", every part in printable ASCII
 * (base/encode.h). */
cepces_status_t cepces_msext_read_client_info(const char **out, cepces_bytes_t der, apr_pool_t *p,
                                              cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
