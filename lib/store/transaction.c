/* Transactions, and the statements that stand alone. What may run a second time is decided here. */
#include "store/store.h"

#include <apr_general.h>

/* How often a transaction is repeated after a serialization failure or a deadlock (rule S8). */
#define MOST_REPETITIONS 2

static void
pause_a_little(void)
{
    unsigned char random = 0;

    (void)apr_generate_random_bytes(&random, 1);
    apr_sleep(APR_USEC_PER_SEC / 1000 * (2 + random % 32));
}

/* Whether what just failed may run again after |repetitions| others; it has a connection then. */
static bool
may_repeat(cepces_session_t *c, unsigned repetitions, cepces_error_t *err)
{
    switch (c->again) {
    case AGAIN_SERIALIZED:
        if (repetitions >= MOST_REPETITIONS) {
            return false;
        }
        pause_a_little();
        return cepces_store_connect(c, err) == CEPCES_OK;
    case AGAIN_CONNECTED:
        return repetitions == 0 && cepces_store_connect(c, err) == CEPCES_OK;
    case AGAIN_NEVER:
        break;
    }
    return false;
}

/* COMMIT is success only when the tag says so and every host that must have it has it (rule L22).
 * When the connection breaks here the outcome is unknown, and nothing is repeated. */
static cepces_status_t
commit(cepces_session_t *c, cepces_error_t *err)
{
    cepces_status_t st = cepces_store_command(c, "COMMIT", "COMMIT", err);

    if (st != CEPCES_OK && c->again == AGAIN_CONNECTED) {
        c->again = AGAIN_NEVER;
        return cepces_error_wrap(err, CEPCES_E_UNAVAILABLE, "whether the change was stored is not known");
    }
    if (st == CEPCES_OK && c->replication_doubt) {
        st = cepces_error_set(err, CEPCES_E_UNAVAILABLE,
                              "the commit was not confirmed by the standby server");
    }
    return st;
}

static cepces_status_t
run_once(cepces_session_t *c, const char *begin, cepces_work_fn work, void *payload, apr_pool_t *p,
         cepces_error_t *err)
{
    cepces_again_t again;
    cepces_status_t st;

    c->replication_doubt = false;
    st = cepces_store_command(c, begin, "BEGIN", err);
    if (st == CEPCES_OK) {
        st = work(c, payload, p, err);
        if (st == CEPCES_OK) {
            return commit(c, err);
        }
    }
    again = c->again; /* the rollback's own outcome does not matter: give_back looks at the connection */
    if (c->conn != NULL && cepces_store_command(c, "ROLLBACK", "ROLLBACK", NULL) != CEPCES_OK) {
        cepces_store_disconnect(c);
    }
    c->again = again;
    return st;
}

cepces_status_t
cepces_store_transact(cepces_store_t *s, const char *begin, cepces_work_fn work, void *payload,
                      apr_pool_t *p, cepces_error_t *err)
{
    cepces_session_t *c;
    cepces_status_t st = cepces_store_borrow(&c, s, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (unsigned repetitions = 0;; repetitions++) {
        st = run_once(c, begin, work, payload, p, err);
        if (st == CEPCES_OK || !may_repeat(c, repetitions, err)) {
            break;
        }
    }
    cepces_store_give_back(c);
    return st;
}

cepces_status_t
cepces_store_query(const PGresult **out, cepces_store_t *s, cepces_statement_t statement,
                   const cepces_params_t *a, cepces_error_t *err)
{
    cepces_session_t *c;
    cepces_status_t st = cepces_store_borrow(&c, s, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (unsigned repetitions = 0;; repetitions++) {
        c->replication_doubt = false;
        st = cepces_store_run(out, c, statement, a, err);
        if (st == CEPCES_OK || !may_repeat(c, repetitions, err)) {
            break;
        }
    }
    if (st == CEPCES_OK && c->replication_doubt) {
        st = cepces_error_set(err, CEPCES_E_UNAVAILABLE,
                              "the commit was not confirmed by the standby server");
    }
    cepces_store_give_back(c);
    return st;
}
