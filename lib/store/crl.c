/* CRLs. A generation counts its revocations; a CRL remembers the count it covers. It is due when
 * there are more, so that there is no mark that two transactions could fight over, and none can be
 * lost. */
#include "store/store.h"

#include <apr_strings.h>

static void
read_crl(void *record, cepces_row_t *row)
{
    cepces_crl_record_t *crl = (cepces_crl_record_t *)record;

    crl->id = cepces_store_take_int(row);
    crl->ca = cepces_store_take_text(row);
    crl->generation = (int)cepces_store_take_int(row);
    crl->number = cepces_store_take_int(row);
    crl->der = cepces_store_take_bytes(row);
    crl->this_update = cepces_store_take_time(row);
    crl->next_update = cepces_store_take_time(row);
}

cepces_status_t
cepces_store_load_crls(const cepces_crl_record_t **out, size_t *num, cepces_store_t *s,
                       apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_crl_record_t *list;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_query(&res, s, SQL_NEWEST_CRLS, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    list = (cepces_crl_record_t *)apr_pcalloc(p, ((size_t)PQntuples(res) + 1) * sizeof(*list));
    st = cepces_store_read_rows(list, sizeof(*list), res, read_crl, p, err);
    if (st == CEPCES_OK) {
        *out = list;
        *num = (size_t)PQntuples(res);
    }
    return st;
}

/* --- Making one ------------------------------------------------------------------------------- */

/* The advisory locks of CRLs: "crl" in ASCII above the generation's id. */
#define CRL_LOCK_KEY(generation_id) ((INT64_C(0x63726c) << 40) + (generation_id))

typedef struct {
    const char *ca;
    int generation;
    bool only_if_due;
    apr_time_t now;
    cepces_crl_maker_fn make;
    void *payload;
    bool made;
} making_t;

/* What is known of a generation before its next CRL. */
typedef struct {
    int64_t generation_id;
    int64_t revocations;
    int64_t overlap_secs;
    int64_t number, covers;               /* of the newest CRL; 0: there is none */
    apr_time_t this_update, next_update;
} situation_t;

static void
read_situation(void *record, cepces_row_t *row)
{
    situation_t *now = (situation_t *)record;

    now->revocations = cepces_store_take_int(row);
    now->overlap_secs = cepces_store_take_int(row);
    now->number = cepces_store_take_int(row);
    now->covers = cepces_store_take_int(row);
    now->this_update = cepces_store_take_time(row);
    now->next_update = cepces_store_take_time(row);
}

static void
read_revocation(void *record, cepces_row_t *row)
{
    cepces_revocation_t *r = (cepces_revocation_t *)record;

    r->serial = cepces_store_take_bytes(row);
    r->revoked_at = cepces_store_take_time(row);
    r->reason = (int)cepces_store_take_int(row);
}

static bool
due(const situation_t *is, apr_time_t now)
{
    return is->number == 0 || is->revocations > is->covers ||
           now >= is->next_update - apr_time_from_sec(is->overlap_secs);
}

static cepces_status_t
find_generation(int64_t *id, cepces_session_t *c, const making_t *w, apr_pool_t *p,
                cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, w->ca, p);
    cepces_store_put_int(&a, w->generation);
    st = cepces_store_value(id, c, SQL_GENERATION_ID, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no generation %d of a CA called %s",
                                w->generation, w->ca);
    }
    return st;
}

/* One process makes a generation's CRL. Whoever only looks after CRLs leaves it to the other one;
 * who was told to make one waits. */
static cepces_status_t
lock_generation(bool *locked, cepces_session_t *c, int64_t generation_id, bool wait, apr_pool_t *p,
                cepces_error_t *err)
{
    cepces_params_t a;
    int64_t taken = 1;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, CRL_LOCK_KEY(generation_id));
    st = wait ? cepces_store_run(NULL, c, SQL_CRL_LOCK, &a, err)
              : cepces_store_value(&taken, c, SQL_CRL_TRY_LOCK, &a, err);
    if (st == CEPCES_OK) {
        *locked = taken != 0;
    }
    return st;
}

/* An expired certificate stays on one CRL past its notAfter (rule C3), so it goes when the newest
 * CRL is later than that. */
static cepces_status_t
list_revocations(const cepces_revocation_t **out, size_t *num, cepces_session_t *c,
                 const situation_t *is, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_revocation_t *list;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, is->generation_id);
    cepces_store_put_time(&a, is->this_update);
    st = cepces_store_run(&res, c, SQL_REVOCATIONS, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    list = (cepces_revocation_t *)apr_pcalloc(p, ((size_t)PQntuples(res) + 1) * sizeof(*list));
    *out = list;
    *num = (size_t)PQntuples(res);
    return cepces_store_read_rows(list, sizeof(*list), res, read_revocation, p, err);
}

static cepces_status_t
add_crl(cepces_session_t *c, const situation_t *is, const cepces_crl_record_t *crl, size_t entries,
        apr_pool_t *p, cepces_error_t *err)
{
    cepces_store_change_t change = {
        .event = "crl.published",
        .ca = crl->ca,
        .details = CHANGE_DETAILS("number", apr_psprintf(p, "%" APR_INT64_T_FMT, crl->number),
                                  "entries", apr_psprintf(p, "%" APR_SIZE_T_FMT, entries))};
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, is->generation_id);
    cepces_store_put_int(&a, crl->number);
    cepces_store_put_bytes(&a, crl->der);
    cepces_store_put_time(&a, crl->this_update);
    cepces_store_put_time(&a, crl->next_update);
    cepces_store_put_int(&a, is->revocations);
    st = cepces_store_run(NULL, c, SQL_ADD_CRL, &a, err);
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

/* The count of revocations is read before the list, so that the list never misses one that counts
 * as covered. */
static cepces_status_t
make_next(cepces_session_t *c, making_t *w, situation_t *is, apr_pool_t *p, cepces_error_t *err)
{
    cepces_crl_record_t crl = {.ca = w->ca, .generation = w->generation, .number = is->number + 1};
    const cepces_revocation_t *rows;
    size_t num;
    cepces_status_t st = list_revocations(&rows, &num, c, is, p, err);

    if (st == CEPCES_OK) {
        st = w->make(&crl, rows, num, w->payload, p, err);
    }
    if (st == CEPCES_OK) {
        st = add_crl(c, is, &crl, num, p, err);
    }
    w->made = st == CEPCES_OK;
    return st;
}

/* The signature is made inside the transaction, with the advisory lock held: right for keys in
 * files, which answer in milliseconds. The lock ends with the session, so a process that dies here
 * leaves nothing behind (rule S11). */
static cepces_status_t
make(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    making_t *w = (making_t *)payload;
    const PGresult *res;
    cepces_params_t a;
    situation_t is;
    bool locked = false;
    cepces_status_t st = find_generation(&is.generation_id, c, w, p, err);

    w->made = false;
    if (st == CEPCES_OK) {
        st = lock_generation(&locked, c, is.generation_id, !w->only_if_due, p, err);
    }
    if (st != CEPCES_OK || !locked) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, is.generation_id);
    st = cepces_store_run(&res, c, SQL_CRL_SITUATION, &a, err);
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(&is, res, read_situation, p, err);
    }
    if (st != CEPCES_OK || (w->only_if_due && !due(&is, w->now))) {
        return st;
    }
    return make_next(c, w, &is, p, err);
}

cepces_status_t
cepces_store_make_crl(bool *made, cepces_store_t *s, const char *ca, int generation,
                      bool only_if_due, apr_time_t now, cepces_crl_maker_fn maker, void *payload,
                      apr_pool_t *p, cepces_error_t *err)
{
    making_t w = {ca, generation, only_if_due, now, maker, payload, false};
    cepces_status_t st = cepces_store_transact(s, BEGIN_WRITE, make, &w, p, err);

    if (st == CEPCES_OK) {
        *made = w.made;
    }
    return st;
}
