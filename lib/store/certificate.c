/* Certificates: finding, listing, revoking. They are added together with their request (request.c)
 * or their CA (ca.c). */
#include "store/words.h"

#include <apr_strings.h>

#include "base/encode.h"

/* Most rows that one list returns. */
#define MOST_LISTED 100000

static void
read_certificate(void *record, cepces_row_t *row)
{
    cepces_certificate_record_t *c = (cepces_certificate_record_t *)record;

    c->id = cepces_store_take_int(row);
    c->ca = cepces_store_take_text(row);
    c->generation = (int)cepces_store_take_int(row);
    c->serial = cepces_store_take_bytes(row);
    c->request_id = cepces_store_take_int(row);
    c->template_name = cepces_store_take_text(row);
    c->template_revision_id = cepces_store_take_int(row);
    c->principal = cepces_store_take_text(row);
    c->subject = cepces_store_take_text(row);
    c->der = cepces_store_take_bytes(row);
    c->sha256 = cepces_store_take_bytes(row);
    c->not_before = cepces_store_take_time(row);
    c->not_after = cepces_store_take_time(row);
    c->state =
        (cepces_certificate_state_t)cepces_store_take_word(row, cepces_store_certificate_states);
    c->revoked_at = cepces_store_take_time(row);
    c->reason = (int)cepces_store_take_int(row);
}

cepces_status_t
cepces_store_list_certificates(const cepces_certificate_record_t **out, size_t *num,
                               cepces_store_t *s, const cepces_certificate_filter_t *filter,
                               apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_certificate_record_t *list;
    cepces_status_t st;

    cepces_store_bind(&a, filter->ca, p);
    cepces_store_put_text(&a, filter->principal);
    cepces_store_put_text(&a, filter->template_name);
    cepces_store_put_word(&a, cepces_store_certificate_states, filter->state);
    cepces_store_put_int(&a, filter->limit < MOST_LISTED ? filter->limit : MOST_LISTED);
    st = cepces_store_query(&res, s, SQL_LIST_CERTIFICATES, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    list = (cepces_certificate_record_t *)apr_pcalloc(p, ((size_t)PQntuples(res) + 1) * sizeof(*list));
    st = cepces_store_read_rows(list, sizeof(*list), res, read_certificate, p, err);
    if (st == CEPCES_OK) {
        *out = list;
        *num = (size_t)PQntuples(res);
    }
    return st;
}

cepces_status_t
cepces_store_find_certificate(cepces_certificate_record_t *out, cepces_store_t *s, const char *ca,
                              cepces_bytes_t serial, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, ca, p);
    cepces_store_put_bytes(&a, serial);
    st = cepces_store_query(&res, s, SQL_FIND_CERTIFICATE, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (PQntuples(res) == 0) {
        return cepces_error_set(err, CEPCES_E_NOT_FOUND, "there is no certificate with serial %s",
                                cepces_hex(serial, p));
    }
    if (PQntuples(res) > 1) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "several CAs have a certificate with serial %s: name the CA",
                                cepces_hex(serial, p));
    }
    return cepces_store_read_row(out, res, read_certificate, p, err);
}

/* --- Revocation ------------------------------------------------------------------------------- */

typedef struct {
    const char *ca;
    cepces_bytes_t serial;
    int reason;
    apr_time_t at;
} revocation_work_t;

/* Why the guarded update changed nothing. */
static cepces_status_t
not_revoked(cepces_session_t *c, const revocation_work_t *w, int64_t ca_id, apr_pool_t *p,
            cepces_error_t *err)
{
    cepces_params_t a;
    int64_t present;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, ca_id);
    cepces_store_put_bytes(&a, w->serial);
    st = cepces_store_value(&present, c, SQL_CERTIFICATE_PRESENT, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    return cepces_error_set(err, present ? CEPCES_E_EXISTS : CEPCES_E_NOT_FOUND,
                            present ? "the certificate %s of CA %s is revoked already"
                                    : "there is no certificate %s of CA %s",
                            cepces_hex(w->serial, p), w->ca);
}

/* A guarded update (rule L24), which also tells the generation whose CRL is due. */
static cepces_status_t
revoke_row(cepces_session_t *c, const revocation_work_t *w, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    int64_t ca_id, generation_id;
    cepces_status_t st = cepces_store_id_of(&ca_id, c, SQL_CA_ID, "CA", w->ca, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, ca_id);
    cepces_store_put_bytes(&a, w->serial);
    cepces_store_put_time(&a, w->at);
    cepces_store_put_int(&a, w->reason);
    st = cepces_store_value(&generation_id, c, SQL_REVOKE_CERTIFICATE, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return not_revoked(c, w, ca_id, p, err);
    }
    if (st == CEPCES_OK) {
        cepces_store_params_init(&a, p);
        cepces_store_put_int(&a, generation_id);
        st = cepces_store_run(NULL, c, SQL_COUNT_REVOCATION, &a, err);
    }
    return st;
}

static cepces_status_t
revoke_certificate(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const revocation_work_t *w = (const revocation_work_t *)payload;
    cepces_store_change_t change = {.event = "cert.revoked",
                                    .ca = w->ca,
                                    .details = CHANGE_DETAILS("serial", cepces_hex(w->serial, p),
                                                              "reason", apr_itoa(p, w->reason))};
    cepces_status_t st = revoke_row(c, w, p, err);

    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_revoke_certificate(cepces_store_t *s, const char *ca, cepces_bytes_t serial, int reason,
                                apr_time_t at, apr_pool_t *p, cepces_error_t *err)
{
    revocation_work_t w = {ca, serial, reason, at};

    return cepces_store_transact(s, BEGIN_WRITE, revoke_certificate, &w, p, err);
}
