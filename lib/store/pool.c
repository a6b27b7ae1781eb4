/* The pool of sessions. Every session exists from the start; its connection is made when it is
 * first needed and again after it was lost. Threads wait here, and nowhere else, for their turn. */
#include "store/store.h"

#include <poll.h>

#include <apr_strings.h>

#include "base/clock.h"
#include "base/pool.h"

/* Pauses between attempts to connect while the database is away (rule S14). */
#define FIRST_PAUSE (100 * APR_USEC_PER_SEC / 1000)
#define LONGEST_PAUSE (2 * APR_USEC_PER_SEC)

static void
close_store(void *data)
{
    cepces_store_t *s = (cepces_store_t *)data;

    for (unsigned i = 0; i < s->options.pool_size; i++) {
        cepces_store_disconnect(&s->sessions[i]);
    }
}

static void
make_sessions(cepces_store_t *s, apr_pool_t *p)
{
    unsigned size = s->options.pool_size;

    s->sessions = (cepces_session_t *)apr_pcalloc(p, size * sizeof(*s->sessions));
    s->idle = (cepces_session_t **)apr_palloc(p, size * sizeof(*s->idle));
    for (unsigned i = 0; i < size; i++) {
        s->sessions[i].store = s;
        s->sessions[i].patience = CEPCES_STORE_PATIENCE;
        s->idle[i] = &s->sessions[i];
    }
    s->num_idle = size;
}

cepces_status_t
cepces_store_open(cepces_store_t **out, const cepces_store_options_t *options, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_store_t *s = (cepces_store_t *)apr_pcalloc(p, sizeof(*s));
    apr_status_t rv;

    if (options->database == NULL || options->pool_size == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "a store needs a connection string and a pool of at least one");
    }
    s->options = *options;
    s->options.database = apr_pstrdup(p, options->database);
    s->options.application_name =
        apr_pstrdup(p, options->application_name != NULL ? options->application_name : "cepces");
    s->options.actor = apr_pstrdup(p, options->actor);
    rv = apr_thread_mutex_create(&s->mutex, APR_THREAD_MUTEX_DEFAULT, p);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&s->returned, p);
    }
    if (rv != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, "cannot make a lock");
    }
    make_sessions(s, p);
    cepces_pool_adopt(p, s, close_store);
    *out = s;
    return CEPCES_OK;
}

/* Takes an idle session off the stack, waiting as long as the options say; NULL when none came back
 * in time. */
static cepces_session_t *
take_idle(cepces_store_t *s)
{
    apr_time_t deadline = cepces_clock_steady() + s->options.pool_wait;
    cepces_session_t *c = NULL;

    apr_thread_mutex_lock(s->mutex);
    while (s->num_idle == 0) {
        apr_interval_time_t left = deadline - cepces_clock_steady();

        if (left <= 0) {
            break;
        }
        apr_thread_cond_timedwait(s->returned, s->mutex, left);
    }
    if (s->num_idle > 0) {
        c = s->idle[--s->num_idle];
    }
    apr_thread_mutex_unlock(s->mutex);
    return c;
}

/* The server never speaks first, except to say goodbye: whatever can be read from a connection that
 * was idle means that it is not to be used again. Finding out before anything is sent keeps every
 * statement safe to run. */
static bool
said_goodbye(const cepces_session_t *c)
{
    struct pollfd fd = {PQsocket(c->conn), POLLIN, 0};

    return poll(&fd, 1, 0) != 0;
}

cepces_status_t
cepces_store_borrow(cepces_session_t **out, cepces_store_t *s, cepces_error_t *err)
{
    cepces_session_t *c = take_idle(s);
    cepces_status_t st;

    if (c == NULL) {
        return cepces_error_set(err, CEPCES_E_NO_SESSION,
                                "all %u database connections are busy", s->options.pool_size);
    }
    if (c->conn != NULL && said_goodbye(c)) {
        cepces_store_disconnect(c);
    }
    st = cepces_store_connect(c, err);
    if (st != CEPCES_OK) {
        cepces_store_give_back(c);
        return st;
    }
    *out = c;
    return CEPCES_OK;
}

/* Only a session between transactions goes back with its connection (rule L21). */
void
cepces_store_give_back(cepces_session_t *c)
{
    cepces_store_t *s = c->store;

    if (c->conn != NULL && (PQstatus(c->conn) != CONNECTION_OK ||
                            PQtransactionStatus(c->conn) != PQTRANS_IDLE)) {
        cepces_store_disconnect(c);
    }
    apr_thread_mutex_lock(s->mutex);
    s->idle[s->num_idle++] = c;
    apr_thread_cond_signal(s->returned);
    apr_thread_mutex_unlock(s->mutex);
}

/* Whether an attempt to connect may be made now. While the database is away one thread tries at a
 * time. */
static cepces_status_t
may_connect(cepces_store_t *s, cepces_error_t *err)
{
    apr_time_t now = cepces_clock_steady();
    cepces_status_t st = CEPCES_OK;

    apr_thread_mutex_lock(s->mutex);
    if (s->backoff > 0 && now < s->not_before) {
        st = cepces_error_set(err, CEPCES_E_UNAVAILABLE, "the database is away: %s", s->reason);
    } else if (s->backoff > 0) {
        s->not_before = now + LONGEST_PAUSE;
    }
    apr_thread_mutex_unlock(s->mutex);
    return st;
}

static void
note_connected(cepces_store_t *s)
{
    apr_thread_mutex_lock(s->mutex);
    s->backoff = 0;
    apr_thread_mutex_unlock(s->mutex);
}

static void
note_failure(cepces_store_t *s, const char *reason)
{
    apr_thread_mutex_lock(s->mutex);
    s->backoff = s->backoff == 0 ? FIRST_PAUSE : s->backoff * 2;
    if (s->backoff > LONGEST_PAUSE) {
        s->backoff = LONGEST_PAUSE;
    }
    s->not_before = cepces_clock_steady() + s->backoff;
    apr_cpystrn(s->reason, reason, sizeof(s->reason));
    apr_thread_mutex_unlock(s->mutex);
}

cepces_status_t
cepces_store_connect(cepces_session_t *c, cepces_error_t *err)
{
    cepces_status_t st;

    if (c->conn != NULL) {
        return CEPCES_OK;
    }
    st = may_connect(c->store, err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (cepces_store_dial(c)) {
        note_connected(c->store);
        return CEPCES_OK;
    }
    cepces_store_disconnect(c);
    note_failure(c->store, c->trouble);
    /* The same words as in may_connect, so that the watcher logs one reason once. */
    return cepces_error_set(err, CEPCES_E_UNAVAILABLE, "the database is away: %s", c->trouble);
}
