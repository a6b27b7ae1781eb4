/* The steps of the enrolment client: speaking SOAP over HTTPS, reading policies, making a request,
 * judging the answer, writing the files. Everything that fails does so with a sentence for the
 * administrator (CEPCES_E_REMOTE for what the other side did, CEPCES_E_INVALID for what was asked
 * of us). */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "cepces/client.h"
#include "pki/pki.h"
#include "xml/xml.h"

/* --- Speaking --------------------------------------------------------------------------------- */

/* cepces_client_exchange posts one SOAP message, with the user name token of |options|, to |url|
 * and returns the child of the reply's Body. |body| is the markup for s:Body. A fault becomes
 * CEPCES_E_REMOTE with its reason, its result code and what to do about it. Redirects are not
 * followed. */
cepces_status_t cepces_client_exchange(const xmlNode **out, const cepces_client_options_t *options,
                                       const char *url, const char *action,
                                       const char *reply_action, cepces_bytes_t body, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_client_explain_code says in a sentence what an HRESULT from a CES means for the one who
 * asked, or NULL. */
const char *cepces_client_explain_code(uint32_t code);

/* --- Policies --------------------------------------------------------------------------------- */

typedef struct cepces_client_extension_t {
    const char *oid;
    bool critical;
    cepces_bytes_t value;
} cepces_client_extension_t;

/* A template with what only the enrolment needs. |shown| points to the public half in the answer.
 */
typedef struct cepces_client_policy_t {
    const cepces_client_template_t *shown;
    const cepces_client_extension_t *extensions;
    size_t num_extensions;
    cepces_bytes_t ca_certificate; /* DER: of the first CA that offers it */
} cepces_client_policy_t;

/* cepces_client_read_policies asks for the policies; |details| runs parallel to out->templates. */
cepces_status_t cepces_client_read_policies(cepces_client_policies_t *out,
                                            const cepces_client_policy_t **details,
                                            const cepces_client_options_t *options, apr_pool_t *p,
                                            cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- The request ------------------------------------------------------------------------------ */

/* cepces_client_make_key makes a key as the template's algorithm and length say; adopted by |p|. */
cepces_status_t cepces_client_make_key(EVP_PKEY **out, const cepces_client_template_t *t,
                                       apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_client_make_pkcs10 makes the PKCS#10: the template's extensions, subject and names where
 * the requester supplies them, the SKI, client information as Windows sends it. */
cepces_status_t cepces_client_make_pkcs10(cepces_bytes_t *out, EVP_PKEY *key,
                                          const cepces_client_policy_t *policy,
                                          const cepces_client_enroll_options_t *enroll,
                                          apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_client_wrap_cmc wraps a PKCS#10 as a Windows client does for schema 2 and up: PKIData in
 * SignedData, one signer identified by the request key's SKI, no certificates (RFC 5272, 3.2). */
cepces_status_t cepces_client_wrap_cmc(cepces_bytes_t *out, cepces_bytes_t pkcs10, EVP_PKEY *key,
                                       apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- The answer ------------------------------------------------------------------------------- */

/* What a CES gave back. */
typedef struct cepces_client_issued_t {
    const char *disposition;
    const char *request_id;
    cepces_bytes_t full_response; /* CMC */
    cepces_bytes_t certificate;   /* DER of the leaf */
    X509 *leaf;
    const cepces_bytes_t *chain; /* from verification: issuers, nearest first, the root last */
    size_t chain_num;
} cepces_client_issued_t;

/* cepces_client_verify judges an answer: the leaf is for |key|, names the template, is the one in
 * the signed CMC response, and verifies up to a trusted root. Fills leaf and chain. */
cepces_status_t cepces_client_verify(cepces_client_issued_t *issued, EVP_PKEY *key,
                                     const cepces_client_policy_t *policy,
                                     const cepces_client_options_t *options, apr_pool_t *p,
                                     cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Files ------------------------------------------------------------------------------------ */

/* cepces_client_write_files writes key, certificate, chain and both together below the out
 * directory, which is made when it is missing. Each file appears whole or not at all. */
cepces_status_t cepces_client_write_files(cepces_client_enrolled_t *out,
                                          const cepces_client_issued_t *issued, EVP_PKEY *key,
                                          const cepces_client_enroll_options_t *enroll,
                                          apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
