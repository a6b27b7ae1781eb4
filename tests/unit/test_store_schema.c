/* The store room: migrations, and the constraints that make nonsense impossible. */
#include <stdio.h>

#include <libpq-fe.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "support/database.h"

static cepces_store_t *store;

static void
forget_schema(void)
{
    ck_assert_str_eq(test_sql("DROP SCHEMA IF EXISTS cepces CASCADE"), "00000");
    store = test_open_store(1, apr_time_from_sec(2));
}

/* --- Migrations ------------------------------------------------------------------------------- */

START_TEST(an_empty_database_has_version_zero)
{
    int found = -1, needed = -1;

    forget_schema();
    test_ok(cepces_store_schema_status(&found, &needed, store, test_pool, &test_error));
    ck_assert_int_eq(found, 0);
    ck_assert_int_ge(needed, 1);
}
END_TEST

START_TEST(calls_without_a_schema_name_the_schema)
{
    cepces_account_t account;
    cepces_store_versions_t versions;

    forget_schema();
    ck_assert_int_eq(cepces_store_find_account(&account, store, "alice", test_pool, &test_error),
                     CEPCES_E_SCHEMA);
    ck_assert_int_eq(cepces_store_versions(&versions, store, test_pool, &test_error),
                     CEPCES_E_SCHEMA);
}
END_TEST

START_TEST(an_upgrade_leads_to_the_version_that_is_needed_and_stays_there)
{
    int found, needed, applied = -1;

    forget_schema();
    test_ok(cepces_store_schema_upgrade(&applied, store, test_pool, &test_error));
    test_ok(cepces_store_schema_status(&found, &needed, store, test_pool, &test_error));
    ck_assert_int_eq(found, needed);
    ck_assert_int_eq(applied, needed);
    ck_assert_int_eq(test_number("SELECT count(*) FROM schema_version"), needed);
    test_ok(cepces_store_schema_upgrade(&applied, store, test_pool, &test_error));
    ck_assert_int_eq(applied, 0);
}
END_TEST

typedef struct {
    apr_thread_t *thread;
    cepces_store_t *store;
    cepces_status_t st;
    int applied;
} upgrader_t;

static void *APR_THREAD_FUNC
upgrade(apr_thread_t *thread, void *data)
{
    upgrader_t *u = (upgrader_t *)data;
    apr_pool_t *p;
    cepces_error_t err;

    (void)thread;
    apr_pool_create(&p, NULL);
    err = (cepces_error_t)CEPCES_ERROR_INIT(p);
    u->st = cepces_store_schema_upgrade(&u->applied, u->store, p, &err);
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(of_two_upgrades_at_once_one_waits_and_finds_nothing_to_do)
{
    upgrader_t u[2];
    int found, needed;

    forget_schema();
    for (int i = 0; i < 2; i++) {
        u[i] = (upgrader_t){NULL, test_open_store(1, apr_time_from_sec(2)), CEPCES_E_INTERNAL, -1};
        ck_assert_int_eq(apr_thread_create(&u[i].thread, NULL, upgrade, &u[i], test_pool), 0);
    }
    for (int i = 0; i < 2; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, u[i].thread);
        ck_assert_int_eq(u[i].st, CEPCES_OK);
    }
    test_ok(cepces_store_schema_status(&found, &needed, store, test_pool, &test_error));
    ck_assert_int_eq(u[0].applied + u[1].applied, needed);
    ck_assert_int_eq(found, needed);
}
END_TEST

/* The lock is the one that an upgrade of another program version takes too. */
START_TEST(an_upgrade_waits_for_the_lock_longer_than_other_statements)
{
    PGconn *other = PQconnectdb(test_database());
    upgrader_t u;
    apr_status_t rv;

    forget_schema();
    PQclear(PQexec(other, "BEGIN"));
    PQclear(PQexec(other, "SELECT pg_advisory_xact_lock(x'636570636573'::bigint)"));
    u = (upgrader_t){NULL, store, CEPCES_E_INTERNAL, -1};
    ck_assert_int_eq(apr_thread_create(&u.thread, NULL, upgrade, &u, test_pool), 0);
    apr_sleep(apr_time_from_msec(2300)); /* lock_timeout is 2 s elsewhere */
    ck_assert_int_eq(test_number("SELECT count(*) FROM pg_namespace WHERE nspname = 'cepces'"), 0);
    PQfinish(other);
    apr_thread_join(&rv, u.thread);
    ck_assert_int_eq(u.st, CEPCES_OK);
    ck_assert_int_gt(u.applied, 0);
}
END_TEST

START_TEST(a_newer_schema_is_left_alone)
{
    int found, needed, applied = -1;

    store = test_fresh_store(1);
    ck_assert_str_eq(
        test_sql("INSERT INTO schema_version (version, name) VALUES (9999, 'of the future')"),
        "00000");
    ck_assert_int_eq(cepces_store_schema_upgrade(&applied, store, test_pool, &test_error),
                     CEPCES_E_SCHEMA);
    ck_assert_int_eq(applied, -1);
    test_ok(cepces_store_schema_status(&found, &needed, store, test_pool, &test_error));
    ck_assert_int_eq(found, 9999);
    ck_assert_int_lt(needed, found);
}
END_TEST

/* Something stands in the way of the first migration: nothing of it stays, and the next attempt
 * succeeds. */
START_TEST(a_migration_that_fails_leaves_nothing)
{
    int applied = -1;

    forget_schema();
    ck_assert_str_eq(test_sql("CREATE SCHEMA cepces CREATE TABLE audit_event (x integer)"),
                     "00000");
    ck_assert_int_eq(cepces_store_schema_upgrade(&applied, store, test_pool, &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_ptr_nonnull(strstr(cepces_error_line(&test_error, test_pool), "42P07"));
    ck_assert_int_eq(test_number("SELECT count(*) FROM pg_tables WHERE schemaname = 'cepces'"), 1);
    ck_assert_str_eq(test_sql("DROP TABLE audit_event"), "00000");
    test_ok(cepces_store_schema_upgrade(&applied, store, test_pool, &test_error));
}
END_TEST

/* --- Constraints ------------------------------------------------------------------------------ */

#define CHECK "23514"
#define UNIQUE "23505"
#define FOREIGN "23503"
#define NOT_NULL "23502"
#define REFUSED "42501"

#define CA_COLUMNS \
    "INSERT INTO ca (name, crl_validity_secs, crl_overlap_secs, backdate_secs) VALUES "
#define GENERATION_COLUMNS \
    "INSERT INTO ca_generation (ca_id, number, certificate, key_sha256, not_before, not_after, " \
    "is_current) VALUES "
#define POLICY_COLUMNS "INSERT INTO policy (name, guid, friendly_name, next_update_hours) VALUES "
#define GUID "'{01234567-89AB-CDEF-0123-456789ABCD00}'"
#define ACCOUNT(columns, values) \
    "INSERT INTO account (name, kind" columns ") VALUES ('bob', 'user'" values ")"
#define ACCESS_COLUMNS \
    "INSERT INTO access_entry (template_id, ca_id, grantee_kind, account_id, group_name, rights) " \
    "VALUES "
#define REQUEST(columns, values) \
    "INSERT INTO request (ca_id, principal, auth, format, raw, result_code, submitted_at" columns \
    ") VALUES (1, 'alice', 4, 'cmc', 'x', 0, now()" values ")"
#define CERTIFICATE(values) \
    "INSERT INTO certificate (ca_id, generation_id, serial, principal, subject, der, not_before, " \
    "not_after, state," \
    " revoked_at, reason) VALUES (1, 1, " values ")"
#define CRL_COLUMNS \
    "INSERT INTO crl (generation_id, number, der, this_update, next_update, covers) VALUES "
#define S16 "'\\x01020304050607080910111213141516'"
#define AUDIT "INSERT INTO audit_event (at, event, outcome, details) VALUES "

static const struct {
    const char *sql, *state;
} constraints[] = {
    /* names and certificates of CAs */
    {CA_COLUMNS "('two words', 10, 1, 0)", CHECK},
    {CA_COLUMNS "('', 10, 1, 0)", CHECK},
    {CA_COLUMNS "('../etc', 10, 1, 0)", CHECK},
    {CA_COLUMNS "('ISSUING', 10, 1, 0)", UNIQUE}, /* URLs do not know case */
    {CA_COLUMNS "('b', 0, 0, 0)", CHECK},
    {CA_COLUMNS "('b', 10, 10, 0)", CHECK}, /* always overdue */
    {CA_COLUMNS "('b', 10, 1, -1)", CHECK},
    {"UPDATE ca SET cdp_urls = ARRAY['http://x', NULL]", CHECK},
    {"UPDATE ca SET aia_urls = ARRAY['']", CHECK},
    {"DELETE FROM ca", FOREIGN},
    {GENERATION_COLUMNS "(99, 0, 'x', sha256('x'), now(), now() + '1 day', false)", FOREIGN},
    {GENERATION_COLUMNS "(1, 0, 'x', sha256('x'), now(), now() + '1 day', false)", UNIQUE},
    {GENERATION_COLUMNS "(1, 1, 'x', sha256('x'), now(), now() + '1 day', true)",
     UNIQUE}, /* two that sign */
    {GENERATION_COLUMNS "(1, 1, '', sha256('x'), now(), now() + '1 day', false)", CHECK},
    {GENERATION_COLUMNS "(1, 1, 'x', 'short', now(), now() + '1 day', false)", CHECK},
    {GENERATION_COLUMNS "(1, 1, 'x', sha256('x'), now(), now(), false)", CHECK},
    {GENERATION_COLUMNS "(1, -1, 'x', sha256('x'), now(), now() + '1 day', false)", CHECK},
    /* policies */
    {POLICY_COLUMNS "('two words', " GUID ", 'x', 8)", CHECK},
    {POLICY_COLUMNS "('Contoso', " GUID ", 'x', 8)", UNIQUE},
    {POLICY_COLUMNS "('b', '{01234567-89AB-CDEF-0123-456789ABCDEF}', 'x', 8)", UNIQUE},
    {POLICY_COLUMNS "('b', '{01234567-89ab-cdef-0123-456789abcdef}', 'x', 8)", CHECK},
    {POLICY_COLUMNS "('b', '01234567-89AB-CDEF-0123-456789ABCD00', 'x', 8)", CHECK},
    {POLICY_COLUMNS "('b', " GUID ", '', 8)", CHECK},
    {POLICY_COLUMNS "('b', " GUID ", 'x', 0)", CHECK},
    {"INSERT INTO policy_ca VALUES (1, 1, 2)", UNIQUE},
    {"INSERT INTO policy_ca VALUES (1, 99, 2)", FOREIGN},
    {"INSERT INTO policy_ca VALUES (99, 1, 1)", FOREIGN},
    /* templates */
    {"INSERT INTO template (name, oid) VALUES ('two words', '1.2.3')", CHECK},
    {"INSERT INTO template (name, oid) VALUES (repeat('x', 65), '1.2.3')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('webserver', '1.2.3')", UNIQUE},
    {"INSERT INTO template (name, oid) VALUES ('b', '1.3.6.1.4.1.99999.1.1')", UNIQUE},
    {"INSERT INTO template (name, oid) VALUES ('b', '3.2.1')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('b', '1')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('b', '1..2')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('b', '1.02')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('b', '1.2.2147483648')", CHECK},
    {"INSERT INTO template (name, oid) VALUES ('b', '1.2.99999999999999999999')", CHECK},
    {"UPDATE template SET name = 'b'", REFUSED},
    {"UPDATE template SET oid = '1.2.3'", REFUSED},
    {"UPDATE template_revision SET display_name = 'b'", REFUSED},
    {"DELETE FROM template_revision", REFUSED},
    {"TRUNCATE template_revision CASCADE", REFUSED},
    {"INSERT INTO ca_template VALUES (1, 1)", UNIQUE},
    {"INSERT INTO ca_template VALUES (1, 99)", FOREIGN},
    /* accounts */
    {ACCOUNT("", ""), "00000"},
    {"INSERT INTO account (name, kind) VALUES ('alice', 'user')", UNIQUE},
    {"INSERT INTO account (name, kind) VALUES ('Bob', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES ('bob@example.com', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES ('EXAMPLE\\bob', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES ('example\\bob', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES (E'bob\\n', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES ('', 'user')", CHECK},
    {"INSERT INTO account (name, kind) VALUES ('bob', 'robot')", CHECK},
    {ACCOUNT(", upn", ", 'ALICE@example.com'"), UNIQUE},
    {ACCOUNT(", upn", ", 'bob'"), CHECK},
    {ACCOUNT(", email", ", '@'"), CHECK},
    {ACCOUNT(", sid", ", 'S-1-5-21-1-2-3-500'"), UNIQUE},
    {ACCOUNT(", sid", ", 'S-1-5-'"), CHECK},
    {ACCOUNT(", sid", ", 'administrator'"), CHECK},
    {ACCOUNT(", guid", ", '{01234567-89AB-CDEF-0123-456789ABCDEF}'"), CHECK},
    {ACCOUNT(", dns_names", ", ARRAY['']"), CHECK},
    {ACCOUNT(", common_name", ", ''"), CHECK},
    /* credentials */
    {"INSERT INTO credential (account_id, hash) VALUES (1, '$2b$12$x')", UNIQUE},
    {"INSERT INTO credential (account_id, hash) VALUES (99, '$2b$12$x')", FOREIGN},
    {"UPDATE credential SET hash = 'secret'", CHECK},
    {"INSERT INTO credential_scope VALUES (1, 'policy', 1)", UNIQUE},
    {"INSERT INTO credential_scope VALUES (1, 'policy')", CHECK},
    {"INSERT INTO credential_scope VALUES (1, 'ca', 1)", CHECK},
    {"INSERT INTO credential_scope VALUES (1, 'same-as-cep', 1)", CHECK},
    {"INSERT INTO credential_scope VALUES (1, 'everything')", CHECK},
    {"INSERT INTO credential_scope VALUES (1, 'template', NULL, NULL, 99)", FOREIGN},
    /* access */
    {ACCESS_COLUMNS "(1, NULL, 'group', NULL, 'admins', 1)", "00000"},
    {ACCESS_COLUMNS "(1, NULL, 'authenticated', NULL, NULL, 1)", UNIQUE},
    {ACCESS_COLUMNS "(1, 1, 'authenticated', NULL, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(NULL, NULL, 'authenticated', NULL, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'account', NULL, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'account', 1, 'admins', 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'group', NULL, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'group', NULL, '', 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'group', 1, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'authenticated', 1, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'everybody', NULL, NULL, 1)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'group', NULL, 'admins', 0)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'group', NULL, 'admins', 4)", CHECK},
    {ACCESS_COLUMNS "(1, NULL, 'account', 99, NULL, 1)", FOREIGN},
    /* requests */
    {REQUEST(", state, resolved_at", ", 'issued', now()"), "00000"},
    {REQUEST(", state, resolved_at", ", 'lost', now()"), CHECK},
    {REQUEST(", state", ", 'issued'"), CHECK},
    {REQUEST(", state, resolved_at", ", 'pending', now()"), CHECK},
    {"UPDATE request SET ca_id = 99", FOREIGN},
    {"UPDATE request SET template_revision_id = 99", FOREIGN},
    {"UPDATE request SET auth = 3", CHECK},
    {"UPDATE request SET raw = ''", CHECK},
    {"UPDATE request SET format = 'spkac'", CHECK},
    {"UPDATE request SET result_code = 1", CHECK}, /* of an issued one */
    {"UPDATE request SET result_code = 4294967296", CHECK},
    {"UPDATE request SET principal = NULL", NOT_NULL},
    {"DELETE FROM request", FOREIGN},
    /* certificates */
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now() + '1 day', 'issued', NULL, 0"), "00000"},
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now(), 'issued', NULL, 0"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now() + '1 day', 'revoked', NULL, 0"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now() + '1 day', 'issued', now(), 0"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now() + '1 day', 'issued', NULL, 1"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', 'd', now(), now() + '1 day', 'revoked', now(), 7"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', '', now(), now() + '1 day', 'issued', NULL, 0"), CHECK},
    {CERTIFICATE("'', 'a', 's', 'd', now(), now() + '1 day', 'issued', NULL, 0"), CHECK},
    {CERTIFICATE("sha256('x'), 'a', 's', 'd', now(), now() + '1 day', 'issued', NULL, 0"), CHECK},
    {CERTIFICATE(S16 ", 'a', 's', 'certificate 1', now(), now() + '1 day', 'issued', NULL, 0"),
     UNIQUE},
    {"INSERT INTO certificate (ca_id, generation_id, serial, principal, subject, der, not_before, "
     "not_after)"
     " SELECT ca_id, generation_id, serial, 'a', 's', 'other', not_before, not_after FROM "
     "certificate",
     UNIQUE},
    {"INSERT INTO certificate (ca_id, generation_id, serial, principal, subject, der, not_before, "
     "not_after)"
     " VALUES (2, 1, " S16 ", 'a', 's', 'd', now(), now() + '1 day')",
     FOREIGN}, /* the generation of another CA */
    {"UPDATE certificate SET der = 'x'", REFUSED},
    {"UPDATE certificate SET serial = " S16, REFUSED},
    {"UPDATE certificate SET not_after = not_after + '1 year'", REFUSED},
    {"DELETE FROM certificate", REFUSED},
    {"TRUNCATE certificate", REFUSED},
    /* CRLs */
    {CRL_COLUMNS "(1, 1, 'x', now(), now() + '1 day', 0)", "00000"},
    {CRL_COLUMNS "(1, 0, 'x', now(), now() + '1 day', 0)", CHECK},
    {CRL_COLUMNS "(1, 1, '', now(), now() + '1 day', 0)", CHECK},
    {CRL_COLUMNS "(1, 1, 'x', now(), now(), 0)", CHECK},
    {CRL_COLUMNS "(99, 1, 'x', now(), now() + '1 day', 0)", FOREIGN},
    {CRL_COLUMNS "(1, 1, 'x', now(), now() + '1 day', 0), (1, 1, 'x', now(), now() + '1 day', 0)",
     UNIQUE},
    /* the audit trail */
    {AUDIT "(now(), 'a.b', 'success', '{}')", "00000"},
    {AUDIT "(now(), 'nonsense', 'success', '{}')", CHECK},
    {AUDIT "(now(), 'a.b', 'maybe', '{}')", CHECK},
    {AUDIT "(now(), 'a.b', 'success', '[]')", CHECK},
    {"UPDATE audit_event SET principal = 'somebody else'", REFUSED},
    {"DELETE FROM audit_event", REFUSED},
    {"TRUNCATE audit_event", REFUSED},
    {"INSERT INTO change_counter (topic) VALUES ('weather')", CHECK},
};

/* Two CAs, and one of everything else. */
static void
fill(void)
{
    cepces_ca_t other = test_ca_record("other");
    test_enrolment_t e;
    int64_t id;

    store = test_fresh_store(1);
    e = test_enrolment(test_fill(store), 1, test_pool);
    test_ok(cepces_store_add_ca(store, &other, NULL, test_pool, &test_error));
    test_ok(cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, test_pool,
                                     &test_error));
    ck_assert_str_eq(test_sql("UPDATE account SET sid = 'S-1-5-21-1-2-3-500'"), "00000");
    ck_assert_str_eq(test_sql("INSERT INTO credential (account_id, hash) VALUES (1, '$2b$12$x')"),
                     "00000");
    ck_assert_str_eq(test_sql("INSERT INTO credential_scope VALUES (1, 'policy', 1)"), "00000");
    ck_assert_str_eq(test_sql(ACCESS_COLUMNS "(1, NULL, 'authenticated', NULL, NULL, 1)"), "00000");
}

/* What succeeds shows that its neighbours fail for the reason they are meant to; all is rolled
 * back. */
START_TEST(nonsense_cannot_be_stored)
{
    fill();
    for (size_t i = 0; i < LENGTH_OF(constraints); i++) {
        const char *state =
            test_sql(apr_pstrcat(test_pool, "DO $do$ BEGIN ", constraints[i].sql,
                                 "; RAISE EXCEPTION USING ERRCODE = '00001'; END $do$", NULL));

        if (strcmp(state, "00001") == 0) {
            state = "00000";
        }
        ck_assert_msg(strcmp(state, constraints[i].state) == 0, "%s: %s instead of %s",
                      constraints[i].sql, state, constraints[i].state);
    }
}
END_TEST

static const struct {
    const char *column, *value;
} revision_columns[] = {
    {"major", "0"},
    {"minor", "-1"},
    {"display_name", "''"},
    {"schema_version", "0"},
    {"schema_version", "5"},
    {"general_flags", "-1"},
    {"enrollment_flags", "4294967296"},
    {"private_key_flags", "4294967296"},
    {"subject_name_flags", "-1"},
    {"key_spec", "3"},
    {"key_usage_property", "-1"},
    {"key_algorithm", "'two words'"},
    {"minimal_key_length", "-1"},
    {"hash_algorithm", "''"},
    {"crypto_providers", "ARRAY['']"},
    {"validity_secs", "0"},
    {"renewal_secs", "730 * 86400"},
    {"renewal_secs", "-1"},
    {"ekus", "ARRAY['serverAuth']"},
    {"ekus", "ARRAY['1.2', NULL]"},
    {"application_policies", "ARRAY['1.']"},
    {"issuance_policies", "ARRAY['']"},
    {"key_usage", "65536"},
    {"critical_extensions", "ARRAY['x']"},
    {"superseded", "ARRAY['']"},
    {"ra_signatures", "-1"},
    {"ra_application_policies", "ARRAY['x']"},
    {"ra_issuance_policies", "ARRAY['x']"},
    {"archival_algorithm", "'DES'"},
    {"archival_key_length", "-1"},
    {"sha1_requests", "'sometimes'"},
};

/* A copy of the revision with one column spoiled, and one with a new number only, which is
 * accepted. */
static const char *
copy_revision(const char *column, const char *value)
{
    return test_sql(apr_pstrcat(
        test_pool,
        "CREATE TEMP TABLE t (LIKE template_revision); INSERT INTO t SELECT * FROM "
        "template_revision;"
        "UPDATE t SET id = 99, minor = 99; UPDATE t SET ",
        column, " = ", value,
        "; INSERT INTO template_revision OVERRIDING SYSTEM VALUE SELECT * FROM t", NULL));
}

START_TEST(a_revision_has_only_values_that_mean_something)
{
    fill();
    for (size_t i = 0; i < LENGTH_OF(revision_columns); i++) {
        const char *state = copy_revision(revision_columns[i].column, revision_columns[i].value);

        ck_assert_msg(strcmp(state, CHECK) == 0, "%s = %s: %s", revision_columns[i].column,
                      revision_columns[i].value, state);
    }
    ck_assert_str_eq(copy_revision("minor", "3"), UNIQUE);
    ck_assert_str_eq(copy_revision("template_id", "99"), FOREIGN);
    ck_assert_str_eq(copy_revision("display_name", "'new'"), "00000");
}
END_TEST

/* --- Roles ------------------------------------------------------------------------------------ */

/* The grants are those of docs/schema.md, word for word. */
static const char *
documented_grants(void)
{
    static char text[32768];
    FILE *f = fopen(SCHEMA_PAGE, "r");
    char *start, *end;

    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    start = strstr(text, "```sql\n");
    ck_assert_ptr_nonnull(start);
    end = strstr(start + 7, "```");
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    return start + 7;
}

static cepces_store_t *
store_as(const char *role)
{
    cepces_store_options_t options = {
        .database = apr_pstrcat(test_pool, test_database(), " user=", role, NULL),
        .pool_size = 1,
        .actor = role};
    cepces_store_t *s;

    test_ok(cepces_store_open(&s, &options, test_pool, &test_error));
    return s;
}

static cepces_status_t
sign(cepces_crl_record_t *crl, const cepces_revocation_t *rows, size_t num, void *payload,
     apr_pool_t *p, cepces_error_t *err)
{
    (void)rows, (void)num, (void)payload, (void)p, (void)err;
    crl->der = cepces_bytes_str("CRL");
    crl->this_update = apr_time_now();
    crl->next_update = crl->this_update + apr_time_from_sec(3600);
    return CEPCES_OK;
}

START_TEST(the_documented_roles_can_do_their_work_and_no_more)
{
    cepces_store_t *worker, *admin;
    cepces_catalogue_t catalogue;
    cepces_account_t bob = {.name = "bob"};
    cepces_template_t t = test_template_record("WebServer", 1);
    test_enrolment_t e;
    bool made, kept;
    int64_t id, revision;

    store = test_fresh_store(1);
    ck_assert_str_eq(test_sql("DROP ROLE IF EXISTS cepces_worker, cepces_admin"), "00000");
    revision = test_fill(store);
    e = test_enrolment(revision, 1, test_pool);
    ck_assert_str_eq(test_sql(documented_grants()), "00000");
    worker = store_as("cepces_worker");
    admin = store_as("cepces_admin");

    test_ok(cepces_store_load_catalogue(&catalogue, worker, test_pool, &test_error));
    test_ok(cepces_store_add_request(&id, worker, &e.request, &e.certificate, &e.event, test_pool,
                                     &test_error));
    test_ok(cepces_store_make_crl(&made, worker, "issuing", 0, true, apr_time_now(), sign, NULL,
                                  test_pool, &test_error));
    ck_assert_int_eq(cepces_store_save_account(worker, &bob, test_pool, &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_int_eq(cepces_store_publish_template(worker, "issuing", "WebServer", false, test_pool,
                                                   &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_int_eq(cepces_store_revoke_certificate(worker, "issuing", e.certificate.serial, 0,
                                                     apr_time_now(), test_pool, &test_error),
                     CEPCES_E_INTERNAL);

    t.minor = 7;
    test_ok(cepces_store_save_account(admin, &bob, test_pool, &test_error));
    test_ok(cepces_store_save_template(admin, &t, revision, test_pool, &test_error));
    test_ok(cepces_store_revoke_certificate(admin, "issuing", e.certificate.serial, 0,
                                            apr_time_now(), test_pool, &test_error));
    test_ok(cepces_store_make_crl(&made, admin, "issuing", 0, true, apr_time_now(), sign, NULL,
                                  test_pool, &test_error));
    test_ok(cepces_store_remove_template(&kept, admin, "WebServer", test_pool, &test_error));
    ck_assert(kept);
    t = test_template_record("User", 2);
    test_ok(cepces_store_save_template(admin, &t, 0, test_pool, &test_error));
    test_ok(cepces_store_remove_template(&kept, admin, "User", test_pool, &test_error));
    ck_assert(!kept);
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: schema");

    (void)argc;
    test_need_database(argv);
    tcase_add_test(tc, an_empty_database_has_version_zero);
    tcase_add_test(tc, calls_without_a_schema_name_the_schema);
    tcase_add_test(tc, an_upgrade_leads_to_the_version_that_is_needed_and_stays_there);
    tcase_add_test(tc, of_two_upgrades_at_once_one_waits_and_finds_nothing_to_do);
    tcase_add_test(tc, an_upgrade_waits_for_the_lock_longer_than_other_statements);
    tcase_add_test(tc, a_newer_schema_is_left_alone);
    tcase_add_test(tc, a_migration_that_fails_leaves_nothing);
    tcase_add_test(tc, nonsense_cannot_be_stored);
    tcase_add_test(tc, a_revision_has_only_values_that_mean_something);
    tcase_add_test(tc, the_documented_roles_can_do_their_work_and_no_more);
    return test_run(tc);
}
