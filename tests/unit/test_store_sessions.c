/* The store room: connections that break, a database that goes and comes, the pool, transactions
 * and what failures mean. */
#include <signal.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "store/store.h"
#include "support/database.h"

#define MSEC (APR_USEC_PER_SEC / 1000)

static cepces_store_t *store;
static int64_t revision;

static void
fill(unsigned pool_size)
{
    store = test_fresh_store(pool_size);
    revision = test_fill(store);
}

static cepces_status_t
read_something(void)
{
    cepces_account_t account;

    return cepces_store_find_account(&account, store, "alice", test_pool, &test_error);
}

static cepces_status_t
write_something(unsigned number)
{
    test_enrolment_t e = test_enrolment(revision, number, test_pool);
    int64_t id;

    return cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, test_pool,
                                    &test_error);
}

static void
terminate_our_backends(void)
{
    ck_assert_int_ge(
        test_number("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                    " WHERE application_name = 'unit test'"),
        1);
}

/* --- Connecting ------------------------------------------------------------------------------- */

static const struct {
    const char *setting, *value;
} settings[] = {
    {"search_path", "cepces,pg_temp"},
    {"TimeZone", "UTC"},
    {"DateStyle", "ISO, MDY"},
    {"client_encoding", "UTF8"},
    {"statement_timeout", "5s"},
    {"lock_timeout", "2s"},
    {"idle_in_transaction_session_timeout", "10s"},
    {"application_name", "unit test"},
    {"synchronous_commit", "on"},
};

START_TEST(a_session_has_our_settings_whatever_the_role_says)
{
    cepces_session_t *c;
    const char *value;
    PGresult *res;

    ck_assert_str_eq(test_sql("ALTER ROLE cepces SET search_path = public; ALTER ROLE cepces SET "
                              "statement_timeout = 0;"
                              "ALTER ROLE cepces SET timezone = 'Asia/Tokyo'; ALTER ROLE cepces "
                              "SET datestyle = 'German'"),
                     "00000");
    store = test_open_store(1, 0);
    test_ok(cepces_store_borrow(&c, store, &test_error));
    res = PQexec(c->conn, apr_pstrcat(test_pool, "SHOW ", settings[_i].setting, NULL));
    value = apr_pstrdup(test_pool, PQgetvalue(res, 0, 0));
    PQclear(res);
    cepces_store_give_back(c);
    ck_assert_str_eq(test_sql("ALTER ROLE cepces RESET ALL"), "00000");
    ck_assert_str_eq(value, settings[_i].value);
}
END_TEST

START_TEST(without_a_database_calls_fail_at_once)
{
    cepces_store_options_t options = {.database = "host=/nonexistent", .pool_size = 2};
    apr_time_t start = apr_time_now();
    const char *first;

    test_ok(cepces_store_open(&store, &options, test_pool, &test_error));
    ck_assert_int_eq(read_something(), CEPCES_E_UNAVAILABLE);
    first = test_error.detail;
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(read_something(), CEPCES_E_UNAVAILABLE);
        ck_assert_str_eq(test_error.detail,
                         first); /* one reason is logged once: it is always the same words */
    }
    ck_assert_int_lt(apr_time_now() - start, 1000 * MSEC);
    ck_assert_ptr_nonnull(strstr(test_error.detail, "/nonexistent"));
}
END_TEST

START_TEST(a_store_without_database_or_pool_is_refused)
{
    cepces_store_options_t no_database = {.pool_size = 1}, no_pool = {.database = "dbname=x"};

    ck_assert_int_eq(cepces_store_open(&store, &no_database, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_int_eq(cepces_store_open(&store, &no_pool, test_pool, &test_error), CEPCES_E_INVALID);
}
END_TEST

START_TEST(connections_are_closed_with_the_pool)
{
    apr_pool_t *sub;
    cepces_store_options_t options = {
        .database = test_database(), .pool_size = 1, .application_name = "closing"};
    int found, needed;

    apr_pool_create(&sub, test_pool);
    test_ok(cepces_store_open(&store, &options, sub, &test_error));
    test_ok(cepces_store_schema_status(&found, &needed, store, test_pool, &test_error));
    ck_assert_int_eq(
        test_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closing'"), 1);
    apr_pool_destroy(sub);
    for (int i = 0;
         i < 100 &&
         test_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closing'") >
             0;
         i++) {
        apr_sleep(10 * MSEC);
    }
    ck_assert_int_eq(
        test_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closing'"), 0);
}
END_TEST

/* --- Breaking --------------------------------------------------------------------------------- */

START_TEST(a_connection_lost_between_calls_is_made_again)
{
    fill(1);
    terminate_our_backends();
    test_ok(read_something());
    terminate_our_backends();
    test_ok(write_something(1));
    ck_assert_int_eq(test_number("SELECT count(*) FROM certificate"), 1);
}
END_TEST

/* Statements that were prepared on the old connection are prepared again on the new one. */
START_TEST(statements_survive_a_new_connection)
{
    fill(1);
    for (unsigned i = 0; i < 3; i++) {
        test_ok(read_something());
        terminate_our_backends();
    }
    test_ok(read_something());
}
END_TEST

/* Holds a table so that every write waits. */
static PGconn *
lock_requests(void)
{
    PGconn *conn = PQconnectdb(test_database());

    PQclear(PQexec(conn, "BEGIN"));
    PQclear(PQexec(conn, "LOCK TABLE cepces.request IN ACCESS EXCLUSIVE MODE"));
    ck_assert_int_eq(PQtransactionStatus(conn), PQTRANS_INTRANS);
    return conn;
}

typedef struct {
    apr_thread_t *thread;
    cepces_status_t st;
    unsigned number;
} writer_t;

static void *APR_THREAD_FUNC
write_in_thread(apr_thread_t *thread, void *data)
{
    writer_t *w = (writer_t *)data;
    apr_pool_t *p;
    cepces_error_t err;
    test_enrolment_t e;
    int64_t id;

    (void)thread;
    apr_pool_create(&p, NULL);
    err = (cepces_error_t)CEPCES_ERROR_INIT(p);
    e = test_enrolment(revision, w->number, p);
    w->st = cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, p, &err);
    apr_pool_destroy(p);
    return NULL;
}

static void
start_writer(writer_t *w, unsigned number)
{
    *w = (writer_t){NULL, CEPCES_OK, number};
    ck_assert_int_eq(apr_thread_create(&w->thread, NULL, write_in_thread, w, test_pool), 0);
    for (int i = 0;
         i < 200 &&
         test_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'unit test'"
                     " AND wait_event_type = 'Lock'") == 0;
         i++) {
        apr_sleep(5 * MSEC);
    }
}

static cepces_status_t
join(const writer_t *w)
{
    apr_status_t rv;

    apr_thread_join(&rv, w->thread);
    return w->st;
}

START_TEST(a_connection_lost_during_a_write_stores_it_once)
{
    writer_t w;
    PGconn *lock;

    fill(1);
    lock = lock_requests();
    start_writer(&w, 1);
    terminate_our_backends();
    PQfinish(lock);
    ck_assert_int_eq(join(&w), CEPCES_OK);
    ck_assert_int_eq(test_number("SELECT count(*) FROM request"), 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM certificate"), 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'cert.issued'"),
                     1);
}
END_TEST

START_TEST(a_write_that_waits_too_long_for_a_lock_stores_nothing)
{
    writer_t w;
    PGconn *lock;
    apr_time_t start = apr_time_now();

    fill(1);
    lock = lock_requests();
    start_writer(&w, 1);
    ck_assert_int_eq(join(&w), CEPCES_E_UNAVAILABLE);
    ck_assert_int_lt(apr_time_now() - start, 4000 * MSEC);
    PQfinish(lock);
    ck_assert_int_eq(test_number("SELECT count(*) FROM request"), 0);
}
END_TEST

START_TEST(a_server_that_does_not_answer_is_left)
{
    pid_t backend;
    apr_time_t start;

    fill(1);
    backend =
        (pid_t)test_number("SELECT pid FROM pg_stat_activity WHERE application_name = 'unit test'");
    store->sessions[0].patience = 300 * MSEC;
    ck_assert_int_eq(kill(backend, SIGSTOP), 0);
    start = apr_time_now();
    ck_assert_int_eq(read_something(), CEPCES_OK); /* on a new connection */
    ck_assert_int_ge(apr_time_now() - start, 300 * MSEC);
    ck_assert_int_lt(apr_time_now() - start, 2000 * MSEC);
    ck_assert_int_eq(kill(backend, SIGCONT), 0);
}
END_TEST

START_TEST(a_database_that_was_away_is_found_again)
{
    apr_time_t start;

    fill(2);
    test_server("stop -m fast");
    start = apr_time_now();
    for (unsigned i = 0; i < 50; i++) {
        ck_assert_int_eq(i % 2 == 0 ? read_something() : write_something(1), CEPCES_E_UNAVAILABLE);
    }
    ck_assert_int_lt(apr_time_now() - start, 1000 * MSEC);
    test_server("start");
    start = apr_time_now();
    while (read_something() != CEPCES_OK) {
        ck_assert_int_eq(test_error.status, CEPCES_E_UNAVAILABLE);
        ck_assert_int_lt(apr_time_now() - start, 3000 * MSEC);
        apr_sleep(20 * MSEC);
    }
    test_ok(write_something(2));
}
END_TEST

/* --- The pool --------------------------------------------------------------------------------- */

START_TEST(a_busy_pool_says_so_in_time)
{
    cepces_session_t *c[2];
    apr_time_t start;

    fill(1);
    store = test_open_store(2, 200 * MSEC);
    test_ok(cepces_store_borrow(&c[0], store, &test_error));
    test_ok(cepces_store_borrow(&c[1], store, &test_error));
    start = apr_time_now();
    ck_assert_int_eq(read_something(), CEPCES_E_NO_SESSION);
    ck_assert_int_ge(apr_time_now() - start, 190 * MSEC);
    ck_assert_int_lt(apr_time_now() - start, 1000 * MSEC);
    cepces_store_give_back(c[0]);
    test_ok(read_something());
    cepces_store_give_back(c[1]);
}
END_TEST

START_TEST(whoever_waits_gets_the_session_that_comes_back)
{
    writer_t w;
    cepces_session_t *c;

    fill(1);
    test_ok(cepces_store_borrow(&c, store, &test_error));
    w = (writer_t){NULL, CEPCES_E_INTERNAL, 1};
    ck_assert_int_eq(apr_thread_create(&w.thread, NULL, write_in_thread, &w, test_pool), 0);
    apr_sleep(100 * MSEC);
    cepces_store_give_back(c);
    ck_assert_int_eq(join(&w), CEPCES_OK);
}
END_TEST

START_TEST(a_session_inside_a_transaction_does_not_go_back)
{
    cepces_session_t *c;

    fill(1);
    test_ok(cepces_store_borrow(&c, store, &test_error));
    test_ok(cepces_store_command(c, BEGIN_WRITE, "BEGIN", &test_error));
    cepces_store_give_back(c);
    ck_assert_ptr_null(c->conn);
    test_ok(read_something());
}
END_TEST

/* --- What failures mean ----------------------------------------------------------------------- */

static const struct {
    const char *sqlstate;
    cepces_status_t status;
    cepces_again_t again;
} failures[] = {
    {"23505", CEPCES_E_EXISTS, AGAIN_NEVER},
    {"23503", CEPCES_E_IN_USE, AGAIN_NEVER},
    {"23514", CEPCES_E_INVALID, AGAIN_NEVER},
    {"40001", CEPCES_E_UNAVAILABLE, AGAIN_SERIALIZED},
    {"40P01", CEPCES_E_UNAVAILABLE, AGAIN_SERIALIZED},
    {"55P03", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},
    {"57014", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},
    {"57P01", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},
    {"57P03", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},
    {"08006", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},
    {"25006", CEPCES_E_UNAVAILABLE, AGAIN_CONNECTED},
    {"53100", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},
    {"53300", CEPCES_E_UNAVAILABLE, AGAIN_NEVER},
    {"42P01", CEPCES_E_SCHEMA, AGAIN_NEVER},
    {"42501", CEPCES_E_INTERNAL, AGAIN_NEVER},
    {"XX000", CEPCES_E_INTERNAL, AGAIN_NEVER},
    {"22012", CEPCES_E_INTERNAL, AGAIN_NEVER},
};

static const char *
raising(const char *level, const char *sqlstate)
{
    return apr_psprintf(test_pool,
                        "DO $$ BEGIN RAISE %s 'it \"failed\"' USING ERRCODE = '%s'; END $$", level,
                        sqlstate);
}

START_TEST(the_sqlstate_decides)
{
    cepces_session_t *c;

    store = test_open_store(1, 0);
    test_ok(cepces_store_borrow(&c, store, &test_error));
    ck_assert_int_eq(
        cepces_store_command(c, raising("EXCEPTION", failures[_i].sqlstate), NULL, &test_error),
        failures[_i].status);
    ck_assert_int_eq(c->again, failures[_i].again);
    ck_assert_int_eq(c->conn == NULL, failures[_i].again == AGAIN_CONNECTED);
    ck_assert_ptr_nonnull(strstr(test_error.detail, failures[_i].sqlstate));
    ck_assert_ptr_nonnull(strstr(test_error.detail, "it \"failed\""));
    cepces_store_give_back(c);
}
END_TEST

/* --- Transactions ----------------------------------------------------------------------------- */

/* Fails with |sqlstate| the first |times| times. */
typedef struct {
    const char *sqlstate;
    unsigned times, runs;
    bool keep_quiet; /* answers CEPCES_OK all the same */
} stumbling_t;

static cepces_status_t
stumble(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    stumbling_t *w = (stumbling_t *)payload;
    cepces_store_change_t change = {.event = "test.ran"};
    cepces_status_t st = cepces_store_audit(c, &change, p, err);

    w->runs++;
    if (st == CEPCES_OK && w->runs <= w->times) {
        st = cepces_store_command(c, raising("EXCEPTION", w->sqlstate), NULL, err);
    }
    return w->keep_quiet ? CEPCES_OK : st;
}

static const struct {
    stumbling_t work;
    cepces_status_t status;
    unsigned runs;
} transactions[] = {
    {{"40001", 0, 0, false}, CEPCES_OK, 1},
    {{"40001", 1, 0, false}, CEPCES_OK, 2},
    {{"40P01", 2, 0, false}, CEPCES_OK, 3},
    {{"40001", 3, 0, false}, CEPCES_E_UNAVAILABLE, 3}, /* rule S8: at most twice more */
    {{"57P01", 1, 0, false}, CEPCES_OK, 2},            /* a new connection, once */
    {{"57P01", 2, 0, false}, CEPCES_E_UNAVAILABLE, 2},
    {{"55P03", 1, 0, false}, CEPCES_E_UNAVAILABLE, 1},
    {{"23505", 1, 0, false}, CEPCES_E_EXISTS, 1},
    {{"23505", 1, 0, true}, CEPCES_E_INTERNAL, 1}, /* COMMIT is answered with ROLLBACK (rule L22) */
};

START_TEST(transactions_are_repeated_when_that_is_safe_and_leave_all_or_nothing)
{
    stumbling_t w = transactions[_i].work;

    fill(1);
    ck_assert_int_eq(cepces_store_transact(store, BEGIN_WRITE, stumble, &w, test_pool, &test_error),
                     transactions[_i].status);
    ck_assert_uint_eq(w.runs, transactions[_i].runs);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'test.ran'"),
                     transactions[_i].status == CEPCES_OK);
    test_ok(read_something());
}
END_TEST

static cepces_status_t
warn(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    (void)p;
    return cepces_store_command(c, raising("WARNING", (const char *)payload), NULL, err);
}

START_TEST(a_commit_that_no_standby_confirmed_is_not_a_success)
{
    char cancelled[] = "57014", other[] = "01000";

    store = test_open_store(1, 0);
    ck_assert_int_eq(
        cepces_store_transact(store, BEGIN_WRITE, warn, cancelled, test_pool, &test_error),
        CEPCES_E_UNAVAILABLE);
    test_ok(cepces_store_transact(store, BEGIN_WRITE, warn, other, test_pool, &test_error));
}
END_TEST

static cepces_status_t
write_in_read_transaction(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    cepces_store_change_t change = {.event = "test.ran"};

    (void)payload;
    return cepces_store_audit(c, &change, p, err);
}

START_TEST(a_reading_transaction_cannot_write)
{
    fill(1);
    ck_assert_int_eq(cepces_store_transact(store, BEGIN_READ, write_in_read_transaction, NULL,
                                           test_pool, &test_error),
                     CEPCES_E_UNAVAILABLE);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'test.ran'"), 0);
}
END_TEST

/* --- Parameters and arrays -------------------------------------------------------------------- */

START_TEST(a_parameter_too_many_is_refused)
{
    cepces_session_t *c;
    cepces_params_t a;

    store = test_open_store(1, 0);
    test_ok(cepces_store_borrow(&c, store, &test_error));
    cepces_store_params_init(&a, test_pool);
    for (int i = 0; i <= CEPCES_STORE_MAX_PARAMS; i++) {
        cepces_store_put_int(&a, i);
    }
    ck_assert_int_eq(cepces_store_run(NULL, c, SQL_SCHEMA_PRESENT, &a, &test_error),
                     CEPCES_E_INVALID);
    cepces_store_give_back(c);
}
END_TEST

#define HEAD "\0\0\0\1\0\0\0\0\0\0\0\x19" /* one dimension, no nulls, text */

static const struct {
    const char *data;
    size_t len;
    int num; /* -1: refused */
} arrays[] = {
    {"\0\0\0\0\0\0\0\0\0\0\0\x19", 12, 0},
    {HEAD "\0\0\0\1\0\0\0\1\0\0\0\2ab", 26, 1},
    {HEAD "\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\1x", 29, 2},
    {"", 0, -1},
    {"\0\0\0\0\0\0\0\0\0\0\0\x19", 11, -1},                 /* cut off */
    {"\0\0\0\0\0\0\0\0\0\0\0\x11", 12, -1},                 /* bytea */
    {"\0\0\0\2\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0\1", 20, -1}, /* two dimensions */
    {HEAD "\0\0\0\1\0\0\0\1\0\0\0\2a", 25, -1},             /* item cut off */
    {HEAD "\0\0\0\1\0\0\0\1\xff\xff\xff\xff", 24, -1},      /* null */
    {HEAD "\0\0\0\2\0\0\0\1\0\0\0\2ab", 26, -1},            /* item missing */
    {HEAD "\0\0\0\1\0\0\0\1\0\0\0\2abc", 27, -1},           /* bytes left over */
    {HEAD "\xff\xff\xff\xff\0\0\0\1\0\0\0\2ab", 26, -1},    /* more items than bytes */
    {HEAD "\0\0\0\1", 16, -1},                              /* no lower bound */
};

START_TEST(arrays_are_read_strictly)
{
    const cepces_bytes_t *items;
    size_t num;
    bool good = cepces_store_array_decode(&items, &num, TYPE_TEXT,
                                          cepces_bytes(arrays[_i].data, arrays[_i].len), test_pool);

    ck_assert_int_eq(good, arrays[_i].num >= 0);
    if (good) {
        ck_assert_uint_eq(num, (size_t)arrays[_i].num);
    }
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: sessions");

    (void)argc;
    test_need_database(argv);
    tcase_add_loop_test(tc, a_session_has_our_settings_whatever_the_role_says, 0,
                        LENGTH_OF(settings));
    tcase_add_test(tc, without_a_database_calls_fail_at_once);
    tcase_add_test(tc, a_store_without_database_or_pool_is_refused);
    tcase_add_test(tc, connections_are_closed_with_the_pool);
    tcase_add_test(tc, a_connection_lost_between_calls_is_made_again);
    tcase_add_test(tc, statements_survive_a_new_connection);
    tcase_add_test(tc, a_connection_lost_during_a_write_stores_it_once);
    tcase_add_test(tc, a_write_that_waits_too_long_for_a_lock_stores_nothing);
    tcase_add_test(tc, a_server_that_does_not_answer_is_left);
    tcase_add_test(tc, a_database_that_was_away_is_found_again);
    tcase_add_test(tc, a_busy_pool_says_so_in_time);
    tcase_add_test(tc, whoever_waits_gets_the_session_that_comes_back);
    tcase_add_test(tc, a_session_inside_a_transaction_does_not_go_back);
    tcase_add_loop_test(tc, the_sqlstate_decides, 0, LENGTH_OF(failures));
    tcase_add_loop_test(tc, transactions_are_repeated_when_that_is_safe_and_leave_all_or_nothing, 0,
                        LENGTH_OF(transactions));
    tcase_add_test(tc, a_commit_that_no_standby_confirmed_is_not_a_success);
    tcase_add_test(tc, a_reading_transaction_cannot_write);
    tcase_add_test(tc, a_parameter_too_many_is_refused);
    tcase_add_loop_test(tc, arrays_are_read_strictly, 0, LENGTH_OF(arrays));
    return test_run(tc);
}
