/* The xcep room: GetPolicies as clients write it, and every element of the answer in its place. */
#include <apr_strings.h>

#include "wire_vectors.h"
#include "xcep/xcep.h"

static wire_vectors_t vectors;

START_TEST(every_vector_gets_its_status)
{
    const wire_vector_t *v = &vectors.items[_i];
    cepces_soap_envelope_t envelope = wire_envelope(v->path);
    cepces_xcep_request_t request;
    cepces_status_t st =
        cepces_xcep_decode_request(&request, envelope.body, test_pool, &test_error);

    ck_assert_msg(strcmp(cepces_status_name(st), v->status) == 0, "%s is %s: %s", v->path,
                  cepces_status_name(st), cepces_error_line(&test_error, test_pool));
    if (st != CEPCES_OK) {
        ck_assert_ptr_nonnull(test_error.rule);
        ck_assert_uint_eq(request.policy_oids.num, 0);
        ck_assert_int_eq(request.last_update, 0);
    }
}
END_TEST

#define NONE -1
#define LAST_UPDATE 1767168000 /* 2025-12-31T08:00:00Z */

static const struct {
    const char *name;
    apr_time_t last_update_secs;
    const char *language;
    size_t num_oids;
    int64_t client_version, server_version;
} requests[] = {
    {"windows", 0, "en-US", 0, 6, 0},
    {"microsoft-year-one", 0, NULL, 0, NONE, NONE},
    {"opensuse-cepces", 0, NULL, 0, 0, 0},
    {"last-update", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"last-update-with-zone", LAST_UPDATE - 3600, "en-US", 0, NONE, NONE},
    {"last-update-no-date", 0, "en-US", 0, NONE, NONE},
    {"any-order", 0, "de-DE", 2, 4, 3},
    {"unknown-elements", LAST_UPDATE, "en-US", 1, NONE, NONE},
    {"no-filter", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"empty-filter", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"nil-is-one", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"empty-oids", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"most-oids", LAST_UPDATE, "en-US", 512, NONE, NONE},
    {"versions-no-numbers", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"versions-too-large", LAST_UPDATE, "en-US", 0, NONE, 2147483647},
    {"versions-empty", LAST_UPDATE, "en-US", 0, NONE, NONE},
    {"language-empty", LAST_UPDATE, NULL, 0, NONE, NONE},
};

static void
assert_version(cepces_optional_t version, int64_t expected)
{
    ck_assert_int_eq(version.present, expected != NONE);
    ck_assert_int_eq(version.value, expected != NONE ? expected : 0);
}

START_TEST(request_is_read_into_its_struct)
{
    cepces_soap_envelope_t envelope =
        wire_envelope(apr_pstrcat(test_pool, "xcep/valid/", requests[_i].name, ".xml", NULL));
    cepces_xcep_request_t r;

    ck_assert_int_eq(cepces_xcep_decode_request(&r, envelope.body, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(apr_time_sec(r.last_update), requests[_i].last_update_secs);
    ck_assert_pstr_eq(r.preferred_language, requests[_i].language);
    ck_assert_uint_eq(r.policy_oids.num, requests[_i].num_oids);
    for (size_t i = 0; i < r.policy_oids.num; i++) {
        ck_assert_str_eq(r.policy_oids.items[i],
                         apr_psprintf(test_pool, "1.3.6.1.4.1.32473.%d", (int)i));
    }
    assert_version(r.client_version, requests[_i].client_version);
    assert_version(r.server_version, requests[_i].server_version);
}
END_TEST

/* --- Encoding ---------------------------------------------------------------------------- */

static cepces_buffer_t
buffer(void)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1 << 16, test_pool);
    return buf;
}

static void
assert_golden(const cepces_buffer_t *buf, const char *name)
{
    cepces_bytes_t golden = test_vector(apr_pstrcat(test_pool, "xcep/golden/", name, ".xml", NULL));

    ck_assert_str_eq(buf->data, apr_pstrmemdup(test_pool, (const char *)golden.data, golden.len));
}

static const cepces_xcep_response_t empty_response = {
    .policy_id = "{7D7E1C8B-5E1F-4C43-9B1A-3B9B2C6F0A01}",
    .friendly_name = "Example & <Sons>",
    .next_update_hours = 8,
};

START_TEST(unchanged_policies_are_three_nil_collections)
{
    cepces_xcep_response_t response = empty_response;
    cepces_buffer_t buf = buffer();

    response.not_changed = true;
    response.policies = response.cas = response.oids = cepces_bytes_str("<never-written/>");
    cepces_xcep_encode_response(&buf, &response);
    assert_golden(&buf, "not-changed");
}
END_TEST

START_TEST(no_policies_are_nil_and_never_an_empty_collection)
{
    cepces_buffer_t buf = buffer();

    cepces_xcep_encode_response(&buf, &empty_response);
    assert_golden(&buf, "no-policies");
}
END_TEST

START_TEST(a_policy_without_name_is_nil)
{
    cepces_xcep_response_t response = empty_response;
    cepces_buffer_t buf = buffer();

    response.friendly_name = NULL;
    cepces_xcep_encode_response(&buf, &response);
    ck_assert_ptr_nonnull(
        strstr(buf.data, "</policyID><policyFriendlyName xsi:nil=\"true\"/><next"));
}
END_TEST

static void
encode_policy(cepces_buffer_t *buf, int reference, cepces_xcep_references_t cas,
              const cepces_xcep_attributes_t *a, bool enroll, bool auto_enroll)
{
    cepces_buffer_t head = buffer(), tail = buffer();

    cepces_xcep_encode_attributes(&head, &tail, a);
    cepces_xcep_encode_policy(buf, reference, cas, cepces_buffer_bytes(&head),
                              cepces_buffer_bytes(&tail), enroll, auto_enroll);
}

START_TEST(a_template_with_nothing_optional_has_every_element_as_nil)
{
    const cepces_xcep_attributes_t least = {
        .common_name = "Least",
        .policy_schema = 1,
        .validity_period_secs = 31536000,
        .renewal_period_secs = 3628800,
        .minimal_key_length = 2048,
        .major_revision = 100,
    };
    cepces_buffer_t buf = buffer();

    encode_policy(&buf, 1, (cepces_xcep_references_t){NULL, 0}, &least, false, false);
    assert_golden(&buf, "least");
}
END_TEST

static const char *const providers[] = {"Microsoft Software Key Storage Provider",
                                        "Microsoft Platform Crypto Provider"};
static const char *const superseded[] = {"Old", "Older"};
static const int agent_eku[] = {4};
static const int ca_references[] = {0, 7};
static const cepces_xcep_extension_t extensions[] = {
    {6, true, {(const unsigned char *)"\x03\x02\x05\xa0", 4}},
    {7, false, {(const unsigned char *)"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 12}},
};

static const cepces_xcep_attributes_t most = {
    .common_name = "Most\"",
    .policy_schema = 3,
    .validity_period_secs = 9999999999,
    .renewal_period_secs = 5184000000,
    .minimal_key_length = 384,
    .key_spec = {true, 2},
    .key_usage_property = {true, 0xffffff},
    .key_permissions = "D:(A;;GA;;;SY)",
    .algorithm_oid_reference = {true, 2},
    .crypto_providers = {providers, 2},
    .major_revision = 100,
    .minor_revision = 2,
    .superseded_policies = {superseded, 2},
    .private_key_flags = 0x01010010,
    .subject_name_flags = 0xa6000000,
    .enrollment_flags = 0xffffffff,
    .general_flags = 0x2023a,
    .hash_algorithm_oid_reference = {true, 3},
    .ra_signatures = 1,
    .ra_ekus = {agent_eku, 1},
    .key_archival = true,
    .archival_algorithm_oid_reference = 5,
    .archival_key_length = 256,
    .extensions = extensions,
    .num_extensions = 2,
};

static const cepces_xcep_uri_t uris[] = {
    {4, "https://ca.example.test/A_CES_UsernamePassword/service.svc/CES?a=1&b=2", 1, false},
    {8, "https://ca.example.test:49999/A_CES_Certificate/service.svc/CES", 10, true},
};

START_TEST(a_full_response_has_every_element_in_schema_order)
{
    cepces_xcep_response_t response = empty_response;
    cepces_buffer_t buf = buffer(), policies = buffer(), cas = buffer(), oids = buffer();

    encode_policy(&policies, 1, (cepces_xcep_references_t){ca_references, 2}, &most, true, true);
    cepces_xcep_encode_ca(&cas, uris, LENGTH_OF(uris), cepces_bytes("\x30\x03\x02\x01\x01", 5),
                          true, 0);
    cepces_xcep_encode_oid(&oids, "1.3.6.1.4.1.32473.1", CEPCES_XCEP_GROUP_TEMPLATE, 1, "Most");
    cepces_xcep_encode_oid(&oids, "1.3.132.0.34", CEPCES_XCEP_GROUP_PUBLIC_KEY, 2, "ECDSA_P384");
    response.policies = cepces_buffer_bytes(&policies);
    response.cas = cepces_buffer_bytes(&cas);
    response.oids = cepces_buffer_bytes(&oids);
    cepces_xcep_encode_response(&buf, &response);
    assert_golden(&buf, "most");
}
END_TEST

START_TEST(signatures_without_policies_are_still_required)
{
    cepces_xcep_attributes_t a = most;
    cepces_buffer_t head = buffer(), tail = buffer();

    a.ra_signatures = 2;
    a.ra_ekus.num = 0;
    cepces_xcep_encode_attributes(&head, &tail, &a);
    ck_assert_ptr_nonnull(strstr(tail.data,
                                 "<rARequirements><rASignatures>2</rASignatures>"
                                 "<rAEKUs xsi:nil=\"true\"/><rAPolicies xsi:nil=\"true\"/>"
                                 "</rARequirements>"));
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("xcep");

    vectors = wire_vectors_load("xcep");
    tcase_add_loop_test(tc, every_vector_gets_its_status, 0, vectors.num);
    tcase_add_loop_test(tc, request_is_read_into_its_struct, 0, LENGTH_OF(requests));
    tcase_add_test(tc, unchanged_policies_are_three_nil_collections);
    tcase_add_test(tc, no_policies_are_nil_and_never_an_empty_collection);
    tcase_add_test(tc, a_policy_without_name_is_nil);
    tcase_add_test(tc, a_template_with_nothing_optional_has_every_element_as_nil);
    tcase_add_test(tc, a_full_response_has_every_element_in_schema_order);
    tcase_add_test(tc, signatures_without_policies_are_still_required);
    return test_run(tc);
}
