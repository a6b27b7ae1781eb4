/* PKCS#10: RFC 2986. The to-be-signed part and the key stay the bytes that were sent, so that what
 * is verified is what was signed, and no key is built before its size is known (rule V20). */
#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "request/reader.h"

typedef struct {
    ASN1_STRING *info; /* encoded */
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
} PKCS10;

ASN1_SEQUENCE(PKCS10) = {
    ASN1_SIMPLE(PKCS10, info, ASN1_SEQUENCE),
    ASN1_SIMPLE(PKCS10, algorithm, X509_ALGOR),
    ASN1_SIMPLE(PKCS10, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(PKCS10)

typedef struct {
    ASN1_INTEGER *version;
    X509_NAME *subject;
    ASN1_STRING *key; /* encoded SubjectPublicKeyInfo */
    STACK_OF(X509_ATTRIBUTE) *attributes; /* some clients leave the empty set out */
} PKCS10_INFO;

ASN1_SEQUENCE(PKCS10_INFO) = {
    ASN1_SIMPLE(PKCS10_INFO, version, ASN1_INTEGER),
    ASN1_SIMPLE(PKCS10_INFO, subject, X509_NAME),
    ASN1_SIMPLE(PKCS10_INFO, key, ASN1_SEQUENCE),
    ASN1_IMP_SET_OF_OPT(PKCS10_INFO, attributes, X509_ATTRIBUTE, 0),
} static_ASN1_SEQUENCE_END(PKCS10_INFO)

/* Proof of possession: [MS-WCCE] 2.2.2.6.5 lets a request inside CMC carry the plain digest for a
 * signature; then a signer of the message has to prove it. */
static cepces_status_t
check_signature(cepces_request_reader_t *r, const PKCS10 *pkcs10, bool in_cmc)
{
    cepces_request_t *request = r->request;
    int null_digest = cepces_request_digest_nid(pkcs10->algorithm->algorithm);
    cepces_bytes_t tbs = cepces_pki_bytes(pkcs10->info);
    cepces_bytes_t signature = cepces_pki_bytes(pkcs10->signature);

    if ((pkcs10->signature->flags & 0x07) != 0) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_SIGNATURE, "V21",
                                 "the signature is not whole octets");
    }
    if (null_digest == NID_undef || !in_cmc) {
        return cepces_request_verify(&request->signature_digest, &request->key, pkcs10->algorithm,
                                     NID_undef, tbs, signature, r->err);
    }
    if (!cepces_request_is_digest(null_digest, tbs, signature)) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_SIGNATURE, "V21",
                                 "the null signature is not the digest of the request");
    }
    r->null_signature = true;
    return CEPCES_OK;
}

static cepces_status_t
read_subject(cepces_request_reader_t *r, const X509_NAME *subject)
{
    cepces_request_t *request = r->request;
    cepces_status_t st;

    if ((st = cepces_name_der(&request->subject_der, subject, r->p, r->err)) != CEPCES_OK ||
        (st = cepces_name_decode(&request->rdns, &request->num_rdns, subject,
                                 CEPCES_REQUEST_MAX_RDNS, r->p, r->err)) != CEPCES_OK) {
        return st;
    }
    request->subject_empty = request->num_rdns == 0;
    if (request->subject_empty && request->subject_der.len != 2) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "the subject has an RDN without attributes");
    }
    return CEPCES_OK;
}

static cepces_status_t
read_info(cepces_request_reader_t *r, const PKCS10 *pkcs10, bool in_cmc)
{
    const PKCS10_INFO *info;
    void *decoded = NULL;
    uint64_t version;
    cepces_status_t st = cepces_pki_decode(&decoded, cepces_pki_bytes(pkcs10->info),
                                           ASN1_ITEM_rptr(PKCS10_INFO), r->err);

    if (st != CEPCES_OK) {
        return st;
    }
    info = (const PKCS10_INFO *)decoded;
    if (ASN1_INTEGER_get_uint64(&version, info->version) != 1 || version != 0) {
        ERR_clear_error();
        st = cepces_error_set(r->err, CEPCES_E_BAD_DATA, "the version of the PKCS#10 is not 0");
        goto out;
    }
    if ((st = cepces_key_decode(&r->request->key, cepces_pki_bytes(info->key), r->p, r->err)) !=
            CEPCES_OK ||
        (st = check_signature(r, pkcs10, in_cmc)) != CEPCES_OK ||
        (st = read_subject(r, info->subject)) != CEPCES_OK) {
        goto out;
    }
    st = cepces_request_read_attributes(r, info->attributes);

out:
    ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(PKCS10_INFO));
    return st;
}

cepces_status_t
cepces_request_read_pkcs10(cepces_request_reader_t *r, cepces_bytes_t der, bool in_cmc)
{
    cepces_status_t st;
    void *pkcs10;

    if (der.len > CEPCES_REQUEST_MAX_PKCS10_LEN) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA,
                                "a PKCS#10 of %zu bytes; at most %d are read", der.len,
                                CEPCES_REQUEST_MAX_PKCS10_LEN);
    }
    if ((st = cepces_pki_decode(&pkcs10, der, ASN1_ITEM_rptr(PKCS10), r->err)) != CEPCES_OK) {
        return st;
    }
    st = read_info(r, (const PKCS10 *)pkcs10, in_cmc);
    ASN1_item_free((ASN1_VALUE *)pkcs10, ASN1_ITEM_rptr(PKCS10));
    return st;
}
