/* The certification authority: it turns a decision into bytes. It is handed plans and keys and
 * gives certificates, CRLs and CMC responses; it knows neither SOAP nor the database. */
#ifndef CA_CA_H
#define CA_CA_H

#include "policy/policy.h"
#include "cepces/service.h"

#define CEPCES_CA_SERIAL_LEN 16 /* octets: 127 random bits and a clear top bit (rule S2) */

/* --- Keys ------------------------------------------------------------------------------------- */

/* cepces_keyring_find lends the private key whose SubjectPublicKeyInfo has the digest
 * |spki_sha256|, or NULL. */
EVP_PKEY *cepces_keyring_find(const cepces_keyring_t *keys, cepces_bytes_t spki_sha256);

typedef enum cepces_ca_key_kind_t {
    CEPCES_CA_KEY_RSA,
    CEPCES_CA_KEY_P256,
    CEPCES_CA_KEY_P384
} cepces_ca_key_kind_t;

/* cepces_ca_generate_key makes a CA key; |bits| (2048 to 4096) counts for RSA only. |*out| is the
 * caller's to free. */
cepces_status_t cepces_ca_generate_key(EVP_PKEY **out, cepces_ca_key_kind_t kind, unsigned bits,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_ca_write_key writes |key| as PKCS#8 PEM to a new file of mode 0600 (never over an existing
 * one), encrypted with AES-256 and PBKDF2 of 600000 rounds when |passphrase| is not NULL. */
cepces_status_t cepces_ca_write_key(const char *path, EVP_PKEY *key, const char *passphrase,
                                    apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Signers ---------------------------------------------------------------------------------- */

/* A generation of a CA, ready to sign. Built once, read-only afterwards, shared by threads. */
typedef struct cepces_signer_t cepces_signer_t;

/* cepces_signer_open joins a CA's record, one of its generations and its private key, and prepares
 * what every issued certificate shares: issuer name, AKI, CDP, AIA, the signature algorithm.
 * Errors: CEPCES_E_INTERNAL when key and certificate do not belong together. */
cepces_status_t cepces_signer_open(const cepces_signer_t **out, const cepces_ca_t *ca,
                                   const cepces_ca_generation_t *generation, EVP_PKEY *key,
                                   apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Certificates ----------------------------------------------------------------------------- */

typedef struct cepces_issued_t {
    cepces_bytes_t der;
    cepces_bytes_t sha256; /* of |der| */
    cepces_bytes_t serial; /* CEPCES_CA_SERIAL_LEN octets */
} cepces_issued_t;

/* cepces_ca_issue assembles the TBSCertificate of |plan| with a fresh random serial, checks it with
 * an independent decoder against the plan (S5), signs exactly those bytes (S4), verifies the
 * signature with the CA certificate's key (S6) and gives the certificate. Errors:
 * CEPCES_E_INTERNAL; never "issue anyway". */
cepces_status_t cepces_ca_issue(cepces_issued_t *out, const cepces_signer_t *signer,
                                const cepces_plan_t *plan, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* What a CA certificate is made from. */
typedef struct cepces_ca_profile_t {
    const char *subject;          /* RFC 4514 text */
    apr_time_t not_before, not_after;
    int path_len;                 /* -1: no limit */
    int generation;               /* CA version extension 1.3.6.1.4.1.311.21.1 */
} cepces_ca_profile_t;

/* cepces_ca_make_root and cepces_ca_make_subordinate make CA certificates for |key|; the
 * subordinate is signed by |issuer| and never outlives it. */
cepces_status_t cepces_ca_make_root(cepces_bytes_t *out, const cepces_ca_profile_t *profile,
                                    EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;
cepces_status_t cepces_ca_make_subordinate(cepces_issued_t *out, const cepces_ca_profile_t *profile,
                                           EVP_PKEY *key, const cepces_signer_t *issuer,
                                           apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- CRLs ------------------------------------------------------------------------------------- */

typedef struct cepces_revoked_t {
    cepces_bytes_t serial;
    apr_time_t revoked_at;
    int reason; /* 0: the entry has no reason */
} cepces_revoked_t;

/* cepces_ca_sign_crl signs a full CRL of version 2 with AKI and CRL number; it is verified after
 * signing. */
cepces_status_t cepces_ca_sign_crl(cepces_bytes_t *out, const cepces_signer_t *signer,
                                   const cepces_revoked_t *revoked, size_t num, int64_t number,
                                   apr_time_t this_update, apr_time_t next_update, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- CMC responses ---------------------------------------------------------------------------- */

typedef enum cepces_cmc_status_t {
    CEPCES_CMC_SUCCESS = 0,
    CEPCES_CMC_FAILED = 2,
    CEPCES_CMC_PENDING = 3
} cepces_cmc_status_t;

typedef struct cepces_cmc_response_t {
    cepces_cmc_status_t status;
    const char *text;           /* statusString: the DispositionMessage */
    unsigned body_part_id;      /* of the request */
    cepces_bytes_t certificate; /* issued leaf; empty unless SUCCESS */
    int64_t request_id;         /* pendToken */
    apr_time_t now;             /* pendTime */
} cepces_cmc_response_t;

/* cepces_ca_encode_cmc_response makes the full PKI response of RFC 5272 as AD CS does: SignedData
 * version 3 over id-cct-PKIResponse, leaf and chain among the certificates, one signer by issuer
 * and serial number, signed by the CA key. Only ECDSA and RSA PKCS#1 v1.5 keys sign. */
cepces_status_t cepces_ca_encode_cmc_response(cepces_bytes_t *out, const cepces_signer_t *signer,
                                              const cepces_cmc_response_t *response, apr_pool_t *p,
                                              cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
