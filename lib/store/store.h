/* The inside of the store room: sessions with PostgreSQL, statements, their parameters and their
 * rows. The contract for others is cepces/store.h; no other room includes this header.
 *
 * A call site reads top to bottom: put the parameters, run the statement, take the columns.
 *
 *     cepces_store_params_init(&a, p);
 *     cepces_store_put_text(&a, name);
 *     st = cepces_store_query(&res, s, SQL_FIND_ACCOUNT, &a, err);
 *     if (st == CEPCES_OK) {
 *         row = cepces_store_row(res, 0, p);
 *         account.id = cepces_store_take_int(&row);
 *         …
 *         st = cepces_store_row_end(&row, err);
 *     }
 *
 * Results are adopted by the pool of the parameters; text and bytes that are taken from a row point
 * into them. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <libpq-fe.h>

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "base/bytes.h"
#include "cepces/store.h"

/* --- Statements: statements.def --------------------------------------------------------------- */

typedef enum cepces_statement_t {
#define STATEMENT(name, shape, sql) SQL_##name,
#include "store/statements.def"
#undef STATEMENT
    SQL_COUNT
} cepces_statement_t;

/* What a statement's answer looks like when it succeeded (rule L22). */
typedef enum cepces_shape_t {
    SHAPE_ROWS,    /* any number of rows */
    SHAPE_ONE_ROW, /* exactly one row; none is CEPCES_E_NOT_FOUND */
    SHAPE_CHANGED, /* exactly one row changed; none is CEPCES_E_NOT_FOUND */
    SHAPE_COMMAND  /* any number of rows changed */
} cepces_shape_t;

typedef struct cepces_statement_row_t {
    const char *name;
    cepces_shape_t shape;
    const char *sql;
} cepces_statement_row_t;

extern const cepces_statement_row_t cepces_store_statements[SQL_COUNT];

/* --- Parameters ------------------------------------------------------------------------------- */

#define CEPCES_STORE_MAX_PARAMS 40

/* Parameters of one statement, all in binary form, with their types, so that PostgreSQL never
 * guesses. */
typedef struct cepces_params_t {
    apr_pool_t *p;
    int num;
    Oid types[CEPCES_STORE_MAX_PARAMS];
    const char *values[CEPCES_STORE_MAX_PARAMS]; /* NULL: SQL's null */
    int lengths[CEPCES_STORE_MAX_PARAMS];
    int formats[CEPCES_STORE_MAX_PARAMS];
    bool wrong; /* too many, or one too long for libpq */
} cepces_params_t;

void cepces_store_params_init(cepces_params_t *a, apr_pool_t *p);
void cepces_store_put_text(cepces_params_t *a, const char *text);     /* text; NULL is null */
void cepces_store_put_json(cepces_params_t *a, const char *text);     /* json; NULL is null */
void cepces_store_put_bytes(cepces_params_t *a, cepces_bytes_t b);    /* bytea; without data it is null */
void cepces_store_put_int(cepces_params_t *a, int64_t value);         /* bigint */
void cepces_store_put_id(cepces_params_t *a, int64_t id);             /* bigint; 0 is null */
void cepces_store_put_optional(cepces_params_t *a, cepces_optional_t value); /* bigint or null */
void cepces_store_put_bool(cepces_params_t *a, bool value);
void cepces_store_put_time(cepces_params_t *a, apr_time_t t);         /* timestamptz; 0 is null */
void cepces_store_put_strings(cepces_params_t *a, cepces_strings_t list); /* text[] */
void cepces_store_put_list(cepces_params_t *a, const cepces_bytes_t *items, size_t num); /* bytea[] */

/* --- Rows ------------------------------------------------------------------------------------- */

/* A row whose columns are taken from left to right. A column of another type than the taker's
 * sticks as an error that cepces_store_row_end reports, together with columns left over. */
typedef struct cepces_row_t {
    const PGresult *res;
    int row;
    int column;
    apr_pool_t *p;
    bool wrong;
} cepces_row_t;

cepces_row_t cepces_store_row(const PGresult *res, int row, apr_pool_t *p);
const char *cepces_store_take_text(cepces_row_t *r);       /* null is NULL */
cepces_bytes_t cepces_store_take_bytes(cepces_row_t *r);   /* null is empty */
int64_t cepces_store_take_int(cepces_row_t *r);            /* of 2, 4 or 8 bytes; null is 0 */
cepces_optional_t cepces_store_take_optional(cepces_row_t *r);
bool cepces_store_take_bool(cepces_row_t *r);              /* null is false */
apr_time_t cepces_store_take_time(cepces_row_t *r);        /* null is 0 */
cepces_strings_t cepces_store_take_strings(cepces_row_t *r);
const cepces_bytes_t *cepces_store_take_list(cepces_row_t *r, size_t *num);
/* The index of a text in a list of words that ends with NULL. */
int cepces_store_take_word(cepces_row_t *r, const char *const *words);
cepces_status_t cepces_store_row_end(const cepces_row_t *r, cepces_error_t *err) CEPCES_MUST_CHECK;

/* Takes the columns of one row into one record. */
typedef void (*cepces_read_fn)(void *record, cepces_row_t *row);

/* cepces_store_read_row reads the only row of |res|; cepces_store_read_rows reads all of them into
 * |records|, which has room for PQntuples(res) of |size| bytes. */
cepces_status_t cepces_store_read_row(void *record, const PGresult *res, cepces_read_fn read,
                                      apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;
cepces_status_t cepces_store_read_rows(void *records, size_t size, const PGresult *res,
                                       cepces_read_fn read, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* The binary form of one-dimensional arrays. cepces_store_array_decode answers false for anything
 * else, and for an array with nulls in it; the items point into |data|. */
cepces_bytes_t cepces_store_array_encode(Oid type, const cepces_bytes_t *items, size_t num,
                                         apr_pool_t *p);
bool cepces_store_array_decode(const cepces_bytes_t **items, size_t *num, Oid type,
                               cepces_bytes_t data, apr_pool_t *p);

/* Types of PostgreSQL that we use (pg_type.dat); these numbers never change. */
#define TYPE_BOOL 16
#define TYPE_BYTEA 17
#define TYPE_INT8 20
#define TYPE_INT2 21
#define TYPE_INT4 23
#define TYPE_TEXT 25
#define TYPE_JSON 114
#define TYPE_BYTEA_ARRAY 1001
#define TYPE_TEXT_ARRAY 1009
#define TYPE_TIMESTAMPTZ 1184

/* Microseconds from 1970 to 2000, where PostgreSQL's times start. */
#define EPOCH_OFFSET INT64_C(946684800000000)

/* --- Sessions --------------------------------------------------------------------------------- */

/* What the last failure of a session allows. */
typedef enum cepces_again_t {
    AGAIN_NEVER,
    AGAIN_SERIALIZED, /* rolled back because of a concurrent transaction: the whole transaction may run again */
    AGAIN_CONNECTED   /* the connection is lost: on a new one, what was not committed may run again */
} cepces_again_t;

/* One connection. It is used by the thread that has borrowed it and by nobody else (rule L21). */
typedef struct cepces_session_t {
    cepces_store_t *store;
    PGconn *conn;                  /* NULL: to be made when it is needed */
    bool prepared[SQL_COUNT];
    apr_interval_time_t patience;  /* how long we wait for an answer */
    cepces_again_t again;
    bool replication_doubt;        /* a warning said that a commit may be on one host only (rule L22) */
    char constraint[64];           /* what the last failure violated, or "" */
    char trouble[256];             /* what libpq said when the connection failed, on one line */
} cepces_session_t;

struct cepces_store_t {
    cepces_store_options_t options;
    apr_thread_mutex_t *mutex;     /* guards everything below */
    apr_thread_cond_t *returned;
    cepces_session_t *sessions;    /* pool_size of them */
    cepces_session_t **idle;       /* those nobody uses; the last one given back is borrowed first */
    unsigned num_idle;
    apr_interval_time_t backoff;   /* 0: the last attempt to connect succeeded */
    apr_time_t not_before;         /* no attempt to connect before this time */
    char reason[256];              /* why the last attempt failed */
};

/* How long the server is given: the settings of a session, and one second more for the answer to
 * arrive. */
#define CEPCES_STORE_CONNECT_SECS "3"
#define CEPCES_STORE_STATEMENT_MS "5000"
#define CEPCES_STORE_LOCK_MS "2000"
#define CEPCES_STORE_IDLE_MS "10000"
#define CEPCES_STORE_PATIENCE apr_time_from_sec(6)

/* cepces_store_borrow waits for a free session and sees to it that it is connected. */
cepces_status_t cepces_store_borrow(cepces_session_t **out, cepces_store_t *s, cepces_error_t *err)
    CEPCES_MUST_CHECK;
void cepces_store_give_back(cepces_session_t *c);

/* cepces_store_connect connects a session that is not; within a pause after a failed attempt it
 * fails at once. */
cepces_status_t cepces_store_connect(cepces_session_t *c, cepces_error_t *err) CEPCES_MUST_CHECK;
void cepces_store_disconnect(cepces_session_t *c);

/* cepces_store_dial makes one attempt; when it fails, |c->trouble| says why. */
bool cepces_store_dial(cepces_session_t *c);

/* cepces_store_run executes a statement, preparing it first when this connection has not seen it,
 * and checks the answer against the statement's shape. |*out|, which may be NULL, is adopted by the
 * pool of the parameters. */
cepces_status_t cepces_store_run(const PGresult **out, cepces_session_t *c,
                                 cepces_statement_t statement, const cepces_params_t *a,
                                 cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_value executes a statement that answers one row with one number or truth value (0 or
 * 1). */
cepces_status_t cepces_store_value(int64_t *out, cepces_session_t *c, cepces_statement_t statement,
                                   const cepces_params_t *a, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_command executes constant SQL without parameters: what begins and ends transactions.
 * |expected| is the command tag, or NULL. cepces_store_script takes several statements
 * (migrations). */
cepces_status_t cepces_store_command(cepces_session_t *c, const char *sql, const char *expected,
                                     cepces_error_t *err) CEPCES_MUST_CHECK;
cepces_status_t cepces_store_script(cepces_session_t *c, const char *script, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Transactions ----------------------------------------------------------------------------- */

#define BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
#define BEGIN_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

typedef cepces_status_t (*cepces_work_fn)(cepces_session_t *c, void *payload, apr_pool_t *p,
                                          cepces_error_t *err);

/* cepces_store_transact runs |work| between |begin| and COMMIT, or ROLLBACK when it fails. |work|
 * may run several times: after a serialization failure at most twice more (rule S8), and once more
 * when the connection was lost before COMMIT. */
cepces_status_t cepces_store_transact(cepces_store_t *s, const char *begin, cepces_work_fn work,
                                      void *payload, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_query runs one statement on its own, once more when the connection was lost. It is
 * meant for statements that may run twice: reads. */
cepces_status_t cepces_store_query(const PGresult **out, cepces_store_t *s,
                                   cepces_statement_t statement, const cepces_params_t *a,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- What several files need ------------------------------------------------------------------ */

/* An administrative change for the audit trail. |details| are keys and values in turn. */
typedef struct cepces_store_change_t {
    const char *event;
    const char *ca;            /* or NULL */
    const char *template_name; /* or NULL */
    cepces_strings_t details;
} cepces_store_change_t;

/* cepces_store_audit records a change in its transaction (rule A5); the store's actor is its
 * principal. */
cepces_status_t cepces_store_audit(cepces_session_t *c, const cepces_store_change_t *change,
                                   apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_id_of looks an id up by name with one of the SQL_…_ID statements; |kind| is the word
 * for errors. */
cepces_status_t cepces_store_id_of(int64_t *id, cepces_session_t *c, cepces_statement_t statement,
                                   const char *kind, const char *name, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_bind starts parameters whose first is |name|. */
void cepces_store_bind(cepces_params_t *a, const char *name, apr_pool_t *p);

/* The readers of records that several files read. */
void cepces_store_read_versions(void *record, cepces_row_t *row);
void cepces_store_read_template(void *record, cepces_row_t *row);

/* The details of a change: CHANGE_DETAILS("serial", hex, "reason", text). */
#define CHANGE_DETAILS(...) \
    ((cepces_strings_t){(const char *const[]){__VA_ARGS__}, \
                        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})

/* --- Migrations: made by embed.awk ------------------------------------------------------------ */

typedef struct cepces_store_migration_t {
    int version;
    const char *name;
    const char *sql;
} cepces_store_migration_t;

extern const cepces_store_migration_t cepces_store_migrations[];
extern const int cepces_store_num_migrations;

#endif
