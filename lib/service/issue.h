/* One submission from token to stored outcome: decode, find the template, decide, sign, store. The
 * enrollment endpoint and the administrator's "cert issue" both come through here, so the rules
 * cannot differ. */
#ifndef SERVICE_ISSUE_H
#define SERVICE_ISSUE_H

#include "cepces/service.h"
#include "service/snapshot.h"

typedef struct cepces_submission_t {
    /* Given by the caller */
    cepces_store_t *store;
    const cepces_site_ca_t *ca;
    cepces_strings_t templates; /* only these, when there are any */
    const cepces_caller_t *who;
    const cepces_credential_t *credential; /* or NULL: not bound to scopes */
    bool whole_ca; /* the credential's scopes open all templates of the CA, not only those named */
    cepces_auth_kind_t auth;
    const char *address;    /* of the client, or NULL */
    const char *message_id; /* or NULL */
    cepces_bytes_t token;
    const char *template_hint; /* CertificateTemplate from outside the token, or NULL */
    apr_time_t now;
    apr_pool_t *p;

    /* Left behind, as far as it went */
    const cepces_request_t *request;
    const cepces_site_template_t *site_template;
    const cepces_plan_t *plan;
    cepces_issued_t issued;
    cepces_bytes_t full_response; /* signed CMC response, also of a refusal */
    int64_t request_id;           /* > 0 once something is stored */
} cepces_submission_t;

/* cepces_submit carries a submission through. CEPCES_OK means that the certificate is committed. A
 * refusal is recorded with its raw bytes, result code and rule once the token was recognised as a
 * request (S1); then request_id is set. When even the refusal cannot be recorded the status is
 * CEPCES_E_UNAVAILABLE instead. */
cepces_status_t cepces_submit(cepces_submission_t *s, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
