/* Requests: the one write that every enrolment makes, and reading one back. */
#include "store/words.h"

#include "base/encode.h"

static void
put_request(cepces_params_t *a, const cepces_request_record_t *r)
{
    cepces_store_put_text(a, r->ca);
    cepces_store_put_id(a, r->template_revision_id);
    cepces_store_put_text(a, r->principal != NULL ? r->principal : "");
    cepces_store_put_int(a, (int64_t)r->auth);
    cepces_store_put_text(a, r->client_address);
    cepces_store_put_text(a, r->message_id);
    cepces_store_put_text(a, r->format);
    cepces_store_put_bytes(a, r->raw);
    cepces_store_put_word(a, cepces_store_request_states, (int)r->state);
    cepces_store_put_int(a, r->result_code);
    cepces_store_put_text(a, r->rule);
    cepces_store_put_text(a, r->reason);
    cepces_store_put_text(a, r->client_info);
    cepces_store_put_time(a, r->submitted_at);
    cepces_store_put_time(a, r->resolved_at);
}

/* Without a certificate the same parameters are nulls. */
static void
put_certificate(cepces_params_t *a, const cepces_certificate_record_t *cert)
{
    static const cepces_certificate_record_t none;

    if (cert == NULL) {
        cert = &none;
    }
    cepces_store_put_int(a, cert->generation);
    cepces_store_put_bytes(a, cert->serial);
    cepces_store_put_text(a, cert->principal != NULL ? cert->principal : "");
    cepces_store_put_text(a, cert->subject != NULL ? cert->subject : "");
    cepces_store_put_bytes(a, cert->der);
    cepces_store_put_time(a, cert->not_before);
    cepces_store_put_time(a, cert->not_after);
}

static void
put_event(cepces_params_t *a, const cepces_audit_event_t *event)
{
    cepces_store_put_time(a, event->at);
    cepces_store_put_text(a, event->event);
    cepces_store_put_text(a, event->outcome);
    cepces_store_put_text(a, event->principal);
    cepces_store_put_text(a, event->ca);
    cepces_store_put_text(a, event->template_name);
    cepces_store_put_json(a, event->details);
}

static cepces_status_t
take_id(int64_t *id, const PGresult *res, apr_pool_t *p, cepces_error_t *err)
{
    cepces_row_t row = cepces_store_row(res, 0, p);

    *id = cepces_store_take_int(&row);
    return cepces_store_row_end(&row, err);
}

/* The serial is taken. When it is this very certificate that has it, an earlier attempt was
 * committed although its answer was lost, and its outcome is ours (rule S7). */
static cepces_status_t
earlier_attempt(int64_t *request_id, cepces_store_t *s, const cepces_request_record_t *request,
                const cepces_certificate_record_t *certificate, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, request->ca, p);
    cepces_store_put_bytes(&a, certificate->serial);
    cepces_store_put_bytes(&a, certificate->der);
    st = cepces_store_query(&res, s, SQL_REQUEST_OF_SERIAL, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_rule(err, CEPCES_E_EXISTS, "S2",
                                 "CA %s has used the serial %s for another certificate", request->ca,
                                 cepces_hex(certificate->serial, p));
    }
    return st == CEPCES_OK ? take_id(request_id, res, p, err) : st;
}

/* What only an administrator's command may be told is our own failure here. */
static cepces_status_t
as_failure(cepces_status_t st, cepces_error_t *err)
{
    if (cepces_status_class(st) == CEPCES_CLASS_LOCAL) {
        return cepces_error_wrap(err, CEPCES_E_INTERNAL, "the request cannot be stored");
    }
    return st;
}

/* Running the statement again on a new connection is harmless for a certificate: its serial is
 * unique. Of a refusal there may then be two rows. */
cepces_status_t
cepces_store_add_request(int64_t *request_id, cepces_store_t *s,
                         const cepces_request_record_t *request,
                         const cepces_certificate_record_t *certificate,
                         const cepces_audit_event_t *event, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    if ((certificate != NULL) != (request->state == CEPCES_REQUEST_ISSUED) ||
        (certificate != NULL && certificate->serial.len == 0)) {
        return cepces_error_set(err, CEPCES_E_INTERNAL,
                                "exactly the issued requests have a certificate with a serial");
    }
    cepces_store_params_init(&a, p);
    put_request(&a, request);
    put_certificate(&a, certificate);
    put_event(&a, event);
    st = cepces_store_query(&res, s, SQL_ADD_REQUEST, &a, err);
    if (st == CEPCES_OK) {
        return take_id(request_id, res, p, err);
    }
    if (st == CEPCES_E_EXISTS && certificate != NULL) {
        return earlier_attempt(request_id, s, request, certificate, p, err);
    }
    return as_failure(st, err);
}

static void
read_request(void *record, cepces_row_t *row)
{
    cepces_request_record_t *r = (cepces_request_record_t *)record;

    r->id = cepces_store_take_int(row);
    r->ca = cepces_store_take_text(row);
    r->template_name = cepces_store_take_text(row);
    r->template_revision_id = cepces_store_take_int(row);
    r->principal = cepces_store_take_text(row);
    r->auth = (cepces_auth_kind_t)cepces_store_take_int(row);
    r->client_address = cepces_store_take_text(row);
    r->message_id = cepces_store_take_text(row);
    r->format = cepces_store_take_text(row);
    r->raw = cepces_store_take_bytes(row);
    r->state = (cepces_request_state_t)cepces_store_take_word(row, cepces_store_request_states);
    r->result_code = (uint32_t)cepces_store_take_int(row);
    r->rule = cepces_store_take_text(row);
    r->reason = cepces_store_take_text(row);
    r->client_info = cepces_store_take_text(row);
    r->submitted_at = cepces_store_take_time(row);
    r->resolved_at = cepces_store_take_time(row);
}

cepces_status_t
cepces_store_find_request(cepces_request_record_t *out, cepces_store_t *s, int64_t id, apr_pool_t *p,
                          cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, id);
    st = cepces_store_query(&res, s, SQL_FIND_REQUEST, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no request %lld", (long long)id);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(out, res, read_request, p, err);
    }
    return st;
}
