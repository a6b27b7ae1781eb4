/* RequestSecurityToken: the enrollment endpoint's operation ([MS-WSTEP] 3.1.4.2). */
#include <apr_strings.h>

#include "base/encode.h"
#include "service/answer.h"
#include "service/issue.h"
#include "wstep/wstep.h"

/* Polling and key exchange tokens have nothing to answer with: requests are decided at once, and no
 * key is archived. */
static cepces_status_t
check_operation(const cepces_wstep_request_t *rst, cepces_error_t *err)
{
    switch (rst->operation) {
    case CEPCES_WSTEP_ISSUE:
        return CEPCES_OK;
    case CEPCES_WSTEP_QUERY_TOKEN_STATUS:
        return cepces_error_rule(err, CEPCES_E_NO_REQUEST, "V80", "no request is pending here");
    default:
        return cepces_error_set(err, CEPCES_E_ARCHIVAL_UNCONFIGURED,
                                "a key exchange token was asked for");
    }
}

static cepces_status_t
submit(cepces_call_t *call, cepces_submission_t *s, const cepces_wstep_request_t *rst,
       cepces_error_t *err)
{
    cepces_status_t st;

    *s = (cepces_submission_t){
        .store = call->service->store,
        .ca = cepces_snapshot_ca(call->snapshot, call->endpoint->ca),
        .templates = call->endpoint->templates,
        .who = &call->caller,
        .credential = call->principal->credential,
        .whole_ca = cepces_call_opens_ca(call, call->endpoint->ca),
        .auth = call->principal->auth,
        .address = call->principal->address,
        .message_id = call->message->envelope.message_id,
        .token = rst->token,
        .template_hint = cepces_wstep_item(rst, "CertificateTemplate"),
        .now = call->now,
        .p = call->p,
    };
    if (s->ca == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "CA \"%s\" is not in the database",
                                call->endpoint->ca);
    }
    if (call->endpoint->renewal_only) {
        return cepces_error_rule(err, CEPCES_E_CA_DENIED, "V67",
                                 "this endpoint takes renewals only");
    }
    st = cepces_submit(s, err);
    call->request_id = s->request_id;
    call->binary_response = s->full_response;
    return st;
}

static void
encode_issued(cepces_call_t *call, const cepces_submission_t *s)
{
    const cepces_wstep_response_t response = {
        .disposition = "Issued",
        .full_response = s->full_response,
        .certificate = s->issued.der,
        .request_id = s->request_id,
    };

    cepces_soap_begin(&call->body, CEPCES_ACTION_RSTRC, call->message->envelope.message_id);
    cepces_wstep_encode_response(&call->body, &response);
    cepces_soap_end(&call->body);
    call->log = apr_psprintf(call->p,
                             "certificate %s of template \"%s\" issued by CA \"%s\", RequestID "
                             "%" APR_INT64_T_FMT,
                             cepces_hex(s->issued.serial, call->p), s->plan->tmpl->name,
                             s->ca->record->name, s->request_id);
}

cepces_status_t
cepces_call_enroll(cepces_call_t *call, cepces_error_t *err)
{
    const cepces_soap_envelope_t *envelope = &call->message->envelope;
    cepces_wstep_request_t rst;
    cepces_submission_t s;
    cepces_status_t st =
        cepces_wstep_decode_request(&rst, envelope->body, envelope->action, call->p, err);

    if (st == CEPCES_OK) {
        st = check_operation(&rst, err);
    }
    if (st == CEPCES_OK) {
        st = submit(call, &s, &rst, err);
    }
    if (st == CEPCES_OK) {
        encode_issued(call, &s);
    }
    return st;
}
