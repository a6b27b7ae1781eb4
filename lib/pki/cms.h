/* The ASN.1 of CMS SignedData (RFC 5652) and CMC (RFC 5272), as far as requests use it, for
 * cepces_pki_decode. Own templates instead of OpenSSL's CMS_… so that exactly what was signed is
 * what is checked. */
#ifndef PKI_CMS_H
#define PKI_CMS_H

#include <openssl/asn1t.h>

#include "pki/pki.h"

/* Each type has its item and the functions …_new and …_free. */
#define CEPCES_DECLARE_ASN1(type)      \
    DECLARE_ASN1_ALLOC_FUNCTIONS(type) \
    DECLARE_ASN1_ITEM(type)

/* --- SignedData ------------------------------------------------------------------------------- */

typedef struct {
    X509_NAME *issuer;
    ASN1_INTEGER *serial;
} CEPCES_ISSUER_AND_SERIAL;
CEPCES_DECLARE_ASN1(CEPCES_ISSUER_AND_SERIAL)

#define CEPCES_SIGNER_ID_ISSUER 0
#define CEPCES_SIGNER_ID_KEY 1

typedef struct {
    int type; /* CEPCES_SIGNER_ID_… */
    union {
        CEPCES_ISSUER_AND_SERIAL *issuer;
        ASN1_OCTET_STRING *key; /* [0] subjectKeyIdentifier */
    } d;
} CEPCES_SIGNER_ID;
CEPCES_DECLARE_ASN1(CEPCES_SIGNER_ID)

typedef struct {
    ASN1_INTEGER *version;
    CEPCES_SIGNER_ID *sid;
    X509_ALGOR *digest_algorithm;
    STACK_OF(X509_ATTRIBUTE) *signed_attributes; /* [0], NULL when absent */
    X509_ALGOR *signature_algorithm;
    ASN1_OCTET_STRING *signature;
    STACK_OF(X509_ATTRIBUTE) *unsigned_attributes; /* [1] */
} CEPCES_SIGNER_INFO;
CEPCES_DECLARE_ASN1(CEPCES_SIGNER_INFO)
DEFINE_STACK_OF(CEPCES_SIGNER_INFO)

typedef struct {
    ASN1_OBJECT *type;
    ASN1_OCTET_STRING *content; /* [0] EXPLICIT, NULL when absent */
} CEPCES_ENCAPSULATED;
CEPCES_DECLARE_ASN1(CEPCES_ENCAPSULATED)

typedef struct {
    ASN1_INTEGER *version;
    STACK_OF(X509_ALGOR) *digest_algorithms;
    CEPCES_ENCAPSULATED *encapsulated;
    STACK_OF(ASN1_TYPE) *certificates; /* [0], each the whole encoding; NULL when absent */
    STACK_OF(ASN1_TYPE) *crls;         /* [1] */
    STACK_OF(CEPCES_SIGNER_INFO) *signers;
} CEPCES_SIGNED_DATA;
CEPCES_DECLARE_ASN1(CEPCES_SIGNED_DATA)

/* ContentInfo around SignedData; |type| is CEPCES_OID_SIGNED_DATA. */
typedef struct {
    ASN1_OBJECT *type;
    CEPCES_SIGNED_DATA *content;
} CEPCES_SIGNED_MESSAGE;
CEPCES_DECLARE_ASN1(CEPCES_SIGNED_MESSAGE)

/* cepces_cms_attributes_tbs encodes signed attributes as they are signed: a SET OF with its
 * universal tag (RFC 5652, 5.4), in the order of the message. */
cepces_status_t cepces_cms_attributes_tbs(cepces_bytes_t *out,
                                          const STACK_OF(X509_ATTRIBUTE) *attributes, apr_pool_t *p,
                                          cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- CMC -------------------------------------------------------------------------------------- */

typedef struct {
    ASN1_INTEGER *body_part_id;
    ASN1_OBJECT *type;
    STACK_OF(ASN1_TYPE) *values;
} CEPCES_TAGGED_ATTRIBUTE;
CEPCES_DECLARE_ASN1(CEPCES_TAGGED_ATTRIBUTE)
DEFINE_STACK_OF(CEPCES_TAGGED_ATTRIBUTE)

typedef struct {
    ASN1_INTEGER *body_part_id;
    ASN1_STRING *request; /* the encoded PKCS#10 */
} CEPCES_TAGGED_CERTIFICATION_REQUEST;
CEPCES_DECLARE_ASN1(CEPCES_TAGGED_CERTIFICATION_REQUEST)

#define CEPCES_TAGGED_REQUEST_TCR 0   /* PKCS#10 */
#define CEPCES_TAGGED_REQUEST_CRM 1   /* CRMF */
#define CEPCES_TAGGED_REQUEST_OTHER 2

typedef struct {
    int type; /* CEPCES_TAGGED_REQUEST_… */
    union {
        CEPCES_TAGGED_CERTIFICATION_REQUEST *tcr;
        STACK_OF(ASN1_TYPE) *other; /* of crm and orm: not looked into */
    } d;
} CEPCES_TAGGED_REQUEST;
CEPCES_DECLARE_ASN1(CEPCES_TAGGED_REQUEST)
DEFINE_STACK_OF(CEPCES_TAGGED_REQUEST)

typedef struct {
    STACK_OF(CEPCES_TAGGED_ATTRIBUTE) *controls;
    STACK_OF(CEPCES_TAGGED_REQUEST) *requests;
    STACK_OF(ASN1_TYPE) *messages;
    STACK_OF(ASN1_TYPE) *others;
} CEPCES_PKI_DATA;
CEPCES_DECLARE_ASN1(CEPCES_PKI_DATA)

/* 1.3.6.1.4.1.311.10.10.1 */
typedef struct {
    ASN1_INTEGER *data_reference;
    STACK_OF(ASN1_INTEGER) *cert_references;
    STACK_OF(X509_ATTRIBUTE) *attributes;
} CEPCES_ADD_ATTRIBUTES;
CEPCES_DECLARE_ASN1(CEPCES_ADD_ATTRIBUTES)

/* 1.3.6.1.5.5.7.7.8 */
typedef struct {
    ASN1_INTEGER *data_reference;
    STACK_OF(ASN1_INTEGER) *cert_references;
    STACK_OF(X509_EXTENSION) *extensions;
} CEPCES_ADD_EXTENSIONS;
CEPCES_DECLARE_ASN1(CEPCES_ADD_EXTENSIONS)

#endif
