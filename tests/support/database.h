/* A private PostgreSQL cluster for unit tests. */
#ifndef SUPPORT_DATABASE_H
#define SUPPORT_DATABASE_H

#include "cepces/store.h"
#include "support/suite.h"

/* test_need_database is the first call of a main whose tests need PostgreSQL: unless the program
 * runs below tests/support/with_postgres.sh already, it is started again there. */
void test_need_database(char *const argv[]);

/* The connection string of the cluster. */
const char *test_database(void);

/* test_sql executes SQL as the owner of the cluster and gives the SQLSTATE, "00000" for success. It
 * is independent of the library under test. */
const char *test_sql(const char *sql);

/* test_value returns the first column of the first row as text, or NULL without a row. */
const char *test_value(const char *sql);

/* test_number is test_value for numbers. */
long long test_number(const char *sql);

/* test_server stops or starts the cluster: "stop -m fast", "start". */
void test_server(const char *command);

/* test_fresh_store opens a store on a database whose schema was just made. */
cepces_store_t *test_fresh_store(unsigned pool_size);

/* --- Records with every field set to something that can be told apart
 * ------------------------------------------------ */

/* A template as WebServer could be, with the OID 1.3.6.1.4.1.99999.1.|number|. */
cepces_template_t test_template_record(const char *name, unsigned number);

/* A CA with one generation whose certificate is nonsense that PostgreSQL cannot tell from a real
 * one. */
cepces_ca_t test_ca_record(const char *name);

cepces_account_t test_account_record(const char *name);

/* test_fill adds CA "issuing", template "WebServer" (published there), policy "contoso" and account
 * "alice", and returns the id of the template's revision. */
int64_t test_fill(cepces_store_t *s);

/* An issued request of alice's with certificate number |number|, and its event. */
typedef struct test_enrolment_t {
    cepces_request_record_t request;
    cepces_certificate_record_t certificate;
    cepces_audit_event_t event;
} test_enrolment_t;

test_enrolment_t test_enrolment(int64_t revision_id, unsigned number, apr_pool_t *p);

/* test_ok fails the test with the library's own words unless |st| is CEPCES_OK. */
#define test_ok(st) \
    ck_assert_msg((st) == CEPCES_OK, "%s", cepces_error_line(&test_error, test_pool))

/* test_open_store opens a store on the database as it is. */
cepces_store_t *test_open_store(unsigned pool_size, apr_interval_time_t wait);

#endif
