/* The store room: policies, CAs, templates, accounts, credentials and access, as an administrator changes them and as
 * the services read them. */
#include <apr_strings.h>

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
    ck_assert_str_eq(cepces_strings_join(a, "|", test_pool), cepces_strings_join(b, "|", test_pool));
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

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: records");

    test_need_database(argv);
    tcase_add_test(tc, a_template_is_read_as_it_was_stored);
    tcase_add_test(tc, the_catalogue_holds_everything_that_fits_together);
    return test_run(tc);
}
