/* From a message and a principal to a reply: which operation, and how its errors become faults. */
#include "service/answer.h"

#include <apr_strings.h>
#include <openssl/rand.h>

#include "base/encode.h"
#include "wstep/wstep.h"

#define RETRY_AFTER_SECS 5

/* --- Faults ----------------------------------------------------------------------------------- */

/* Whether the shape of the status's fault has a CertificateEnrollmentWSDetail, and its
 * InvalidRequest. */
static bool
has_detail(cepces_status_t status, bool *invalid_request)
{
    switch (cepces_status_fault(status)) {
    case CEPCES_FAULT_REFUSED:
        *invalid_request = true;
        return true;
    case CEPCES_FAULT_INVALID_REQUEST:
    case CEPCES_FAULT_UNAVAILABLE:
    case CEPCES_FAULT_STATUS:
        *invalid_request = false;
        return true;
    default:
        return false;
    }
}

static const char *
encode_detail(cepces_status_t status, int64_t request_id, cepces_bytes_t binary_response,
              apr_pool_t *p)
{
    cepces_wstep_detail_t detail = {binary_response, cepces_status_code(status), false, request_id};
    cepces_buffer_t buf;

    if (!has_detail(status, &detail.invalid_request)) {
        return NULL;
    }
    cepces_buffer_init(&buf, 1024 + binary_response.len * 2, CEPCES_REPLY_MAX_LEN, p);
    cepces_wstep_encode_detail(&buf, &detail);
    return buf.data;
}

/* A short random name under which the log tells what the client only sees as an internal error. */
static const char *
new_incident(apr_pool_t *p)
{
    unsigned char random[4];

    return RAND_bytes(random, sizeof(random)) == 1
               ? cepces_hex(cepces_bytes(random, sizeof(random)), p)
               : "unknown";
}

static void
make_fault(cepces_reply_t *reply, const cepces_message_t *message, const cepces_error_t *why,
           int64_t request_id, cepces_bytes_t binary_response, const char *who, apr_pool_t *p)
{
    cepces_soap_fault_t fault = {.status = why->status};
    const char *incident = "";
    cepces_buffer_t buf;

    if (message != NULL) {
        fault.relates_to = message->envelope.message_id;
        fault.not_understood = message->envelope.not_understood;
    }
    if (cepces_status_class(why->status) == CEPCES_CLASS_INTERNAL) {
        incident = apr_pstrcat(p, ", incident ", new_incident(p), NULL);
        fault.reason = apr_pstrcat(p, cepces_status_text(why->status), incident, NULL);
    }
    fault.detail = encode_detail(why->status, request_id, binary_response, p);
    cepces_buffer_init(&buf, 2048, CEPCES_REPLY_MAX_LEN, p);
    cepces_soap_encode_fault(&buf, &fault);
    reply->http_status = cepces_status_fault(why->status) == CEPCES_FAULT_UNAVAILABLE ? 503 : 500;
    reply->retry_after_secs = reply->http_status == 503 ? RETRY_AFTER_SECS : 0;
    reply->body = cepces_buffer_bytes(&buf);
    reply->level = cepces_status_level(why->status);
    reply->log = apr_psprintf(
        p, "%s%s: %s [%s%s%s%s%s, MessageID %s]", who, cepces_status_text(why->status),
        cepces_error_line(why, p), cepces_status_name(why->status),
        why->rule != NULL ? ", rule " : "", why->rule != NULL ? why->rule : "",
        request_id > 0 ? apr_psprintf(p, ", RequestID %" APR_INT64_T_FMT, request_id) : "",
        incident, message != NULL ? message->id_for_log : "-");
}

void
cepces_service_fault(cepces_reply_t *reply, const cepces_message_t *message,
                     const cepces_error_t *why, apr_pool_t *p)
{
    make_fault(reply, message, why, 0, CEPCES_NO_BYTES, "", p);
}

/* --- Identity --------------------------------------------------------------------------------- */

static bool
has_scope(const cepces_credential_t *c, cepces_scope_kind_t kind, const char *name)
{
    for (size_t i = 0; i < c->scopes_num; i++) {
        if (c->scopes[i].kind == kind && (name == NULL || strcmp(c->scopes[i].name, name) == 0)) {
            return true;
        }
    }
    return false;
}

/* "Same as CEP" speaks of the policies that the credential opens, and of no other's CAs. */
static bool
reads_policy_with(const cepces_call_t *call, const char *ca)
{
    const cepces_credential_t *c = call->principal->credential;

    for (size_t i = 0; i < c->scopes_num; i++) {
        const cepces_policy_t *policy =
            c->scopes[i].kind == CEPCES_SCOPE_POLICY
                ? cepces_snapshot_policy(call->snapshot, c->scopes[i].name)
                : NULL;

        if (policy != NULL && cepces_strings_has(policy->cas, ca)) {
            return true;
        }
    }
    return false;
}

bool
cepces_call_opens_ca(const cepces_call_t *call, const char *ca)
{
    const cepces_credential_t *c = call->principal->credential;

    return c == NULL || has_scope(c, CEPCES_SCOPE_CA, ca) ||
           (has_scope(c, CEPCES_SCOPE_SAME_AS_CEP, NULL) && reads_policy_with(call, ca));
}

/* Whether a credential of ours opens this endpoint at all. One that is scoped to a template opens
 * the CES of its CA; which template it may ask for is decided when the template is known. */
static cepces_status_t
check_scope(const cepces_call_t *call, cepces_error_t *err)
{
    const cepces_endpoint_t *endpoint = call->endpoint;
    const cepces_credential_t *c = call->principal->credential;

    if (endpoint->kind == CEPCES_ENDPOINT_POLICY) {
        return has_scope(c, CEPCES_SCOPE_POLICY, endpoint->policy)
                   ? CEPCES_OK
                   : cepces_error_rule(err, CEPCES_E_CA_DENIED, "V32",
                                       "the credential of \"%s\" is not valid for policy \"%s\"",
                                       c->account, endpoint->policy);
    }
    return cepces_call_opens_ca(call, endpoint->ca) || has_scope(c, CEPCES_SCOPE_TEMPLATE, NULL)
               ? CEPCES_OK
               : cepces_error_rule(err, CEPCES_E_CA_DENIED, "V32",
                                   "the credential of \"%s\" is not valid for CA \"%s\"",
                                   c->account, endpoint->ca);
}

cepces_status_t
cepces_call_identify(cepces_call_t *call, cepces_error_t *err)
{
    const cepces_principal_t *principal = call->principal;
    cepces_status_t st;

    call->caller.groups = principal->groups;
    if (principal->name == NULL) {
        call->caller.anonymous = true;
        call->caller.name = "anonymous";
        return call->endpoint->allow_anonymous
                   ? CEPCES_OK
                   : cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V5",
                                       "nobody was authenticated");
    }
    st = cepces_message_canonical_name(&call->caller.name, principal->name, call->p, err);
    if (st == CEPCES_OK && principal->credential != NULL) {
        st = check_scope(call, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    st = cepces_accounts_find(&call->account, call->service->accounts, call->service->store,
                              call->caller.name, call->endpoint->kind == CEPCES_ENDPOINT_ENROLL,
                              call->p, err);
    if (st == CEPCES_E_NOT_FOUND) {
        cepces_error_clear(err); /* a principal of httpd's providers needs no account of ours */
        return CEPCES_OK;
    }
    if (st == CEPCES_OK && !call->account.enabled) {
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V14",
                                 "account \"%s\" is disabled", call->caller.name);
    }
    call->caller.account = st == CEPCES_OK ? &call->account : NULL;
    return st;
}

/* --- Operations ------------------------------------------------------------------------------- */

typedef cepces_status_t (*operation_fn)(cepces_call_t *call, cepces_error_t *err);

static const struct {
    cepces_endpoint_kind_t kind;
    const char *action;
    operation_fn carry_out;
} operations[] = {
    {CEPCES_ENDPOINT_POLICY, CEPCES_ACTION_GET_POLICIES, cepces_call_get_policies},
    {CEPCES_ENDPOINT_ENROLL, CEPCES_ACTION_RST, cepces_call_enroll},
    {CEPCES_ENDPOINT_ENROLL, CEPCES_ACTION_RST_KET, cepces_call_enroll},
};

static cepces_status_t
find_operation(operation_fn *out, const cepces_call_t *call, cepces_error_t *err)
{
    const char *action = call->message->envelope.action;

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].kind == call->endpoint->kind &&
            strcmp(operations[i].action, action) == 0) {
            *out = operations[i].carry_out;
            return CEPCES_OK;
        }
    }
    return cepces_error_rule(err, CEPCES_E_ACTION_UNKNOWN, "V8", "action \"%s\"",
                             cepces_printable(cepces_bytes_str(action), 200, call->p));
}

static cepces_status_t
carry_out(cepces_call_t *call, cepces_error_t *err)
{
    operation_fn operation = NULL;
    cepces_status_t st = find_operation(&operation, call, err);

    if (st == CEPCES_OK) {
        st = cepces_service_snapshot(&call->snapshot, call->service, false, call->p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_call_identify(call, err);
    }
    if (st == CEPCES_OK) {
        st = operation(call, err);
    }
    return st == CEPCES_OK ? cepces_buffer_status(&call->body, err) : st;
}

static const char *
who_asks(const cepces_call_t *call)
{
    const char *name = call->principal->name != NULL ? call->principal->name : "anonymous";

    return apr_psprintf(
        call->p, "%s from %s: ", cepces_printable(cepces_bytes_str(name), 256, call->p),
        call->principal->address != NULL ? call->principal->address : "unknown address");
}

void
cepces_service_answer(cepces_reply_t *reply, cepces_service_t *service,
                      const cepces_endpoint_t *endpoint, const cepces_principal_t *who,
                      const cepces_message_t *message, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_call_t call = {
        .service = service,
        .endpoint = endpoint,
        .message = message,
        .principal = who,
        .now = apr_time_now(),
        .p = p,
    };
    cepces_status_t st;

    cepces_buffer_init(&call.body, 16384, CEPCES_REPLY_MAX_LEN, p);
    st = carry_out(&call, &err);
    if (st != CEPCES_OK) {
        make_fault(reply, message, &err, call.request_id, call.binary_response, who_asks(&call), p);
        return;
    }
    reply->http_status = 200;
    reply->retry_after_secs = 0;
    reply->body = cepces_buffer_bytes(&call.body);
    reply->level = CEPCES_LOG_INFO;
    reply->log =
        apr_psprintf(p, "%s%s [MessageID %s]", who_asks(&call), call.log, message->id_for_log);
}

cepces_status_t
cepces_service_check_password(const cepces_credential_t **out, cepces_service_t *service,
                              const char *name, const char *password, apr_pool_t *p,
                              cepces_error_t *err)
{
    const char *canonical;
    cepces_status_t st = cepces_message_canonical_name(&canonical, name, p, err);

    *out = NULL;
    return st == CEPCES_OK ? cepces_passwords_check(out, service->passwords, service->store,
                                                    canonical, password, p, err)
                           : st;
}
