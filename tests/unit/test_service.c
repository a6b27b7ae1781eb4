/* The parts of the service room that need no database: names of callers, the short memory, rendered
 * templates, and the faults that a message gets before anybody is asked. What the whole does is
 * tested end to end. */
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "service/event.h"
#include "service/memory.h"
#include "service/message.h"
#include "service/snapshot.h"
#include "support/suite.h"

/* --- Names ------------------------------------------------------------------------------------ */

static const struct {
    const char *given;
    const char *canonical; /* NULL: refused */
} names[] = {
    {"alice", "alice"},
    {"Alice", "alice"},
    {"EXAMPLE\\Alice", "alice"},
    {"alice@example.test", "alice"},
    {"ALICE@EXAMPLE.TEST", "alice"},
    {"HOST1$@EXAMPLE.TEST", "host1$"},
    {"M\xc3\xbcller", "m\xc3\xbcller"},
    {"", NULL},
    {"EXAMPLE\\", NULL},
    {"@example.test", NULL},
    {"alice\n", NULL},
    {"alice\x7f", NULL},
    {"ali:ce", NULL},
    {"../alice", NULL},
    {"al\xff", NULL},
};

START_TEST(the_three_spellings_of_a_name_are_one)
{
    const char *out = "untouched";
    cepces_status_t st =
        cepces_message_canonical_name(&out, names[_i].given, test_pool, &test_error);

    if (names[_i].canonical == NULL) {
        ck_assert_int_eq(st, CEPCES_E_FAILED_AUTHENTICATION);
        ck_assert_ptr_null(out);
        ck_assert_str_eq(test_error.rule, "V9");
    } else {
        ck_assert_int_eq(st, CEPCES_OK);
        ck_assert_str_eq(out, names[_i].canonical);
    }
}
END_TEST

START_TEST(a_name_longer_than_256_bytes_is_refused)
{
    char name[258];
    const char *out;

    memset(name, 'a', sizeof(name));
    name[257] = '\0';
    ck_assert_int_eq(cepces_message_canonical_name(&out, name, test_pool, &test_error),
                     CEPCES_E_FAILED_AUTHENTICATION);
    name[256] = '\0';
    ck_assert_int_eq(cepces_message_canonical_name(&out, name, test_pool, &test_error), CEPCES_OK);
}
END_TEST

/* --- The clock -------------------------------------------------------------------------------- */

static time_t clock_is_ahead_by; /* seconds */

/* APR's clock asks this function, here instead of libc's, so that a test can set the clock. */
int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t = {0, 0};

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    now->tv_sec = t.tv_sec + clock_is_ahead_by;
    now->tv_usec = t.tv_nsec / 1000;
    return 0;
}

/* --- Memory ----------------------------------------------------------------------------------- */

static void *
copy_text(const void *value, apr_pool_t *p)
{
    return apr_pstrdup(p, (const char *)value);
}

static cepces_memory_t *
new_memory(apr_interval_time_t keep)
{
    cepces_memory_t *memory;

    ck_assert_int_eq(cepces_memory_create(&memory, keep, copy_text, test_pool, &test_error),
                     CEPCES_OK);
    return memory;
}

static void
keep(cepces_memory_t *memory, const unsigned char *key, const char *value)
{
    cepces_memory_keep(memory, key, cepces_memory_epoch(memory), value);
}

START_TEST(what_is_kept_is_recalled_under_its_own_key_only)
{
    cepces_memory_t *memory = new_memory(apr_time_from_sec(60));
    unsigned char key[CEPCES_MEMORY_KEY_LEN] = {1}, same_slot[CEPCES_MEMORY_KEY_LEN] = {1};

    same_slot[31] = 9; /* the slot is chosen by the first two bytes */
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
    keep(memory, key, "value");
    ck_assert_str_eq((const char *)cepces_memory_recall(memory, key, test_pool), "value");
    ck_assert_ptr_null(cepces_memory_recall(memory, same_slot, test_pool));
    keep(memory, same_slot, "other");
    ck_assert_str_eq((const char *)cepces_memory_recall(memory, same_slot, test_pool), "other");
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
}
END_TEST

START_TEST(nothing_is_recalled_after_its_time)
{
    cepces_memory_t *memory = new_memory(apr_time_from_msec(20));
    const unsigned char key[CEPCES_MEMORY_KEY_LEN] = {2};

    keep(memory, key, "value");
    apr_sleep(apr_time_from_msec(40));
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
}
END_TEST

START_TEST(setting_the_clock_neither_stretches_a_memory_nor_ends_it)
{
    cepces_memory_t *brief = new_memory(apr_time_from_msec(20));
    cepces_memory_t *lasting = new_memory(apr_time_from_sec(60));
    const unsigned char key[CEPCES_MEMORY_KEY_LEN] = {5};
    apr_time_t before = apr_time_now();

    keep(brief, key, "value");
    keep(lasting, key, "value");
    apr_sleep(apr_time_from_msec(40));
    clock_is_ahead_by = -3600;
    ck_assert_int_lt(apr_time_now(), before);
    ck_assert_ptr_null(cepces_memory_recall(brief, key, test_pool));
    clock_is_ahead_by = 3600;
    ck_assert_ptr_nonnull(cepces_memory_recall(lasting, key, test_pool));
    clock_is_ahead_by = 0;
}
END_TEST

START_TEST(a_memory_of_no_time_keeps_nothing)
{
    cepces_memory_t *memory = new_memory(0);
    const unsigned char key[CEPCES_MEMORY_KEY_LEN] = {3};

    keep(memory, key, "value");
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
}
END_TEST

START_TEST(a_change_forgets_what_was_kept_and_what_was_being_looked_up)
{
    cepces_memory_t *memory = new_memory(apr_time_from_sec(60));
    const unsigned char key[CEPCES_MEMORY_KEY_LEN] = {4};
    apr_uint32_t before;

    keep(memory, key, "value");
    before = cepces_memory_epoch(memory);
    cepces_memory_forget(memory);
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
    cepces_memory_keep(memory, key, before, "looked up before the change");
    ck_assert_ptr_null(cepces_memory_recall(memory, key, test_pool));
}
END_TEST

/* --- Passwords -------------------------------------------------------------------------------- */

START_TEST(a_password_is_hashed_with_bcrypt_and_a_salt_of_its_own)
{
    const char *one, *two;

    ck_assert_int_eq(cepces_admin_hash_password(&one, "correct horse", test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(cepces_admin_hash_password(&two, "correct horse", test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(strncmp(one, "$2b$10$", 7), 0);
    ck_assert_str_ne(one, two);
}
END_TEST

START_TEST(a_password_that_bcrypt_would_cut_is_refused)
{
    char password[74];
    const char *hash;

    memset(password, 'x', sizeof(password));
    password[73] = '\0';
    ck_assert_int_eq(cepces_admin_hash_password(&hash, password, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_null(hash);
    password[72] = '\0';
    ck_assert_int_eq(cepces_admin_hash_password(&hash, password, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(cepces_admin_hash_password(&hash, "", test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

/* --- Rendering -------------------------------------------------------------------------------- */

static const char *const ekus[] = {"1.3.6.1.5.5.7.3.1"};
static const char *const critical[] = {"2.5.29.15"};

static cepces_template_t
ecc_template(const char *name, const char *oid, const char *algorithm)
{
    return (cepces_template_t){
        .name = name,
        .oid = oid,
        .display_name = name,
        .schema_version = 3,
        .major = 100,
        .key_algorithm = algorithm,
        .hash_algorithm = "SHA256",
        .minimal_key_length = 256,
        .validity_secs = 31536000,
        .renewal_secs = 3628800,
        .ekus = {ekus, 1},
        .application_policies = {ekus, 1},
        .key_usage = CEPCES_KU_DIGITAL_SIGNATURE,
        .critical_extensions = {critical, 1},
        .enabled = true,
    };
}

START_TEST(rendered_templates_share_oids_and_every_reference_resolves)
{
    const cepces_template_t records[] = {ecc_template("One", "1.3.6.1.4.1.32473.1", "ECDSA_P256"),
                                         ecc_template("Two", "1.3.6.1.4.1.32473.2", "ECDH_P256")};
    cepces_site_template_t templates[2] = {{.record = &records[0]}, {.record = &records[1]}};
    const cepces_site_oid_t *oids;
    size_t num, curves = 0, hashes = 0;

    ck_assert_int_eq(cepces_render_templates(&oids, &num, templates, 2, test_pool, &test_error),
                     CEPCES_OK);
    for (size_t t = 0; t < 2; t++) {
        ck_assert_ptr_null(templates[t].unoffered);
        ck_assert_uint_gt(templates[t].num_references, 5);
        for (size_t r = 0; r < templates[t].num_references; r++) {
            ck_assert_int_lt(templates[t].references[r], (int)num);
        }
    }
    for (size_t i = 0; i < num; i++) {
        curves += strcmp(oids[i].value, "1.2.840.10045.3.1.7") == 0;
        hashes += strcmp(oids[i].value, "2.16.840.1.101.3.4.2.1") == 0;
    }
    /* Clients map an algorithm by its name, so two algorithms on one curve need two rows; the hash
     * needs one. */
    ck_assert_uint_eq(curves, 2);
    ck_assert_uint_eq(hashes, 1);
    ck_assert_int_eq(oids[templates[1].oid_reference].group, CEPCES_XCEP_GROUP_TEMPLATE);
}
END_TEST

START_TEST(a_template_that_cannot_be_rendered_does_not_take_the_others_away)
{
    const cepces_template_t records[] = {ecc_template("Broken", "not an oid", "ECDSA_P256"),
                                         ecc_template("Good", "1.3.6.1.4.1.32473.2", "ECDSA_P256")};
    cepces_site_template_t templates[2] = {{.record = &records[0]}, {.record = &records[1]}};
    const cepces_site_oid_t *oids;
    size_t num;

    ck_assert_int_eq(cepces_render_templates(&oids, &num, templates, 2, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_ptr_nonnull(templates[0].unoffered);
    ck_assert_ptr_null(templates[1].unoffered);
    ck_assert_uint_gt(templates[1].attributes_head.len, 0);
}
END_TEST

/* --- Events ----------------------------------------------------------------------------------- */

START_TEST(a_long_value_of_an_event_is_cut_between_two_characters)
{
    char reason[1200] = "";
    const cepces_submission_t s = {.p = test_pool};
    const cepces_request_record_t request = {.rule = "V43", .reason = reason};
    cepces_audit_event_t event;

    memset(reason, 'x', (size_t)_i); /* and then characters of two, three and four bytes */
    for (size_t at = (size_t)_i; at + 9 < sizeof(reason); at += 9) {
        memcpy(reason + at, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91", 9);
    }
    event = cepces_event_denied(&s, &request);
    ck_assert_ptr_nonnull(strstr(event.details, "\"reason\":\""));
    ck_assert_ptr_nonnull(strstr(event.details, "\"rule\":\"V43\""));
    ck_assert_uint_lt(strlen(event.details), 1300);
}
END_TEST

/* --- Faults ----------------------------------------------------------------------------------- */

static const struct {
    cepces_status_t status;
    int http_status;
    const char *in_body;
} faults[] = {
    {CEPCES_E_MALFORMED_MESSAGE, 500, "s:Sender"},
    {CEPCES_E_FAILED_AUTHENTICATION, 500, "FailedAuthentication"},
    {CEPCES_E_TEMPLATE_DENIED, 500,
     "<ErrorCode>-2146877422</ErrorCode><InvalidRequest>true</InvalidRequest>"},
    {CEPCES_E_INVALID_ARGUMENT, 500,
     "<ErrorCode>-2147024809</ErrorCode><InvalidRequest>false</InvalidRequest>"},
    {CEPCES_E_UNAVAILABLE, 503,
     "<ErrorCode>-2147023174</ErrorCode><InvalidRequest>false</InvalidRequest>"},
    {CEPCES_E_INTERNAL, 500, "InternalServiceFault"},
};

START_TEST(a_status_becomes_its_fault_and_keeps_its_detail_for_the_log)
{
    cepces_reply_t reply;

    (void)cepces_error_rule(&test_error, faults[_i].status, "V99", "the secret reason");
    cepces_service_fault(&reply, NULL, &test_error, test_pool);
    ck_assert_int_eq(reply.http_status, faults[_i].http_status);
    ck_assert_int_eq(reply.retry_after_secs > 0, faults[_i].http_status == 503);
    ck_assert_ptr_nonnull(strstr((const char *)reply.body.data, faults[_i].in_body));
    ck_assert_ptr_null(strstr((const char *)reply.body.data, "secret"));
    ck_assert_ptr_nonnull(strstr(reply.log, "the secret reason"));
    ck_assert_ptr_nonnull(strstr(reply.log, "rule V99"));
    ck_assert_ptr_nonnull(strstr(reply.log, "MessageID -"));
}
END_TEST

START_TEST(an_internal_error_has_an_incident_that_stands_in_the_reply_and_in_the_log)
{
    cepces_reply_t reply;
    const char *incident;

    (void)cepces_error_set(&test_error, CEPCES_E_INTERNAL, "something broke");
    cepces_service_fault(&reply, NULL, &test_error, test_pool);
    incident = strstr((const char *)reply.body.data, "incident ");
    ck_assert_ptr_nonnull(incident);
    ck_assert_ptr_nonnull(
        strstr(reply.log, apr_pstrmemdup(test_pool, incident, strlen("incident ") + 8)));
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("service");

    tcase_add_loop_test(tc, the_three_spellings_of_a_name_are_one, 0, LENGTH_OF(names));
    tcase_add_test(tc, a_name_longer_than_256_bytes_is_refused);
    tcase_add_test(tc, what_is_kept_is_recalled_under_its_own_key_only);
    tcase_add_test(tc, nothing_is_recalled_after_its_time);
    tcase_add_test(tc, setting_the_clock_neither_stretches_a_memory_nor_ends_it);
    tcase_add_test(tc, a_memory_of_no_time_keeps_nothing);
    tcase_add_test(tc, a_change_forgets_what_was_kept_and_what_was_being_looked_up);
    tcase_add_test(tc, a_password_is_hashed_with_bcrypt_and_a_salt_of_its_own);
    tcase_add_test(tc, a_password_that_bcrypt_would_cut_is_refused);
    tcase_add_test(tc, rendered_templates_share_oids_and_every_reference_resolves);
    tcase_add_test(tc, a_template_that_cannot_be_rendered_does_not_take_the_others_away);
    tcase_add_loop_test(tc, a_long_value_of_an_event_is_cut_between_two_characters, 0, 9);
    tcase_add_loop_test(tc, a_status_becomes_its_fault_and_keeps_its_detail_for_the_log, 0,
                        LENGTH_OF(faults));
    tcase_add_test(tc, an_internal_error_has_an_incident_that_stands_in_the_reply_and_in_the_log);
    return test_run(tc);
}
