/* One request on its way to its answer, as the operations see it. */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include "cepces/service.h"
#include "service/message.h"
#include "service/service.h"

/* Ceiling of a reply; 500 templates make about 2 MiB. */
#define CEPCES_REPLY_MAX_LEN (64 * 1024 * 1024)

typedef struct cepces_call_t {
    cepces_service_t *service;
    const cepces_snapshot_t *snapshot;
    const cepces_endpoint_t *endpoint;
    const cepces_message_t *message;
    const cepces_principal_t *principal;
    cepces_caller_t caller;   /* the principal as the policy room sees it */
    cepces_account_t account; /* behind caller.account */
    apr_time_t now;
    apr_pool_t *p;

    /* What an operation leaves behind. */
    cepces_buffer_t body;           /* the reply's envelope */
    const char *log;                /* one line for a success */
    int64_t request_id;             /* of the stored request, or 0 */
    cepces_bytes_t binary_response; /* CMC response for the fault, or empty */
} cepces_call_t;

/* cepces_call_identify makes call->caller of the principal: canonical name, account, groups. For an
 * enrollment the account is read afresh; a policy reader may be served one as old as the watcher's
 * last look. Refused: nobody where somebody is needed, a disabled account, a credential that is not
 * valid for this endpoint (V9, V14). Errors: CEPCES_E_FAILED_AUTHENTICATION, CEPCES_E_CA_DENIED,
 * CEPCES_E_UNAVAILABLE. */
cepces_status_t cepces_call_identify(cepces_call_t *call, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_call_opens_ca tells whether the caller may ask for every template of |ca|: the caller has
 * no credential of ours, or one that is scoped to this CA, or to whatever a policy shows and to a
 * policy with this CA. */
bool cepces_call_opens_ca(const cepces_call_t *call, const char *ca);

/* The operations. On success call->body holds the reply and call->log says what was done. */
cepces_status_t cepces_call_get_policies(cepces_call_t *call,
                                         cepces_error_t *err) CEPCES_MUST_CHECK;
cepces_status_t cepces_call_enroll(cepces_call_t *call, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
