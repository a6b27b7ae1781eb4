/* The certificate request inside a token: PKCS#10, or a CMC request around one, decoded to plain,
 * immutable facts. Decoding proves the form, the signatures and the possession of the key (rules
 * V16 to V24); whether the request may be granted is the policy room's business. */
#ifndef REQUEST_REQUEST_H
#define REQUEST_REQUEST_H

#include "pki/pki.h"

#define CEPCES_REQUEST_MAX_PKCS10_LEN (64 * 1024)
#define CEPCES_REQUEST_MAX_ATTRIBUTES 64
#define CEPCES_REQUEST_MAX_EXTENSIONS 64
#define CEPCES_REQUEST_MAX_EXTENSION_LEN (32 * 1024)
#define CEPCES_REQUEST_MAX_SANS 100
#define CEPCES_REQUEST_MAX_SAN_LEN (16 * 1024)
#define CEPCES_REQUEST_MAX_RDNS 32
#define CEPCES_REQUEST_MAX_SIGNERS 4
#define CEPCES_REQUEST_MAX_CERTIFICATES 16

typedef enum cepces_request_format_t {
    CEPCES_REQUEST_PKCS10,
    CEPCES_REQUEST_CMC
} cepces_request_format_t;

/* cepces_request_format_name returns "pkcs10" or "cmc". */
const char *cepces_request_format_name(cepces_request_format_t format);

/* One requested extension as sent. */
typedef struct cepces_requested_extension_t {
    const char *oid;
    bool critical;
    cepces_bytes_t value; /* content of extnValue */
} cepces_requested_extension_t;

/* A name-value pair of regInfo, of attribute 1.3.6.1.4.1.311.13.2.1 or of the SOAP context
 * items. */
typedef struct cepces_name_value_t {
    const char *name;
    const char *value;
} cepces_name_value_t;

typedef struct cepces_request_t {
    cepces_request_format_t format;
    cepces_bytes_t raw;              /* the whole token */
    cepces_bytes_t pkcs10;           /* the PKCS#10 in it */
    cepces_key_t key;                /* to be certified */
    int signature_digest;            /* NID of the digest that proves possession, the weakest if there are two: of the
                                        PKCS#10's signature, and of CMC's signer with the same key */

    cepces_bytes_t subject_der;      /* Name as requested */
    bool subject_empty;
    const cepces_rdn_t *rdns;        /* decoded subject */
    size_t num_rdns;
    const cepces_san_t *sans;        /* decoded subjectAltName */
    size_t num_sans;
    const char *sid;                 /* from a requested SID extension, else NULL */

    /* Which template: every identifier present, NULL or absent where there is none (rule V30). */
    const char *template_oid;              /* 1.3.6.1.4.1.311.21.7 */
    cepces_optional_t template_major;
    cepces_optional_t template_minor;
    const char *template_name;             /* 1.3.6.1.4.1.311.20.2 */
    cepces_strings_t template_attributes;  /* CertificateTemplate name-value pairs inside the signed bytes */

    const cepces_requested_extension_t *extensions; /* all of them, for strict templates and the audit */
    size_t num_extensions;
    cepces_strings_t attributes;           /* OIDs of the PKCS#10's attributes and of CMC's addAttributes */
    const cepces_name_value_t *name_values;
    size_t num_name_values;

    bool has_renewal_certificate;          /* attribute 1.3.6.1.4.1.311.13.1 is there */
    bool has_other_signers;                /* a signer other than the request key */
    bool has_requester_name;               /* enroll on behalf of */
    bool has_archived_key;                 /* 1.3.6.1.4.1.311.21.13 or .21.21 */
    const char *client_info;               /* 1.3.6.1.4.1.311.21.20 as text: unproven; or NULL */
    unsigned body_part_id;                 /* CMC: of the PKCS#10, echoed in the response; else 1 */
} cepces_request_t;

/* cepces_request_decode chooses the decoder by the bytes, never by a label (rule V17), decodes
 * |der| and verifies it. |der| and what |*out| points to live as long as |p|.
 *
 * PKCS#10: RFC 2986, self-signed with the key it carries (V21); SHA-1 is reported, not judged. CMC:
 * RFC 5272 PKIData in SignedData as Windows makes it: exactly one PKCS#10, every signer verified
 * (V18, V19). A signer identified by the request key's SKI is verified with that key. A PKCS#10
 * with a null signature needs such a signer. Signers by certificate are verified with the
 * certificates in the message and reported in has_other_signers.
 *
 * Errors: the statuses ASN1_…, BAD_DATA, UNSUPPORTED_FORMAT, NO_SIGNER, BAD_SIGNATURE,
 * BAD_ALGORITHM, BAD_KEY, WEAK_KEY, BAD_SUBJECT (a name that cannot be decoded or breaks a
 * limit). */
cepces_status_t cepces_request_decode(const cepces_request_t **out, cepces_bytes_t der, apr_pool_t *p,
                                      cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
