/* What the files of this room share and nobody else sees. */
#ifndef CA_INTERNAL_H
#define CA_INTERNAL_H

#include "ca/ca.h"
#include "pki/write.h"

/* Ceilings of what we make ourselves: a certificate holds at most 100 names of 253 octets, a CRL
 * some 40 octets for each revoked certificate, a CMC response sixteen certificates. */
#define CEPCES_CA_MAX_CERTIFICATE_LEN (64 * 1024)
#define CEPCES_CA_MAX_CRL_LEN (128 * 1024 * 1024)
#define CEPCES_CA_MAX_RESPONSE_LEN (1024 * 1024)
#define CEPCES_CA_MAX_STATUS_TEXT_LEN 4096
#define CEPCES_CA_MIN_RSA_BITS 2048
#define CEPCES_CA_GOOD_RSA_BITS 3072

/* --- Keys that sign --------------------------------------------------------------------------- */

/* A private key with everything its kind decides: S6 verifies with |public_key|, which comes from
 * the certificate. */
typedef struct cepces_signing_key_t {
    EVP_PKEY *private_key;
    EVP_PKEY *public_key;
    const EVP_MD *digest;
    cepces_bytes_t algorithm;        /* AlgorithmIdentifier in certificates and CRLs */
    cepces_bytes_t cms_algorithm;    /* signatureAlgorithm of a SignerInfo */
    cepces_bytes_t digest_algorithm; /* AlgorithmIdentifier of |digest| */
} cepces_signing_key_t;

/* cepces_ca_key_check tells whether |key| is fit for a CA (rule K5): RSA of 2048 bits or more,
 * P-256 or P-384. CEPCES_E_INVALID says what it is and what would be accepted. */
cepces_status_t cepces_ca_key_check(const EVP_PKEY *key, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_ca_key_spki encodes the SubjectPublicKeyInfo of |key|. */
cepces_status_t cepces_ca_key_spki(cepces_bytes_t *out, const EVP_PKEY *key, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_signing_key_init joins the halves of a key pair, which have to outlive |out|. */
cepces_status_t cepces_signing_key_init(cepces_signing_key_t *out, EVP_PKEY *private_key,
                                        EVP_PKEY *public_key, apr_pool_t *p,
                                        cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_ca_sign signs |data| and proves the signature with the public key before it gives it away
 * (rule S6). */
cepces_status_t cepces_ca_sign(cepces_bytes_t *signature, const cepces_signing_key_t *key,
                               cepces_bytes_t data, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_ca_sign_document signs |tbs| and wraps it as SEQUENCE { tbs, algorithm, signature }: a
 * certificate or a CRL. The bytes signed are the bytes given, and are found again in the result
 * (rules S4, S6). */
cepces_status_t cepces_ca_sign_document(cepces_bytes_t *out, const cepces_signing_key_t *key,
                                        cepces_bytes_t tbs, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Signers ---------------------------------------------------------------------------------- */

struct cepces_signer_t {
    const char *name; /* of the CA */
    cepces_signing_key_t key;
    X509 *certificate;
    cepces_bytes_t subject;      /* Name of the CA: the issuer of what it signs (rule V57) */
    cepces_bytes_t issuer; /* Name and serial (INTEGER) that identify the CA's own certificate */
    cepces_bytes_t serial;
    cepces_bytes_t ski;          /* key identifier */
    cepces_bytes_t aki, cdp, aia; /* complete extensions, empty when there is nothing to say */
    cepces_strings_t cdp_urls, aia_urls;
    const cepces_bytes_t *chain; /* the CA's own certificate first, the root last */
    size_t chain_num;
    apr_time_t not_after;
};

/* --- Lint ------------------------------------------------------------------------------------- */

/* What a TBSCertificate is compared with: a plan for issued certificates, a profile for CA
 * certificates. */
typedef struct cepces_lint_t {
    const cepces_plan_t *plan;          /* or NULL: a CA certificate */
    const cepces_ca_profile_t *profile; /* or NULL: an issued certificate */
    const cepces_signer_t *signer;      /* NULL for a root */
    cepces_bytes_t serial;
    cepces_bytes_t algorithm;
    cepces_bytes_t subject, spki; /* of a CA certificate */
    apr_time_t not_after; /* likewise: the profile's, or the issuer's when that ends earlier */
} cepces_lint_t;

/* cepces_ca_lint decodes |tbs| with OpenSSL and compares every field and extension with what was
 * meant (rule S5). Any difference is CEPCES_E_INTERNAL with rule S5. */
cepces_status_t cepces_ca_lint(cepces_bytes_t tbs, const cepces_lint_t *expected, apr_pool_t *p,
                               cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Certificates ----------------------------------------------------------------------------- */

/* cepces_ca_serial draws a fresh serial number: 16 octets from the random generator, the top bit
 * clear, the first octet not 0 (rule S2). CEPCES_E_CA_SUSPENDED when there is no randomness (rule
 * S13). */
cepces_status_t cepces_ca_serial(cepces_bytes_t *out, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* A TBSCertificate before it is encoded. */
typedef struct cepces_tbs_t {
    cepces_bytes_t serial;
    cepces_bytes_t algorithm;
    cepces_bytes_t issuer, subject; /* Names */
    cepces_bytes_t spki;
    apr_time_t not_before, not_after;
    cepces_bytes_t extensions;      /* the Extensions one after the other */
} cepces_tbs_t;

cepces_status_t cepces_tbs_encode(cepces_bytes_t *out, const cepces_tbs_t *tbs, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_ca_certify is the waist through which every certificate passes: it encodes |tbs| once, has
 * those bytes checked against |expected|, signs them and gives the certificate. */
cepces_status_t cepces_ca_certify(cepces_issued_t *out, const cepces_tbs_t *tbs,
                                  const cepces_lint_t *expected,
                                  const cepces_signing_key_t *key, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* The extensions of an issued certificate in the order AD CS writes them. */
cepces_status_t cepces_profile_extensions(cepces_bytes_t *out, const cepces_plan_t *plan,
                                          const cepces_signer_t *signer, apr_pool_t *p,
                                          cepces_error_t *err) CEPCES_MUST_CHECK;

/* Extensions that several profiles write. */
void cepces_profile_add_ski(cepces_der_t *der, cepces_bytes_t ski);
void cepces_profile_add_aki(cepces_der_t *der, cepces_bytes_t ski);
void cepces_profile_add_cdp(cepces_der_t *der, cepces_strings_t urls);
void cepces_profile_add_aia(cepces_der_t *der, cepces_strings_t urls);

#endif
