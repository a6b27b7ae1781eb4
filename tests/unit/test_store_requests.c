/* The store room: requests and their certificates, revocation and CRLs. */
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "base/encode.h"
#include "support/database.h"

#define NOON apr_time_from_sec(1795262400)

static cepces_store_t *store;
static int64_t revision;

static void
fill(unsigned pool_size)
{
    store = test_fresh_store(pool_size);
    revision = test_fill(store);
}

static cepces_status_t
add(int64_t *id, const test_enrolment_t *e)
{
    return cepces_store_add_request(id, store, &e->request, &e->certificate, &e->event, test_pool,
                                    &test_error);
}

static cepces_bytes_t
serial_of(unsigned number)
{
    return test_enrolment(revision, number, test_pool).certificate.serial;
}

static void
issue(unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        test_enrolment_t e = test_enrolment(revision, i, test_pool);
        int64_t id;

        test_ok(add(&id, &e));
    }
}

/* --- Storing ---------------------------------------------------------------------------------- */

START_TEST(an_issued_request_is_stored_with_certificate_and_event)
{
    test_enrolment_t e;
    cepces_request_record_t request;
    cepces_certificate_record_t certificate;
    int64_t id = 0;

    fill(1);
    e = test_enrolment(revision, 7, test_pool);
    test_ok(add(&id, &e));
    ck_assert_int_ge(id, 1);
    test_ok(cepces_store_find_request(&request, store, id, test_pool, &test_error));
    ck_assert_int_eq(request.id, id);
    ck_assert_str_eq(request.ca, "issuing");
    ck_assert_str_eq(request.template_name, "WebServer");
    ck_assert_int_eq(request.template_revision_id, revision);
    ck_assert_str_eq(request.principal, "alice");
    ck_assert_int_eq(request.auth, CEPCES_AUTH_USERNAME);
    ck_assert_str_eq(request.client_address, "192.0.2.1");
    ck_assert_str_eq(request.message_id, "urn:uuid:1");
    ck_assert_str_eq(request.format, "cmc");
    ck_assert(cepces_bytes_equal(request.raw, e.request.raw));
    ck_assert_int_eq(request.state, CEPCES_REQUEST_ISSUED);
    ck_assert_ptr_null(request.rule);
    ck_assert_str_eq(request.client_info, "certreq.exe");
    ck_assert_int_eq(request.submitted_at, NOON);
    ck_assert_int_eq(request.resolved_at, NOON + 1);
    test_ok(cepces_store_find_certificate(&certificate, store, NULL, serial_of(7), test_pool,
                                          &test_error));
    ck_assert_int_eq(certificate.request_id, id);
    ck_assert_str_eq(certificate.ca, "issuing");
    ck_assert_str_eq(certificate.template_name, "WebServer");
    ck_assert_str_eq(certificate.subject, "CN=www.example.com");
    ck_assert(cepces_bytes_equal(certificate.der, e.certificate.der));
    ck_assert_str_eq(cepces_hex(certificate.sha256, test_pool),
                     test_value("SELECT encode(sha256('certificate 7'), 'hex')"));
    ck_assert_int_eq(certificate.state, CEPCES_CERTIFICATE_ISSUED);
    ck_assert_int_eq(certificate.revoked_at, 0);
    ck_assert_str_eq(
        test_value("SELECT format('%s %s %s %s %s %s', event, outcome, principal, ca, template,"
                   " details->>'serial') FROM audit_event WHERE request_id IS NOT NULL"),
        "cert.issued success alice issuing WebServer 42");
    ck_assert_int_eq(test_number("SELECT request_id FROM audit_event WHERE event = 'cert.issued'"),
                     id);
}
END_TEST

START_TEST(a_refusal_is_stored_without_a_certificate)
{
    test_enrolment_t e;
    cepces_request_record_t request;
    int64_t id = 0;

    fill(1);
    e = test_enrolment(revision, 1, test_pool);
    e.request.template_name = NULL;
    e.request.template_revision_id = 0;
    e.request.state = CEPCES_REQUEST_DENIED;
    e.request.result_code = 0x80094800u;
    e.request.rule = "V30";
    e.request.reason = "no such template";
    e.event.event = "request.denied";
    e.event.outcome = "denied";
    e.event.details = NULL;
    test_ok(
        cepces_store_add_request(&id, store, &e.request, NULL, &e.event, test_pool, &test_error));
    test_ok(cepces_store_find_request(&request, store, id, test_pool, &test_error));
    ck_assert_int_eq(request.state, CEPCES_REQUEST_DENIED);
    ck_assert_uint_eq(request.result_code, 0x80094800u);
    ck_assert_ptr_null(request.template_name);
    ck_assert_str_eq(request.rule, "V30");
    ck_assert_int_eq(test_number("SELECT count(*) FROM certificate"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'request.denied'"),
                     1);
}
END_TEST

/* Each row spoils one thing; whatever it is, nothing may stay. */
static void
no_such_ca(test_enrolment_t *e)
{
    e->request.ca = "elsewhere";
}
static void
no_such_generation(test_enrolment_t *e)
{
    e->certificate.generation = 3;
}
static void
no_such_revision(test_enrolment_t *e)
{
    e->request.template_revision_id += 100;
}
static void
unknown_format(test_enrolment_t *e)
{
    e->request.format = "keygen";
}
static void
unknown_state(test_enrolment_t *e)
{
    e->request.auth = (cepces_auth_kind_t)3;
}
static void
issued_with_an_error(test_enrolment_t *e)
{
    e->request.result_code = 5;
}
static void
short_serial(test_enrolment_t *e)
{
    e->certificate.serial.len = 15;
}
static void
no_serial(test_enrolment_t *e)
{
    e->certificate.serial.len = 0;
}
static void
no_der(test_enrolment_t *e)
{
    e->certificate.der = CEPCES_NO_BYTES;
}
static void
ends_before_it_begins(test_enrolment_t *e)
{
    e->certificate.not_after = NOON - 1;
}
static void
event_of_unknown_outcome(test_enrolment_t *e)
{
    e->event.outcome = "perhaps";
}
static void
event_without_name(test_enrolment_t *e)
{
    e->event.event = NULL;
}
static void
event_that_is_not_json(test_enrolment_t *e)
{
    e->event.details = "{serial}";
}
static void
issued_without_certificate(test_enrolment_t *e)
{
    e->request.state = CEPCES_REQUEST_FAILED;
}
static void
text_that_is_not_utf8(test_enrolment_t *e)
{
    e->request.message_id = "\xff";
}

static void (*const spoilers[])(test_enrolment_t *) = {
    no_such_ca,
    no_such_generation,
    no_such_revision,
    unknown_format,
    unknown_state,
    issued_with_an_error,
    short_serial,
    no_serial,
    no_der,
    ends_before_it_begins,
    event_of_unknown_outcome,
    event_without_name,
    event_that_is_not_json,
    issued_without_certificate,
    text_that_is_not_utf8,
};

START_TEST(a_request_is_stored_wholly_or_not_at_all)
{
    fill(1);
    for (size_t i = 0; i < LENGTH_OF(spoilers); i++) {
        test_enrolment_t e = test_enrolment(revision, 1, test_pool);
        int64_t id = -1;

        spoilers[i](&e);
        ck_assert_msg(add(&id, &e) == CEPCES_E_INTERNAL, "spoiler %zu: %s", i,
                      cepces_error_line(&test_error, test_pool));
        ck_assert_int_eq(id, -1);
    }
    ck_assert_int_eq(test_number("SELECT count(*) FROM request"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM certificate"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'cert.issued'"),
                     0);
    issue(1, 1);
}
END_TEST

START_TEST(a_serial_is_used_once)
{
    test_enrolment_t first, second;
    int64_t id = 0, again = 0;

    fill(1);
    first = test_enrolment(revision, 1, test_pool);
    second = test_enrolment(revision, 2, test_pool);
    second.certificate.serial = first.certificate.serial;
    test_ok(add(&id, &first));
    ck_assert_int_eq(add(&again, &second), CEPCES_E_EXISTS);
    ck_assert_str_eq(test_error.rule, "S2");
    ck_assert_int_eq(again, 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM request"), 1);
}
END_TEST

START_TEST(the_same_certificate_offered_again_is_the_earlier_request)
{
    test_enrolment_t e;
    int64_t id = 0, again = 0;

    fill(1);
    e = test_enrolment(revision, 1, test_pool);
    test_ok(add(&id, &e));
    test_ok(add(&again, &e));
    ck_assert_int_eq(again, id);
    ck_assert_int_eq(test_number("SELECT count(*) FROM request"), 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'cert.issued'"),
                     1);
}
END_TEST

START_TEST(request_ids_end_at_two_to_the_31_minus_one)
{
    test_enrolment_t e;
    int64_t id = 0;

    fill(1);
    ck_assert_str_eq(test_sql("ALTER TABLE request ALTER COLUMN id RESTART WITH 2147483647"),
                     "00000");
    e = test_enrolment(revision, 1, test_pool);
    test_ok(add(&id, &e));
    ck_assert_int_eq(id, 2147483647);
    e = test_enrolment(revision, 2, test_pool);
    ck_assert_int_eq(add(&id, &e), CEPCES_E_INTERNAL);
}
END_TEST

/* --- Threads ---------------------------------------------------------------------------------- */

#define THREADS 8
#define EACH 200

typedef struct {
    unsigned number;
    unsigned failures;
} worker_t;

static void *APR_THREAD_FUNC
enroll_many(apr_thread_t *thread, void *data)
{
    worker_t *w = (worker_t *)data;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    for (unsigned i = 0; i < EACH; i++) {
        test_enrolment_t e = test_enrolment(revision, w->number * EACH + i, p);
        cepces_error_t err = CEPCES_ERROR_INIT(p);
        int64_t id;

        if (cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, p, &err) !=
            CEPCES_OK) {
            w->failures++;
        }
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(threads_share_the_pool_and_lose_nothing)
{
    apr_thread_t *threads[THREADS];
    worker_t workers[THREADS];

    fill(4);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (worker_t){i, 0};
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, enroll_many, &workers[i], test_pool),
                         0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
        ck_assert_uint_eq(workers[i].failures, 0);
    }
    ck_assert_int_eq(test_number("SELECT count(DISTINCT serial) FROM certificate"), THREADS * EACH);
    ck_assert_int_eq(test_number("SELECT count(DISTINCT id) FROM request"), THREADS * EACH);
    ck_assert_int_eq(test_number("SELECT count(DISTINCT request_id) FROM audit_event"),
                     THREADS * EACH);
    ck_assert_int_le(
        test_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'unit test'"),
        4);
}
END_TEST

/* --- Lists ------------------------------------------------------------------------------------ */

static size_t
listed(cepces_certificate_filter_t filter)
{
    const cepces_certificate_record_t *list;
    size_t num = 999;

    test_ok(cepces_store_list_certificates(&list, &num, store, &filter, test_pool, &test_error));
    return num;
}

START_TEST(certificates_are_listed_by_what_is_asked)
{
    const cepces_certificate_record_t *list;
    cepces_certificate_filter_t all = {.state = -1, .limit = 3};
    test_enrolment_t bob;
    size_t num;
    int64_t id;

    fill(1);
    issue(1, 4);
    bob = test_enrolment(revision, 5, test_pool);
    bob.certificate.principal = "bob";
    test_ok(add(&id, &bob));
    test_ok(cepces_store_revoke_certificate(store, "issuing", serial_of(2), 1, NOON, test_pool,
                                            &test_error));
    test_ok(cepces_store_list_certificates(&list, &num, store, &all, test_pool, &test_error));
    ck_assert_uint_eq(num, 3);
    ck_assert_str_eq(list[0].principal, "bob");
    ck_assert(cepces_bytes_equal(list[2].serial, serial_of(3)));
    ck_assert_uint_eq(
        listed((cepces_certificate_filter_t){.principal = "alice", .state = -1, .limit = 9}), 4);
    ck_assert_uint_eq(
        listed((cepces_certificate_filter_t){.ca = "issuing", .state = -1, .limit = 9}), 5);
    ck_assert_uint_eq(listed((cepces_certificate_filter_t){.ca = "other", .state = -1, .limit = 9}),
                      0);
    ck_assert_uint_eq(listed((cepces_certificate_filter_t){
                          .template_name = "WebServer", .state = -1, .limit = 9}),
                      5);
    ck_assert_uint_eq(
        listed((cepces_certificate_filter_t){.template_name = "User", .state = -1, .limit = 9}), 0);
    ck_assert_uint_eq(
        listed((cepces_certificate_filter_t){.state = CEPCES_CERTIFICATE_REVOKED, .limit = 9}), 1);
    ck_assert_uint_eq(
        listed((cepces_certificate_filter_t){.state = CEPCES_CERTIFICATE_ISSUED, .limit = 9}), 4);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    cepces_request_record_t request;
    cepces_certificate_record_t certificate;

    fill(1);
    issue(1, 1);
    ck_assert_int_eq(cepces_store_find_request(&request, store, 99, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(
        cepces_store_find_request(&request, store, INT64_C(1) << 40, test_pool, &test_error),
        CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_find_certificate(&certificate, store, "issuing", serial_of(2),
                                                   test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_find_certificate(&certificate, store, "other", serial_of(1),
                                                   test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    test_ok(cepces_store_find_certificate(&certificate, store, "issuing", serial_of(1), test_pool,
                                          &test_error));
}
END_TEST

/* --- Revocation and CRLs ---------------------------------------------------------------------- */

START_TEST(a_certificate_is_revoked_once)
{
    cepces_certificate_record_t certificate;

    fill(1);
    issue(1, 1);
    test_ok(cepces_store_revoke_certificate(store, "issuing", serial_of(1), 4, NOON + 5, test_pool,
                                            &test_error));
    test_ok(cepces_store_find_certificate(&certificate, store, "issuing", serial_of(1), test_pool,
                                          &test_error));
    ck_assert_int_eq(certificate.state, CEPCES_CERTIFICATE_REVOKED);
    ck_assert_int_eq(certificate.revoked_at, NOON + 5);
    ck_assert_int_eq(certificate.reason, 4);
    ck_assert_int_eq(cepces_store_revoke_certificate(store, "issuing", serial_of(1), 1, NOON + 9,
                                                     test_pool, &test_error),
                     CEPCES_E_EXISTS);
    ck_assert_int_eq(cepces_store_revoke_certificate(store, "issuing", serial_of(2), 1, NOON,
                                                     test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_revoke_certificate(store, "other", serial_of(1), 1, NOON,
                                                     test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_str_eq(
        test_value("SELECT string_agg(format('%s %s %s %s', principal, ca, details->>'serial',"
                   " details->>'reason'), ';') FROM audit_event WHERE event = 'cert.revoked'"),
        "tester issuing 42000000000000000000000000000001 4");
    ck_assert_int_eq(test_number("SELECT revocations FROM ca_generation"), 1);
}
END_TEST

START_TEST(an_unknown_reason_revokes_nothing)
{
    fill(1);
    issue(1, 1);
    ck_assert_int_eq(cepces_store_revoke_certificate(store, "issuing", serial_of(1), 7, NOON,
                                                     test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_int_eq(test_number("SELECT count(*) FROM certificate WHERE state = 'revoked'"), 0);
    ck_assert_int_eq(test_number("SELECT revocations FROM ca_generation"), 0);
}
END_TEST

/* What the maker saw and does. */
typedef struct {
    size_t entries;
    unsigned calls;
    apr_time_t now;
    bool fail;
} maker_t;

static cepces_status_t
make(cepces_crl_record_t *crl, const cepces_revocation_t *rows, size_t num, void *payload,
     apr_pool_t *p, cepces_error_t *err)
{
    maker_t *m = (maker_t *)payload;

    (void)rows;
    m->calls++;
    m->entries = num;
    if (m->fail) {
        return cepces_error_set(err, CEPCES_E_CA_SUSPENDED, "the key is away");
    }
    crl->der = cepces_bytes_str(apr_psprintf(p, "CRL %" APR_INT64_T_FMT, crl->number));
    crl->this_update = m->now - apr_time_from_sec(600);
    crl->next_update = m->now + apr_time_from_sec(7 * 86400);
    return CEPCES_OK;
}

static bool
made(maker_t *m, bool only_if_due, apr_time_t now)
{
    bool result = false;

    m->now = now;
    test_ok(cepces_store_make_crl(&result, store, "issuing", 0, only_if_due, now, make, m,
                                  test_pool, &test_error));
    return result;
}

static const cepces_crl_record_t *
newest_crl(void)
{
    const cepces_crl_record_t *crls;
    size_t num;

    test_ok(cepces_store_load_crls(&crls, &num, store, test_pool, &test_error));
    ck_assert_uint_eq(num, 1);
    return &crls[0];
}

START_TEST(a_crl_is_made_when_it_is_due)
{
    maker_t m = {0};
    apr_time_t overlap_begins = NOON + apr_time_from_sec(6 * 86400);

    fill(1);
    issue(1, 2);
    ck_assert(made(&m, true, NOON)); /* there is none */
    ck_assert_uint_eq(m.entries, 0);
    ck_assert(!made(&m, true, NOON));
    ck_assert(!made(&m, true, overlap_begins - 1));
    test_ok(cepces_store_revoke_certificate(store, "issuing", serial_of(2), 1, NOON, test_pool,
                                            &test_error));
    ck_assert(made(&m, true, NOON)); /* one was revoked */
    ck_assert_uint_eq(m.entries, 1);
    ck_assert(!made(&m, true, NOON));
    ck_assert(made(&m, true, overlap_begins));  /* the next one is to be published */
    ck_assert(made(&m, false, overlap_begins)); /* on demand */
    ck_assert_int_eq(newest_crl()->number, 4);
    ck_assert(cepces_bytes_equal(newest_crl()->der, cepces_bytes_str("CRL 4")));
    ck_assert_str_eq(newest_crl()->ca, "issuing");
    ck_assert_int_eq(newest_crl()->next_update, overlap_begins + apr_time_from_sec(7 * 86400));
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event WHERE event = 'crl.published'"),
                     4);
}
END_TEST

START_TEST(a_crl_that_cannot_be_signed_stays_due)
{
    maker_t m = {.fail = true};
    bool result = true;

    fill(1);
    ck_assert_int_eq(cepces_store_make_crl(&result, store, "issuing", 0, true, NOON, make, &m,
                                           test_pool, &test_error),
                     CEPCES_E_CA_SUSPENDED);
    ck_assert_uint_eq(m.calls, 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM crl"), 0);
    m.fail = false;
    ck_assert(made(&m, true, NOON));
    ck_assert_int_eq(newest_crl()->number, 1);
}
END_TEST

START_TEST(a_crl_of_an_unknown_generation_is_not_made)
{
    maker_t m = {0};
    bool result = false;

    fill(1);
    ck_assert_int_eq(cepces_store_make_crl(&result, store, "issuing", 1, false, NOON, make, &m,
                                           test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_make_crl(&result, store, "other", 0, true, NOON, make, &m,
                                           test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_uint_eq(m.calls, 0);
}
END_TEST

/* Rule C3. The certificates of the fixture are valid for 365 days. */
START_TEST(an_expired_certificate_stays_on_one_crl_past_its_end)
{
    maker_t m = {0};
    apr_time_t end = NOON + apr_time_from_sec(INT64_C(365) * 86400), hour = apr_time_from_sec(3600);

    fill(1);
    issue(1, 1);
    test_ok(cepces_store_revoke_certificate(store, "issuing", serial_of(1), 1, NOON, test_pool,
                                            &test_error));
    ck_assert(made(&m, false, end - hour));
    ck_assert_uint_eq(m.entries, 1);
    ck_assert(made(&m, false, end + hour));
    ck_assert_uint_eq(m.entries, 1);
    ck_assert(made(&m, false, end + 2 * hour));
    ck_assert_uint_eq(m.entries, 0);
}
END_TEST

static void *APR_THREAD_FUNC
make_many(apr_thread_t *thread, void *data)
{
    worker_t *w = (worker_t *)data;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    for (unsigned i = 0; i < 20; i++) {
        maker_t m = {.now = NOON};
        cepces_error_t err = CEPCES_ERROR_INIT(p);
        bool result = false;

        if (cepces_store_make_crl(&result, store, "issuing", 0, false, NOON, make, &m, p, &err) !=
                CEPCES_OK ||
            !result) {
            w->failures++;
        }
    }
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(crl_numbers_increase_strictly_with_two_makers)
{
    apr_thread_t *threads[2];
    worker_t workers[2] = {{0, 0}, {1, 0}};

    fill(2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, make_many, &workers[i], test_pool),
                         0);
    }
    for (unsigned i = 0; i < 2; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
        ck_assert_uint_eq(workers[i].failures, 0);
    }
    ck_assert_int_eq(test_number("SELECT count(*) FROM crl"), 40);
    ck_assert_int_eq(test_number("SELECT max(number) FROM crl"), 40);
    ck_assert_int_eq(
        test_number("SELECT count(*) FROM crl a JOIN crl b ON a.id < b.id AND a.number > b.number"),
        0);
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: requests");

    (void)argc;
    test_need_database(argv);
    tcase_add_test(tc, an_issued_request_is_stored_with_certificate_and_event);
    tcase_add_test(tc, a_refusal_is_stored_without_a_certificate);
    tcase_add_test(tc, a_request_is_stored_wholly_or_not_at_all);
    tcase_add_test(tc, a_serial_is_used_once);
    tcase_add_test(tc, the_same_certificate_offered_again_is_the_earlier_request);
    tcase_add_test(tc, request_ids_end_at_two_to_the_31_minus_one);
    tcase_add_test(tc, threads_share_the_pool_and_lose_nothing);
    tcase_add_test(tc, certificates_are_listed_by_what_is_asked);
    tcase_add_test(tc, what_is_not_there_is_not_found);
    tcase_add_test(tc, a_certificate_is_revoked_once);
    tcase_add_test(tc, an_unknown_reason_revokes_nothing);
    tcase_add_test(tc, a_crl_is_made_when_it_is_due);
    tcase_add_test(tc, a_crl_that_cannot_be_signed_stays_due);
    tcase_add_test(tc, a_crl_of_an_unknown_generation_is_not_made);
    tcase_add_test(tc, an_expired_certificate_stays_on_one_crl_past_its_end);
    tcase_add_test(tc, crl_numbers_increase_strictly_with_two_makers);
    return test_run(tc);
}
