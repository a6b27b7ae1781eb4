/* What an administrator does that needs more than one room: making CAs, applying templates, issuing
 * and revoking by hand. Plain record keeping is in store.h. */
#ifndef CEPCES_ADMIN_H
#define CEPCES_ADMIN_H

#include "cepces/service.h"
#include "cepces/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- CAs -------------------------------------------------------------------------------------- */

typedef struct cepces_admin_ca_options_t {
    const char *name;            /* of the new CA */
    const char *subject;         /* RFC 4514 text */
    const char *issuer;          /* name of the CA that signs it; NULL makes a root */
    const char *algorithm;       /* "rsa2048" to "rsa4096", "p256", "p384" */
    int validity_days;
    int path_len;                /* -1: no limit */
    const char *key_directory;   /* where NAME-0.pem is written, and where the issuer's key is */
    const char *passphrase_file; /* encrypts the key, and unlocks the issuer's; or NULL */
    cepces_strings_t cdp_urls, aia_urls; /* what certificates of this CA will carry */
    int64_t crl_validity_secs, crl_overlap_secs;
} cepces_admin_ca_options_t;

/* cepces_admin_create_ca generates a key, makes the certificate, stores both and signs the first
 * CRL. When storing fails the key file is removed again. Errors: CEPCES_E_INVALID names the option,
 * CEPCES_E_EXISTS, CEPCES_E_NOT_FOUND for the issuer. */
CEPCES_API cepces_status_t cepces_admin_create_ca(cepces_store_t *s,
                                                  const cepces_admin_ca_options_t *options,
                                                  apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_admin_import_ca takes an existing key with its certificate and chain over: |key_file| and
 * |chain_file| in PEM, or one PKCS#12 file as |key_file| with |chain_file| NULL; |password| unlocks
 * either (or NULL). Checked: key and certificate belong together, the chain verifies up to a
 * self-signed root, cA and keyCertSign are set, it is in time. */
CEPCES_API cepces_status_t cepces_admin_import_ca(cepces_store_t *s,
                                                  const cepces_admin_ca_options_t *options,
                                                  const char *key_file, const char *chain_file,
                                                  const char *password, apr_pool_t *p,
                                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_admin_publish_crl signs a fresh CRL for every generation of the CA whose key is in the
 * directory. */
CEPCES_API cepces_status_t cepces_admin_publish_crl(cepces_store_t *s, const char *ca,
                                                    const cepces_keyring_t *keys, apr_pool_t *p,
                                                    cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Templates -------------------------------------------------------------------------------- */

/* A sentence for the administrator. */
typedef struct cepces_admin_note_t {
    bool refused;   /* the template was not stored because of this; otherwise a warning */
    bool unoffered; /* it is stored, but not offered because of this */
    const char *text;
} cepces_admin_note_t;

/* cepces_admin_apply_template makes |t| the current state of the template of that name. Revision: a
 * new template gets the one in |t| (100.0 when 0.0); a change raises the minor revision of the
 * stored one, unless |t| names a higher one; no difference changes nothing. An OID that is NULL is
 * taken from the stored template or, for a new one, made under 1.3.6.1.4.1.311.21.8 with random
 * arcs below 2^24, as AD CS does. With |dry_run| nothing is stored. |*notes| are the findings; when
 * one refuses, the status is CEPCES_E_INVALID. */
CEPCES_API cepces_status_t cepces_admin_apply_template(cepces_apply_t *out,
                                                       const cepces_admin_note_t **notes,
                                                       size_t *num_notes, cepces_store_t *s,
                                                       const cepces_template_t *t, bool dry_run,
                                                       apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_admin_template_notes examines a stored template: warnings, and why it is not offered. */
CEPCES_API void cepces_admin_template_notes(const cepces_admin_note_t **notes, size_t *num_notes,
                                            const cepces_template_t *t, apr_pool_t *p);

/* cepces_admin_check_pattern tells whether a name pattern of an access entry is well formed.
 * CEPCES_E_INVALID. */
CEPCES_API cepces_status_t cepces_admin_check_pattern(const char *pattern, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_admin_hash_password makes the bcrypt hash of a password (at most 72 bytes, which is all
 * bcrypt looks at; a longer one is refused with CEPCES_E_INVALID). */
CEPCES_API cepces_status_t cepces_admin_hash_password(const char **out, const char *password,
                                                      apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Certificates ----------------------------------------------------------------------------- */

/* cepces_admin_issue issues for the PKCS#10 in |request| (DER or PEM) as the endpoints would for
 * |account|, under the same template rules and access entries, and stores everything. |*out| is the
 * certificate record. */
CEPCES_API cepces_status_t cepces_admin_issue(cepces_certificate_record_t *out, cepces_store_t *s,
                                              const cepces_keyring_t *keys, const char *ca,
                                              const char *template_name, const char *account,
                                              cepces_bytes_t request, apr_pool_t *p,
                                              cepces_error_t *err) CEPCES_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
