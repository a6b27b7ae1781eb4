/* Starting the private cluster, and looking into it behind the library's back. */
#include "support/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <apr_strings.h>
#include <libpq-fe.h>

void
test_need_database(char *const argv[])
{
    if (getenv("CEPCES_TEST_DATABASE") == NULL) {
        execl("/bin/sh", "sh", WITH_POSTGRES, argv[0], (char *)NULL);
        perror("cannot run " WITH_POSTGRES);
        exit(EXIT_FAILURE);
    }
}

const char *
test_database(void)
{
    return getenv("CEPCES_TEST_DATABASE");
}

/* One connection a statement: slow enough to be simple, fast enough for tests. */
static PGresult *
execute(PGconn **conn, const char *sql)
{
    *conn = PQconnectdb(test_database());
    ck_assert_msg(PQstatus(*conn) == CONNECTION_OK, "%s", PQerrorMessage(*conn));
    PQclear(PQexec(*conn, "SET client_min_messages = error"));
    PQclear(PQexec(*conn, "SET search_path = cepces"));
    return PQexec(*conn, sql);
}

const char *
test_sql(const char *sql)
{
    PGconn *conn;
    PGresult *res = execute(&conn, sql);
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *copy = apr_pstrdup(test_pool, state != NULL ? state : "00000");

    PQclear(res);
    PQfinish(conn);
    return copy;
}

const char *
test_value(const char *sql)
{
    PGconn *conn;
    PGresult *res = execute(&conn, sql);
    const char *copy = NULL;

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s: %s", sql, PQerrorMessage(conn));
    if (PQntuples(res) > 0 && !PQgetisnull(res, 0, 0)) {
        copy = apr_pstrdup(test_pool, PQgetvalue(res, 0, 0));
    }
    PQclear(res);
    PQfinish(conn);
    return copy;
}

long long
test_number(const char *sql)
{
    const char *value = test_value(sql);

    ck_assert_ptr_nonnull(value);
    return atoll(value);
}

void
test_server(const char *command)
{
    const char *line =
        apr_pstrcat(test_pool, getenv("CEPCES_TEST_PGCTL"), " ", command, " >/dev/null", NULL);

    ck_assert_int_eq(system(line), 0);
}

cepces_store_t *
test_open_store(unsigned pool_size, apr_interval_time_t wait)
{
    cepces_store_options_t options = {.database = test_database(),
                                      .pool_size = pool_size,
                                      .pool_wait = wait,
                                      .application_name = "unit test",
                                      .actor = "tester"};
    cepces_store_t *s = NULL;

    ck_assert_int_eq(cepces_store_open(&s, &options, test_pool, &test_error), CEPCES_OK);
    return s;
}

cepces_store_t *
test_fresh_store(unsigned pool_size)
{
    cepces_store_t *s = test_open_store(pool_size, apr_time_from_sec(2));
    int applied = 0;

    ck_assert_str_eq(test_sql("DROP SCHEMA IF EXISTS cepces CASCADE"), "00000");
    ck_assert_msg(cepces_store_schema_upgrade(&applied, s, test_pool, &test_error) == CEPCES_OK,
                  "%s", cepces_error_line(&test_error, test_pool));
    ck_assert_int_gt(applied, 0);
    return s;
}

/* --- Records
 * ----------------------------------------------------------------------------------------------------------
 * / */

#define STRINGS(...) \
    ((cepces_strings_t){apr_pmemdup(test_pool, (const char *[]){__VA_ARGS__}, \
                                    sizeof((const char *[]){__VA_ARGS__})), \
                        LENGTH_OF(((const char *[]){__VA_ARGS__}))})

#define NOON apr_time_from_sec(1795262400) /* 2026-11-21T12:00:00Z */
#define DAY ((int64_t)86400)

cepces_template_t
test_template_record(const char *name, unsigned number)
{
    return (cepces_template_t){
        .name = name,
        .oid = apr_psprintf(test_pool, "1.3.6.1.4.1.99999.1.%u", number),
        .display_name = "Web server \xe2\x80\x93 intern",
        .schema_version = 2,
        .major = 100,
        .minor = 3,
        .general_flags = CEPCES_GENERAL_MACHINE_TYPE,
        .enrollment_flags = 0x80000001u,
        .private_key_flags = 0xffffffffu,
        .subject_name_flags = CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT,
        .key_spec = {true, 1},
        .key_usage_property = {false, 0},
        .key_permissions = NULL,
        .key_algorithm = "RSA",
        .minimal_key_length = 2048,
        .hash_algorithm = "SHA256",
        .crypto_providers =
            STRINGS("Microsoft RSA SChannel Cryptographic Provider", "other, \"quoted\""),
        .validity_secs = 730 * DAY,
        .renewal_secs = 42 * DAY,
        .ekus = STRINGS("1.3.6.1.5.5.7.3.1"),
        .application_policies = STRINGS("1.3.6.1.5.5.7.3.1"),
        .key_usage = CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_ENCIPHERMENT,
        .critical_extensions = STRINGS("2.5.29.15"),
        .superseded = STRINGS("OldWebServer"),
        .ra_signatures = 1,
        .ra_application_policies = STRINGS("1.3.6.1.4.1.311.20.2.1"),
        .ra_issuance_policies = STRINGS("1.3.6.1.4.1.99999.7"),
        .archival_algorithm = "AES256",
        .archival_key_length = 256,
        .sha1_requests = CEPCES_SHA1_REFUSE,
        .allow_wildcards = true,
        .strict_extensions = true,
        .enabled = true,
    };
}

cepces_ca_t
test_ca_record(const char *name)
{
    cepces_ca_generation_t *g = (cepces_ca_generation_t *)apr_pcalloc(test_pool, sizeof(*g));
    cepces_bytes_t *chain = (cepces_bytes_t *)apr_palloc(test_pool, 2 * sizeof(*chain));

    chain[0] = cepces_bytes("between\0x", 9);
    chain[1] = cepces_bytes("root", 4);
    g->certificate = cepces_bytes_str(apr_pstrcat(test_pool, "certificate of ", name, NULL));
    g->key_sha256 = cepces_bytes("0123456789abcdef0123456789abcdef", 32);
    g->chain = chain;
    g->chain_num = 2;
    g->not_before = NOON - apr_time_from_sec(DAY);
    g->not_after = NOON + apr_time_from_sec(3650 * DAY);
    g->current = true;
    return (cepces_ca_t){
        .name = name,
        .enabled = true,
        .issues_to_clients = true,
        .cdp_urls = STRINGS("http://pki.example.com/a.crl", "http://pki2.example.com/a.crl"),
        .aia_urls = STRINGS("http://pki.example.com/a.cer"),
        .crl_validity_secs = 7 * DAY,
        .crl_overlap_secs = DAY,
        .backdate_secs = 600,
        .generations = g,
        .generations_num = 1,
    };
}

cepces_account_t
test_account_record(const char *name)
{
    return (cepces_account_t){
        .name = name,
        .kind = CEPCES_ACCOUNT_COMPUTER,
        .enabled = true,
        .common_name = "K\xc3\xbcnstlerin",
        .dns_names = STRINGS(apr_pstrcat(test_pool, name, ".example.com", NULL), "www.example.com"),
        .upn = apr_pstrcat(test_pool, name, "@example.com", NULL),
        .email = apr_pstrcat(test_pool, name, "@mail.example.com", NULL),
        .directory_name = "CN=x,DC=example,DC=com",
    };
}

int64_t
test_fill(cepces_store_t *s)
{
    cepces_ca_t ca = test_ca_record("issuing");
    cepces_template_t t = test_template_record("WebServer", 1);
    cepces_account_t alice = test_account_record("alice");
    cepces_policy_t policy = {.name = "contoso",
                              .guid = "{01234567-89AB-CDEF-0123-456789ABCDEF}",
                              .friendly_name = "Contoso policy",
                              .next_update_hours = 8,
                              .cas = STRINGS("issuing")};

    test_ok(cepces_store_add_ca(s, &ca, NULL, test_pool, &test_error));
    test_ok(cepces_store_save_template(s, &t, 0, test_pool, &test_error));
    test_ok(cepces_store_publish_template(s, "issuing", "WebServer", true, test_pool, &test_error));
    test_ok(cepces_store_save_policy(s, &policy, test_pool, &test_error));
    test_ok(cepces_store_save_account(s, &alice, test_pool, &test_error));
    return test_number("SELECT max(id) FROM template_revision");
}

test_enrolment_t
test_enrolment(int64_t revision_id, unsigned number, apr_pool_t *p)
{
    unsigned char *serial = (unsigned char *)apr_pcalloc(p, 16);
    const char *der = apr_psprintf(p, "certificate %u", number);

    serial[0] = 0x42;
    for (unsigned i = 0; i < 4; i++) {
        serial[12 + i] = (unsigned char)(number >> (24 - 8 * i));
    }
    return (test_enrolment_t){
        .request = {.ca = "issuing",
                    .template_name = "WebServer",
                    .template_revision_id = revision_id,
                    .principal = "alice",
                    .auth = CEPCES_AUTH_USERNAME,
                    .client_address = "192.0.2.1",
                    .message_id = "urn:uuid:1",
                    .format = "cmc",
                    .raw = cepces_bytes("raw\0bytes", 9),
                    .state = CEPCES_REQUEST_ISSUED,
                    .client_info = "certreq.exe",
                    .submitted_at = NOON,
                    .resolved_at = NOON + 1},
        .certificate = {.ca = "issuing",
                        .generation = 0,
                        .serial = cepces_bytes(serial, 16),
                        .principal = "alice",
                        .subject = "CN=www.example.com",
                        .der = cepces_bytes_str(der),
                        .not_before = NOON,
                        .not_after = NOON + apr_time_from_sec(365 * DAY)},
        .event = {.at = NOON,
                  .event = "cert.issued",
                  .outcome = "success",
                  .principal = "alice",
                  .ca = "issuing",
                  .template_name = "WebServer",
                  .details = "{\"serial\": \"42\"}"},
    };
}
