/* The store room: templates, CAs and policies, as an administrator changes them and as the services
 * read them. */
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "support/database.h"

static cepces_store_t *store;
static int64_t revision;

static void
fill(void)
{
    store = test_fresh_store(2);
    revision = test_fill(store);
}

static void
assert_strings(cepces_strings_t a, cepces_strings_t b)
{
    ck_assert_str_eq(cepces_strings_join(a, "|", test_pool),
                     cepces_strings_join(b, "|", test_pool));
    ck_assert_uint_eq(a.num, b.num);
}

static void
assert_template(const cepces_template_t *a, const cepces_template_t *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_str_eq(a->oid, b->oid);
    ck_assert_str_eq(a->display_name, b->display_name);
    ck_assert_uint_eq(a->schema_version, b->schema_version);
    ck_assert_uint_eq(a->major, b->major);
    ck_assert_uint_eq(a->minor, b->minor);
    ck_assert_uint_eq(a->general_flags, b->general_flags);
    ck_assert_uint_eq(a->enrollment_flags, b->enrollment_flags);
    ck_assert_uint_eq(a->private_key_flags, b->private_key_flags);
    ck_assert_uint_eq(a->subject_name_flags, b->subject_name_flags);
    ck_assert_int_eq(a->key_spec.present, b->key_spec.present);
    ck_assert_uint_eq(a->key_spec.value, b->key_spec.value);
    ck_assert_int_eq(a->key_usage_property.present, b->key_usage_property.present);
    ck_assert_pstr_eq(a->key_permissions, b->key_permissions);
    ck_assert_str_eq(a->key_algorithm, b->key_algorithm);
    ck_assert_uint_eq(a->minimal_key_length, b->minimal_key_length);
    ck_assert_pstr_eq(a->hash_algorithm, b->hash_algorithm);
    assert_strings(a->crypto_providers, b->crypto_providers);
    ck_assert_int_eq(a->validity_secs, b->validity_secs);
    ck_assert_int_eq(a->renewal_secs, b->renewal_secs);
    assert_strings(a->ekus, b->ekus);
    assert_strings(a->application_policies, b->application_policies);
    assert_strings(a->issuance_policies, b->issuance_policies);
    ck_assert_uint_eq(a->key_usage, b->key_usage);
    assert_strings(a->critical_extensions, b->critical_extensions);
    assert_strings(a->superseded, b->superseded);
    ck_assert_uint_eq(a->ra_signatures, b->ra_signatures);
    assert_strings(a->ra_application_policies, b->ra_application_policies);
    assert_strings(a->ra_issuance_policies, b->ra_issuance_policies);
    ck_assert_pstr_eq(a->archival_algorithm, b->archival_algorithm);
    ck_assert_uint_eq(a->archival_key_length, b->archival_key_length);
    ck_assert_int_eq(a->sha1_requests, b->sha1_requests);
    ck_assert_int_eq(a->allow_wildcards, b->allow_wildcards);
    ck_assert_int_eq(a->strict_extensions, b->strict_extensions);
    ck_assert_int_eq(a->enabled, b->enabled);
}

START_TEST(a_template_is_read_as_it_was_stored)
{
    cepces_template_t t, expected = test_template_record("WebServer", 1);

    fill();
    test_ok(cepces_store_find_template(&t, store, "WebServer", test_pool, &test_error));
    assert_template(&t, &expected);
    ck_assert_int_eq(t.revision_id, revision);
    ck_assert_int_gt(t.changed_at, apr_time_now() - apr_time_from_sec(60));
}
END_TEST

START_TEST(the_catalogue_holds_everything_that_fits_together)
{
    cepces_catalogue_t catalogue;
    cepces_template_t expected = test_template_record("WebServer", 1);
    cepces_ca_t root = test_ca_record("root");
    const cepces_ca_generation_t *g;

    fill();
    test_ok(cepces_store_add_ca(store, &root, NULL, test_pool, &test_error));
    test_ok(cepces_store_load_catalogue(&catalogue, store, test_pool, &test_error));
    ck_assert_uint_eq(catalogue.num_policies, 1);
    ck_assert_str_eq(catalogue.policies[0].guid, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
    ck_assert_str_eq(cepces_strings_join(catalogue.policies[0].cas, " ", test_pool), "issuing");
    ck_assert_uint_eq(catalogue.policies[0].next_update_hours, 8);
    ck_assert_uint_eq(catalogue.num_cas, 2);
    ck_assert_str_eq(catalogue.cas[0].name, "issuing");
    ck_assert_str_eq(cepces_strings_join(catalogue.cas[0].templates, " ", test_pool), "WebServer");
    ck_assert_uint_eq(catalogue.cas[0].cdp_urls.num, 2);
    ck_assert_uint_eq(catalogue.cas[1].generations_num, 1);
    g = &catalogue.cas[1].generations[0];
    ck_assert(cepces_bytes_equal(g->certificate, cepces_bytes_str("certificate of root")));
    ck_assert_uint_eq(g->chain_num, 2);
    ck_assert(cepces_bytes_equal(g->chain[0], cepces_bytes("between\0x", 9)));
    ck_assert_int_eq(g->not_before, root.generations[0].not_before);
    ck_assert(g->current);
    ck_assert_uint_eq(catalogue.num_templates, 1);
    assert_template(&catalogue.templates[0], &expected);
    ck_assert_uint_eq(catalogue.num_access, 0);
}
END_TEST

/* --- Templates -------------------------------------------------------------------------------- */

static cepces_status_t
save_template(const cepces_template_t *t, int64_t expected)
{
    return cepces_store_save_template(store, t, expected, test_pool, &test_error);
}

START_TEST(a_change_of_a_template_adds_a_revision)
{
    cepces_template_t t = test_template_record("WebServer", 1), found;

    fill();
    t.minor = 4;
    t.display_name = "'; DROP TABLE template; --";
    t.key_spec = (cepces_optional_t){false, 0};
    t.key_usage_property = (cepces_optional_t){true, 0xffffffffu};
    t.key_permissions = "D:P(A;;GA;;;SY)";
    t.hash_algorithm = t.archival_algorithm = NULL;
    t.ekus = (cepces_strings_t){NULL, 0};
    t.enabled = false;
    test_ok(save_template(&t, revision));
    test_ok(cepces_store_find_template(&found, store, "WebServer", test_pool, &test_error));
    assert_template(&found, &t);
    ck_assert_int_gt(found.revision_id, revision);
    ck_assert_int_eq(test_number("SELECT count(*) FROM template_revision"), 2);
    ck_assert_int_eq(test_number("SELECT minor FROM template_revision ORDER BY id LIMIT 1"), 3);
}
END_TEST

START_TEST(a_template_that_somebody_else_changed_is_not_overwritten)
{
    cepces_template_t t = test_template_record("WebServer", 1);

    fill();
    t.minor = 4;
    test_ok(save_template(&t, revision));
    t.minor = 5;
    ck_assert_int_eq(save_template(&t, revision), CEPCES_E_IN_USE);
    ck_assert_int_eq(test_number("SELECT max(minor) FROM template_revision"), 4);
}
END_TEST

static cepces_template_t
named(const char *name, unsigned oid, unsigned minor)
{
    cepces_template_t t = test_template_record(name, oid);

    t.minor = minor;
    return t;
}

START_TEST(templates_that_clash_are_refused)
{
    cepces_template_t again = named("WebServer", 1, 3), case_differs = named("WEBSERVER", 2, 3),
                      same_oid = named("Other", 1, 3), other_oid = named("WebServer", 2, 4),
                      no_oid = named("Other", 2, 3), bad_oid = named("Other", 2, 3),
                      unknown = named("Other", 2, 3);

    fill();
    ck_assert_int_eq(save_template(&again, 0), CEPCES_E_EXISTS);
    ck_assert_int_eq(save_template(&again, revision),
                     CEPCES_E_EXISTS); /* the same revision number */
    ck_assert_int_eq(save_template(&case_differs, 0), CEPCES_E_EXISTS);
    ck_assert_int_eq(save_template(&same_oid, 0), CEPCES_E_EXISTS);
    ck_assert_ptr_nonnull(strstr(test_error.detail, "OID"));
    ck_assert_int_eq(save_template(&other_oid, revision), CEPCES_E_INVALID);
    no_oid.oid = NULL;
    ck_assert_int_eq(save_template(&no_oid, 0), CEPCES_E_INVALID);
    bad_oid.oid = "1.2.4294967296";
    ck_assert_int_eq(save_template(&bad_oid, 0), CEPCES_E_INVALID);
    ck_assert_int_eq(save_template(&unknown, 7), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(test_number("SELECT count(*) FROM template"), 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM template_revision"), 1);
}
END_TEST

typedef struct {
    apr_thread_t *thread;
    unsigned minor;
    cepces_status_t st;
} editor_t;

static void *APR_THREAD_FUNC
edit(apr_thread_t *thread, void *data)
{
    editor_t *e = (editor_t *)data;
    cepces_template_t t = named("WebServer", 1, 3);
    apr_pool_t *p;
    cepces_error_t err;

    (void)thread;
    apr_pool_create(&p, NULL);
    err = (cepces_error_t)CEPCES_ERROR_INIT(p);
    t.minor = e->minor;
    e->st = cepces_store_save_template(store, &t, revision, p, &err);
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(of_two_editors_at_once_one_wins)
{
    editor_t e[2] = {{.minor = 10}, {.minor = 11}};

    fill();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(apr_thread_create(&e[i].thread, NULL, edit, &e[i], test_pool), 0);
    }
    for (int i = 0; i < 2; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, e[i].thread);
    }
    ck_assert_int_eq(e[0].st == CEPCES_OK, e[1].st == CEPCES_E_IN_USE);
    ck_assert_int_eq(e[1].st == CEPCES_OK, e[0].st == CEPCES_E_IN_USE);
    ck_assert_int_eq(test_number("SELECT count(*) FROM template_revision"), 2);
}
END_TEST

static void
use_template_everywhere(void)
{
    cepces_access_entry_t entry = {.template_name = "WebServer",
                                   .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED,
                                   .rights = CEPCES_RIGHT_ENROLL};
    cepces_scope_t scope = {CEPCES_SCOPE_TEMPLATE, "WebServer"};
    cepces_credential_t credential = {
        .account = "alice", .hash = "$2b$12$x", .scopes = &scope, .scopes_num = 1};

    test_ok(cepces_store_grant(store, &entry, test_pool, &test_error));
    test_ok(cepces_store_save_credential(store, &credential, test_pool, &test_error));
}

START_TEST(a_template_that_nobody_used_is_forgotten)
{
    cepces_template_t t = named("WebServer", 1, 0);
    bool kept = true;

    fill();
    use_template_everywhere();
    test_ok(cepces_store_remove_template(&kept, store, "WebServer", test_pool, &test_error));
    ck_assert(!kept);
    ck_assert_int_eq(test_number("SELECT count(*) FROM template_revision"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca_template"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM access_entry"), 0);
    ck_assert_int_eq(test_number("SELECT count(*) FROM credential_scope"), 0);
    ck_assert_int_eq(cepces_store_find_template(&t, store, "WebServer", test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(
        cepces_store_remove_template(&kept, store, "WebServer", test_pool, &test_error),
        CEPCES_E_NOT_FOUND);
    t = named("WebServer", 1, 0);
    test_ok(save_template(&t, 0));
}
END_TEST

START_TEST(a_template_with_requests_is_kept_out_of_sight)
{
    test_enrolment_t e;
    cepces_template_t t;
    bool kept = false;
    int64_t id;

    fill();
    e = test_enrolment(revision, 1, test_pool);
    test_ok(cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, test_pool,
                                     &test_error));
    test_ok(cepces_store_remove_template(&kept, store, "WebServer", test_pool, &test_error));
    ck_assert(kept);
    test_ok(cepces_store_find_template(&t, store, "WebServer", test_pool, &test_error));
    ck_assert(!t.enabled);
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca_template"), 0);
}
END_TEST

/* --- CAs and policies ------------------------------------------------------------------------- */

static cepces_status_t
add_ca(const cepces_ca_t *ca, const cepces_certificate_record_t *as_issued)
{
    return cepces_store_add_ca(store, ca, as_issued, test_pool, &test_error);
}

START_TEST(a_ca_s_certificate_is_among_those_of_its_issuer)
{
    cepces_ca_t sub = test_ca_record("sub");
    cepces_certificate_record_t cert = test_enrolment(0, 9, test_pool).certificate, found;

    fill();
    test_ok(add_ca(&sub, &cert));
    test_ok(cepces_store_find_certificate(&found, store, "issuing", cert.serial, test_pool,
                                          &test_error));
    ck_assert(cepces_bytes_equal(found.der, cert.der));
    ck_assert_int_eq(found.request_id, 0);
    ck_assert_ptr_null(found.template_name);
}
END_TEST

START_TEST(a_ca_is_stored_wholly_or_not_at_all)
{
    cepces_ca_t ca = test_ca_record("sub"), case_differs = test_ca_record("Issuing"),
                bad_name = test_ca_record("a b"), empty = test_ca_record("sub");
    cepces_certificate_record_t cert = test_enrolment(0, 9, test_pool).certificate,
                                unknown_issuer = cert, unknown_generation = cert;

    fill();
    unknown_issuer.ca = "elsewhere";
    unknown_generation.generation = 5;
    empty.generations_num = 0;
    ck_assert_int_eq(add_ca(&ca, &unknown_issuer), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(add_ca(&ca, &unknown_generation), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(add_ca(&case_differs, NULL), CEPCES_E_EXISTS);
    ck_assert_int_eq(add_ca(&bad_name, NULL), CEPCES_E_INVALID);
    ck_assert_int_eq(add_ca(&empty, NULL), CEPCES_E_INVALID);
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca"), 1);
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca_generation"), 1);
    test_ok(add_ca(&ca, &cert));
    ca.name = "third";
    ck_assert_int_eq(add_ca(&ca, &cert), CEPCES_E_EXISTS); /* the issuer's serial is taken */
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca"), 2);
}
END_TEST

START_TEST(a_ca_s_settings_change_and_its_certificate_does_not)
{
    cepces_ca_t ca = test_ca_record("issuing");
    cepces_catalogue_t catalogue;

    fill();
    ca.enabled = ca.issues_to_clients = false;
    ca.cdp_urls.num = 1;
    ca.aia_urls.num = 0;
    ca.crl_validity_secs = 100;
    ca.crl_overlap_secs = 10;
    ca.backdate_secs = 1;
    ca.generations_num = 0;
    test_ok(cepces_store_update_ca(store, &ca, test_pool, &test_error));
    test_ok(cepces_store_load_catalogue(&catalogue, store, test_pool, &test_error));
    ck_assert(!catalogue.cas[0].enabled && !catalogue.cas[0].issues_to_clients);
    ck_assert_uint_eq(catalogue.cas[0].cdp_urls.num, 1);
    ck_assert_uint_eq(catalogue.cas[0].aia_urls.num, 0);
    ck_assert_int_eq(catalogue.cas[0].crl_validity_secs, 100);
    ck_assert_int_eq(catalogue.cas[0].crl_overlap_secs, 10);
    ck_assert_int_eq(catalogue.cas[0].backdate_secs, 1);
    ck_assert_uint_eq(catalogue.cas[0].generations_num, 1);
    ca.crl_overlap_secs = 100;
    ck_assert_int_eq(cepces_store_update_ca(store, &ca, test_pool, &test_error), CEPCES_E_INVALID);
    ca.name = "elsewhere";
    ck_assert_int_eq(cepces_store_update_ca(store, &ca, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
}
END_TEST

static cepces_status_t
publish(const char *ca, const char *name, bool on)
{
    return cepces_store_publish_template(store, ca, name, on, test_pool, &test_error);
}

START_TEST(publishing_twice_is_publishing_once)
{
    fill();
    test_ok(publish("issuing", "WebServer", true));
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca_template"), 1);
    test_ok(publish("issuing", "WebServer", false));
    test_ok(publish("issuing", "WebServer", false));
    ck_assert_int_eq(test_number("SELECT count(*) FROM ca_template"), 0);
    ck_assert_int_eq(publish("elsewhere", "WebServer", true), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(publish("issuing", "User", true), CEPCES_E_NOT_FOUND);
}
END_TEST

START_TEST(a_policy_keeps_its_guid_and_the_order_of_its_cas)
{
    const char *cas[] = {"root", "issuing"};
    cepces_ca_t root = test_ca_record("root");
    cepces_policy_t policy = {.id = 1,
                              .name = "contoso",
                              .guid = "{00000000-0000-0000-0000-000000000000}",
                              .friendly_name = "New name",
                              .next_update_hours = 1,
                              .cas = {cas, 2}};
    cepces_catalogue_t catalogue;

    fill();
    test_ok(add_ca(&root, NULL));
    test_ok(cepces_store_save_policy(store, &policy, test_pool, &test_error));
    test_ok(cepces_store_load_catalogue(&catalogue, store, test_pool, &test_error));
    ck_assert_str_eq(catalogue.policies[0].guid, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
    ck_assert_str_eq(catalogue.policies[0].friendly_name, "New name");
    ck_assert_uint_eq(catalogue.policies[0].next_update_hours, 1);
    ck_assert_str_eq(cepces_strings_join(catalogue.policies[0].cas, " ", test_pool),
                     "root issuing");
}
END_TEST

START_TEST(policies_that_cannot_be_are_refused)
{
    const char *unknown[] = {"elsewhere"};
    cepces_policy_t policy = {.name = "contoso",
                              .guid = "{00000000-0000-0000-0000-000000000000}",
                              .friendly_name = "New name",
                              .next_update_hours = 1};

    fill();
    ck_assert_int_eq(cepces_store_save_policy(store, &policy, test_pool, &test_error),
                     CEPCES_E_EXISTS);
    policy.name = "fabrikam";
    policy.cas = (cepces_strings_t){unknown, 1};
    ck_assert_int_eq(cepces_store_save_policy(store, &policy, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    policy.cas.num = 0;
    policy.next_update_hours = 0;
    ck_assert_int_eq(cepces_store_save_policy(store, &policy, test_pool, &test_error),
                     CEPCES_E_INVALID);
    policy.next_update_hours = 8;
    policy.id = 9;
    ck_assert_int_eq(cepces_store_save_policy(store, &policy, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(test_number("SELECT count(*) FROM policy"), 1);
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: records");

    (void)argc;
    test_need_database(argv);
    tcase_add_test(tc, a_template_is_read_as_it_was_stored);
    tcase_add_test(tc, the_catalogue_holds_everything_that_fits_together);
    tcase_add_test(tc, a_change_of_a_template_adds_a_revision);
    tcase_add_test(tc, a_template_that_somebody_else_changed_is_not_overwritten);
    tcase_add_test(tc, templates_that_clash_are_refused);
    tcase_add_test(tc, of_two_editors_at_once_one_wins);
    tcase_add_test(tc, a_template_that_nobody_used_is_forgotten);
    tcase_add_test(tc, a_template_with_requests_is_kept_out_of_sight);
    tcase_add_test(tc, a_ca_s_certificate_is_among_those_of_its_issuer);
    tcase_add_test(tc, a_ca_is_stored_wholly_or_not_at_all);
    tcase_add_test(tc, a_ca_s_settings_change_and_its_certificate_does_not);
    tcase_add_test(tc, publishing_twice_is_publishing_once);
    tcase_add_test(tc, a_policy_keeps_its_guid_and_the_order_of_its_cas);
    tcase_add_test(tc, policies_that_cannot_be_are_refused);
    return test_run(tc);
}
