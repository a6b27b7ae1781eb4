/* The enrolment client: asks a CEP endpoint for policies, makes a key and a request, submits it to
 * the CES the policy names, and checks what comes back. It is what cepcesctl enroll does, and
 * explains failures in plain words. */
#ifndef CEPCES_CLIENT_H
#define CEPCES_CLIENT_H

#include "cepces/error.h"
#include "cepces/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cepces_client_options_t {
    const char *policy_url;    /* of the CEP endpoint */
    const char *username;
    const char *password;
    const char *ca_file;       /* PEM: trusted for TLS and for the issued chain; NULL: the system's */
    const char *resolve;       /* "HOST:PORT:ADDRESS", as curl's --resolve, or NULL: ask DNS */
    long timeout_secs;         /* of one HTTP exchange */
} cepces_client_options_t;

/* A template as the policy server shows it. */
typedef struct cepces_client_template_t {
    const char *name;
    const char *oid;
    const char *display_name;
    unsigned schema_version, major, minor;
    const char *key_algorithm;       /* "RSA", "ECDSA_P256", … */
    unsigned minimal_key_length;
    const char *hash_algorithm;      /* or NULL */
    uint32_t subject_name_flags, enrollment_flags, private_key_flags, general_flags;
    bool enroll, auto_enroll;
    cepces_strings_t ces_urls;       /* usable with a user name, best first */
} cepces_client_template_t;

typedef struct cepces_client_policies_t {
    const char *policy_id;
    const char *friendly_name;
    unsigned next_update_hours;
    const cepces_client_template_t *templates;
    size_t num_templates;
} cepces_client_policies_t;

/* cepces_client_get_policies asks the CEP endpoint. Errors: CEPCES_E_REMOTE with a sentence that
 * says what failed (name resolution, TLS, HTTP, the fault's reason and code) and what to do about
 * it. */
CEPCES_API cepces_status_t cepces_client_get_policies(cepces_client_policies_t *out,
                                                      const cepces_client_options_t *options,
                                                      apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

typedef enum cepces_client_format_t { CEPCES_CLIENT_PKCS10, CEPCES_CLIENT_CMC } cepces_client_format_t;

typedef struct cepces_client_enroll_options_t {
    const char *template_name;
    cepces_client_format_t format;  /* schema 1 always goes as PKCS#10, like Windows */
    const char *subject;            /* RFC 4514 text, for templates whose subject the requester supplies; or NULL */
    cepces_strings_t dns_names;     /* likewise */
    const char *out_directory;      /* NAME.key, NAME.pem, NAME-chain.pem, NAME-fullchain.pem are written here */
    const char *out_name;           /* NAME; NULL: the template's name */
} cepces_client_enroll_options_t;

typedef struct cepces_client_enrolled_t {
    const char *key_path, *certificate_path, *chain_path, *fullchain_path;
    const char *request_id;
    const char *disposition;
    const char *subject, *serial;    /* text */
    apr_time_t not_after;
} cepces_client_enrolled_t;

/* cepces_client_enroll gets the policies, makes key and request as the template says, submits, and
 * checks: the certificate is for our key, verifies up to a trusted root, is the one in the signed
 * CMC response, and names the template. Only then are files written; the key's mode is 0600. */
CEPCES_API cepces_status_t cepces_client_enroll(cepces_client_enrolled_t *out,
                                                const cepces_client_options_t *options,
                                                const cepces_client_enroll_options_t *enroll,
                                                apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
