/* One connection: making it with our settings, sending a statement, waiting for the answer no
 * longer than we want to, and deciding by SQLSTATE what a failure means. */
#include "store/store.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <apr_strings.h>

#include "base/clock.h"
#include "base/pool.h"

/* Warnings are of no use to anybody but for one (rule L22): with synchronous replication, class 57
 * says that the wait was cut short and the commit may be on one host only. */
static void
receive_notice(void *payload, const PGresult *res)
{
    cepces_session_t *c = (cepces_session_t *)payload;
    const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    if (sqlstate != NULL && strncmp(sqlstate, "57", 2) == 0) {
        c->replication_doubt = true;
    }
}

/* Keeps libpq's message, which may have several lines and ends with one, as one line. */
static void
note_trouble(cepces_session_t *c, const char *message)
{
    size_t len = 0;

    for (; *message != '\0' && len + 1 < sizeof(c->trouble); message++) {
        if (*message != '\n' && *message != '\t') {
            c->trouble[len++] = *message;
        } else if (message[1] != '\0') {
            c->trouble[len++] = ' ';
        }
    }
    c->trouble[len] = '\0';
}

/* What the connection string says counts for the keywords before it; the ones behind it are ours.
 * The settings travel with the connection, so that they cost no round trip. libpq applies the
 * timeout to each host of a list in turn, which is why it makes the connection, not we. */
bool
cepces_store_dial(cepces_session_t *c)
{
    static const char *const keywords[] = {
        "target_session_attrs", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "dbname", "connect_timeout", "client_encoding", "application_name",
        "options", NULL};
    const char *const values[] = {
        "read-write", "10", "3", "3", "5000", c->store->options.database, CEPCES_STORE_CONNECT_SECS,
        "UTF8", c->store->options.application_name,
        "-c search_path=cepces,pg_temp -c timezone=UTC -c datestyle=ISO"
        " -c statement_timeout=" CEPCES_STORE_STATEMENT_MS " -c lock_timeout=" CEPCES_STORE_LOCK_MS
        " -c idle_in_transaction_session_timeout=" CEPCES_STORE_IDLE_MS,
        NULL};

    memset(c->prepared, 0, sizeof(c->prepared));
    c->conn = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(c->conn) != CONNECTION_OK || PQsetnonblocking(c->conn, 1) != 0) {
        note_trouble(c, PQerrorMessage(c->conn));
        return false;
    }
    PQsetNoticeReceiver(c->conn, receive_notice, c);
    return true;
}

void
cepces_store_disconnect(cepces_session_t *c)
{
    PQfinish(c->conn); /* NULL is allowed */
    c->conn = NULL;
}

/* --- Failures --------------------------------------------------------------------------------- */

/* The first row whose prefix fits decides. */
static const struct {
    const char *sqlstate; /* a prefix */
    cepces_status_t status;
    cepces_again_t again;
} meanings[] = {
    {"23505", CEPCES_E_EXISTS, AGAIN_NEVER},           /* unique_violation */
    {"23503", CEPCES_E_IN_USE, AGAIN_NEVER},           /* foreign_key_violation: names are looked up before, so it is
                                                          something that is still referred to, or just went away */
    {"23502", CEPCES_E_NOT_FOUND, AGAIN_NEVER},        /* not_null_violation: a name became no id */
    {"23514", CEPCES_E_INVALID, AGAIN_NEVER},          /* check_violation */
    {"22021", CEPCES_E_INVALID, AGAIN_NEVER},          /* text that is not UTF-8 */
    {"40001", CEPCES_E_UNAVAILABLE, AGAIN_SERIALIZED}, /* serialization_failure */
    {"40P01", CEPCES_E_UNAVAILABLE, AGAIN_SERIALIZED}, /* deadlock_detected */
    {"55P03", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},      /* lock_not_available */
    {"57014", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},      /* query_canceled: statement_timeout */
    {"57P", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},    /* the server is going down or coming up */
    {"08", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},     /* connection exceptions */
    {"25006", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},  /* the server has become a standby */
    {"25P03", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},  /* idle_in_transaction_session_timeout */
    {"0A000", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},  /* a prepared statement outlived a change of the schema */
    {"26000", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},  /* a prepared statement is gone */
    {"53", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},         /* disk, memory or connections are short */
    {"3F000", CEPCES_E_SCHEMA, AGAIN_NEVER},           /* invalid_schema_name */
    {"42P01", CEPCES_E_SCHEMA, AGAIN_NEVER},           /* undefined_table */
    {"42703", CEPCES_E_SCHEMA, AGAIN_NEVER},           /* undefined_column */
    {"42883", CEPCES_E_SCHEMA, AGAIN_NEVER},           /* undefined_function */
    {"", CEPCES_E_INTERNAL, AGAIN_NEVER},
};

static cepces_status_t
lost(cepces_session_t *c, const char *why, cepces_error_t *err)
{
    note_trouble(c, why);
    cepces_store_disconnect(c);
    c->again = AGAIN_CONNECTED;
    return cepces_error_set(err, CEPCES_E_UNAVAILABLE, "the connection to the database is lost: %s",
                            c->trouble);
}

/* Turns a failed result into a status, and notes in the session what may be done about it. */
static cepces_status_t
failed(cepces_session_t *c, const char *doing, const PGresult *res, cepces_error_t *err)
{
    const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
    size_t row = 0;
    cepces_status_t st;

    if (sqlstate == NULL) { /* libpq's own: the connection is lost, or the answer makes no sense */
        return lost(c, PQerrorMessage(c->conn), err);
    }
    while (strncmp(meanings[row].sqlstate, sqlstate, strlen(meanings[row].sqlstate)) != 0) {
        row++;
    }
    apr_cpystrn(c->constraint, constraint != NULL ? constraint : "", sizeof(c->constraint));
    st = cepces_error_set(err, meanings[row].status, "%s: %s (SQLSTATE %s)", doing,
                          message != NULL ? message : "no message", sqlstate);
    c->again = meanings[row].again;
    if (c->again == AGAIN_CONNECTED || PQstatus(c->conn) != CONNECTION_OK) {
        c->again = AGAIN_CONNECTED;
        cepces_store_disconnect(c);
    }
    return st;
}

/* --- Waiting ---------------------------------------------------------------------------------- */

/* Waits until the socket can be read (or written, when |events| says so). */
static bool
await(const cepces_session_t *c, short events, apr_time_t deadline)
{
    struct pollfd fd = {PQsocket(c->conn), events, 0};
    int ready;

    do {
        apr_interval_time_t left = deadline - cepces_clock_steady();

        ready = left <= 0 ? 0 : poll(&fd, 1, (int)(apr_time_as_msec(left) + 1));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Sends what libpq has buffered and waits for the whole answer. False: the time is up. A broken
 * connection counts as an answer; PQgetResult will tell. */
static bool
exchange(cepces_session_t *c, apr_time_t deadline)
{
    int unsent;

    while ((unsent = PQflush(c->conn)) > 0) {
        if (!await(c, POLLIN | POLLOUT, deadline)) {
            return false;
        }
        if (PQconsumeInput(c->conn) == 0) {
            return true;
        }
    }
    while (unsent == 0 && PQisBusy(c->conn)) {
        if (!await(c, POLLIN, deadline)) {
            return false;
        }
        if (PQconsumeInput(c->conn) == 0) {
            return true;
        }
    }
    return true;
}

static bool
is_failure(const PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);

    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

/* Everything that comes back for what was sent: the first failure if there is one, else the last
 * result. NULL: the time is up. */
static PGresult *
collect(cepces_session_t *c, apr_time_t deadline)
{
    PGresult *res = NULL, *next;

    while (exchange(c, deadline)) {
        next = PQgetResult(c->conn);
        if (next == NULL) {
            return res;
        }
        if (res != NULL && is_failure(res)) {
            PQclear(next);
        } else {
            PQclear(res);
            res = next;
        }
    }
    PQclear(res);
    return NULL;
}

/* The answer, checked for its status only. |*out| is the caller's to clear. */
static cepces_status_t
receive(PGresult **out, cepces_session_t *c, const char *doing, cepces_error_t *err)
{
    PGresult *res = collect(c, cepces_clock_steady() + c->patience);
    cepces_status_t st;

    if (res == NULL) {
        return lost(c, "no answer in time", err);
    }
    if (is_failure(res)) {
        st = failed(c, doing, res, err);
        PQclear(res);
        return st;
    }
    *out = res;
    return CEPCES_OK;
}

/* --- Statements ------------------------------------------------------------------------------- */

static void
reset(cepces_session_t *c)
{
    c->again = AGAIN_NEVER;
    c->constraint[0] = '\0';
}

static cepces_status_t
prepare(cepces_session_t *c, cepces_statement_t statement, const cepces_params_t *a,
        cepces_error_t *err)
{
    const cepces_statement_row_t *row = &cepces_store_statements[statement];
    PGresult *res;
    cepces_status_t st;

    if (!PQsendPrepare(c->conn, row->name, row->sql, a->num, a->types)) {
        return lost(c, PQerrorMessage(c->conn), err);
    }
    st = receive(&res, c, row->name, err);
    if (st == CEPCES_OK) {
        PQclear(res);
        c->prepared[statement] = true;
    }
    return st;
}

/* Status first, then shape (rule L22). */
static cepces_status_t
check_shape(const cepces_statement_row_t *row, PGresult *res, cepces_error_t *err)
{
    bool rows = row->shape == SHAPE_ROWS || row->shape == SHAPE_ONE_ROW;
    ExecStatusType expected = rows ? PGRES_TUPLES_OK : PGRES_COMMAND_OK;
    long num = rows ? PQntuples(res) : strtol(PQcmdTuples(res), NULL, 10);

    if (PQresultStatus(res) != expected) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "%s: answer of the wrong kind (%s)",
                                row->name, PQresStatus(PQresultStatus(res)));
    }
    if (row->shape == SHAPE_ROWS || row->shape == SHAPE_COMMAND || num == 1) {
        return CEPCES_OK;
    }
    return cepces_error_set(err, num == 0 ? CEPCES_E_NOT_FOUND : CEPCES_E_INTERNAL,
                            "%s: %ld rows instead of one", row->name, num);
}

static void
clear_result(void *res)
{
    PQclear((PGresult *)res);
}

cepces_status_t
cepces_store_run(const PGresult **out, cepces_session_t *c, cepces_statement_t statement,
                 const cepces_params_t *a, cepces_error_t *err)
{
    const cepces_statement_row_t *row = &cepces_store_statements[statement];
    PGresult *res;
    cepces_status_t st;

    reset(c);
    if (a->wrong) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s: a parameter is too long", row->name);
    }
    if (!c->prepared[statement]) {
        st = prepare(c, statement, a, err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    if (!PQsendQueryPrepared(c->conn, row->name, a->num, a->values, a->lengths, a->formats, 1)) {
        return lost(c, PQerrorMessage(c->conn), err);
    }
    st = receive(&res, c, row->name, err);
    if (st != CEPCES_OK) {
        return st;
    }
    st = check_shape(row, res, err);
    if (st != CEPCES_OK || out == NULL) {
        PQclear(res);
        return st;
    }
    cepces_pool_adopt(a->p, res, clear_result);
    *out = res;
    return CEPCES_OK;
}

cepces_status_t
cepces_store_value(int64_t *out, cepces_session_t *c, cepces_statement_t statement,
                   const cepces_params_t *a, cepces_error_t *err)
{
    const PGresult *res;
    cepces_row_t row;
    cepces_status_t st = cepces_store_run(&res, c, statement, a, err);

    if (st != CEPCES_OK) {
        return st;
    }
    row = cepces_store_row(res, 0, a->p);
    *out = PQftype(res, 0) == TYPE_BOOL ? cepces_store_take_bool(&row) : cepces_store_take_int(&row);
    return cepces_store_row_end(&row, err);
}

/* Waits for the answer to constant SQL and looks at the command tag. */
static cepces_status_t
finish_command(cepces_session_t *c, const char *doing, const char *expected, cepces_error_t *err)
{
    PGresult *res;
    cepces_status_t st = receive(&res, c, doing, err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (expected != NULL && strcmp(PQcmdStatus(res), expected) != 0) {
        st = cepces_error_set(err, CEPCES_E_INTERNAL, "%s was answered with %s", doing,
                              PQcmdStatus(res));
    }
    PQclear(res);
    return st;
}

cepces_status_t
cepces_store_command(cepces_session_t *c, const char *sql, const char *expected,
                     cepces_error_t *err)
{
    reset(c);
    if (!PQsendQueryParams(c->conn, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        return lost(c, PQerrorMessage(c->conn), err);
    }
    return finish_command(c, sql, expected, err);
}

/* Only the simple protocol takes several statements at once. Migrations are constants of ours. */
cepces_status_t
cepces_store_script(cepces_session_t *c, const char *script, cepces_error_t *err)
{
    reset(c);
    if (!PQsendQuery(c->conn, script)) {
        return lost(c, PQerrorMessage(c->conn), err);
    }
    return finish_command(c, "migration", NULL, err);
}
