/* The decision. Each rule has a good and a bad input; every case starts from a request that would
 * be granted and changes what it is about. */
#include "test_policy_scene.h"

#include <openssl/obj_mac.h>

#include "base/clock.h"
#include "base/encode.h"

/* --- Admission: V31, V32 ---------------------------------------------------------------------- */

static void
ask_revision(scene_t *s, uint32_t major, uint32_t minor)
{
    s->request.template_major = (cepces_optional_t){true, major};
    s->request.template_minor = (cepces_optional_t){true, minor};
}

CASE(as_it_is, (void)s)
CASE(template_disabled, s->t.enabled = false)
CASE(template_needs_approval, s->t.enrollment_flags = CEPCES_ENROLL_PEND_ALL_REQUESTS)
CASE(revision_equal, ask_revision(s, 100, 4))
CASE(revision_older_minor, ask_revision(s, 100, 3))
CASE(revision_newer_minor, ask_revision(s, 100, 5))
CASE(revision_newer_major, ask_revision(s, 101, 0))
CASE(revision_older_major_greater_minor,
     ask_revision(s, 99, 5)) /* older, although its minor is greater */
CASE(revision_huge, ask_revision(s, UINT32_MAX, 0))
CASE(right_none, s->access.rights = 0)
CASE(right_autoenroll_only, s->access.rights = CEPCES_RIGHT_AUTOENROLL)

static const case_t admission_cases[] = {
    {as_it_is, CEPCES_OK, NULL},
    {template_disabled, CEPCES_E_UNSUPPORTED_TEMPLATE, "V31"},
    {template_needs_approval, CEPCES_E_UNSUPPORTED_TEMPLATE, "V31"},
    {revision_equal, CEPCES_OK, NULL},
    {revision_older_minor, CEPCES_OK, NULL},
    {revision_older_major_greater_minor, CEPCES_OK, NULL},
    {revision_newer_minor, CEPCES_E_TEMPLATE_VERSION, "V31"},
    {revision_newer_major, CEPCES_E_TEMPLATE_VERSION, "V31"},
    {revision_huge, CEPCES_E_TEMPLATE_VERSION, "V31"},
    {right_none, CEPCES_E_TEMPLATE_DENIED, "V32"},
    {right_autoenroll_only, CEPCES_E_TEMPLATE_DENIED, "V32"},
};

START_TEST(V31_V32_template_revision_and_right)
{
    run_case(supplied_scene(), &admission_cases[_i]);
}
END_TEST

/* --- Keys: V20, V21 --------------------------------------------------------------------------- */

static const struct {
    const char *algorithm;
    unsigned minimal;
    cepces_key_type_t type;
    unsigned bits;
    cepces_status_t status;
} key_cases[] = {
    {"RSA", 2048, CEPCES_KEY_RSA, 2048, CEPCES_OK},
    {"RSA", 2048, CEPCES_KEY_RSA, 8192, CEPCES_OK},
    {"RSA", 3072, CEPCES_KEY_RSA, 3072, CEPCES_OK},
    {"RSA", 3072, CEPCES_KEY_RSA, 2048, CEPCES_E_KEY_LENGTH},
    {"RSA", 2048, CEPCES_KEY_RSA, 2047, CEPCES_E_KEY_LENGTH},
    {"RSA", 2048, CEPCES_KEY_RSA, 1024, CEPCES_E_KEY_LENGTH},
    {"RSA", 2048, CEPCES_KEY_RSA, 8200, CEPCES_E_BAD_KEY},
    {"RSA", 2048, CEPCES_KEY_P256, 256, CEPCES_E_BAD_ALGORITHM},
    {"RSA", 2048, CEPCES_KEY_UNKNOWN, 4096, CEPCES_E_BAD_ALGORITHM},
    {"ECDSA_P256", 256, CEPCES_KEY_P256, 256, CEPCES_OK},
    {"ECDH_P256", 256, CEPCES_KEY_P256, 256, CEPCES_OK},
    {"ECDSA_P384", 384, CEPCES_KEY_P384, 384, CEPCES_OK},
    {"ECDSA_P521", 521, CEPCES_KEY_P521, 521, CEPCES_OK},
    {"ECDSA_P256", 256, CEPCES_KEY_P384, 384, CEPCES_E_BAD_ALGORITHM},
    {"ECDSA_P384", 384, CEPCES_KEY_P256, 256, CEPCES_E_BAD_ALGORITHM},
    {"ECDSA_P256", 256, CEPCES_KEY_RSA, 4096, CEPCES_E_BAD_ALGORITHM},
    {"ECDSA_P256", 256, CEPCES_KEY_ED25519, 256, CEPCES_E_BAD_ALGORITHM},
    {"Ed25519", 256, CEPCES_KEY_ED25519, 256, CEPCES_OK},
    {"Ed25519", 256, CEPCES_KEY_P256, 256, CEPCES_E_BAD_ALGORITHM},
};

START_TEST(V20_the_key_is_of_the_templates_kind_and_size)
{
    scene_t *s = supplied_scene();

    s->t.key_algorithm = key_cases[_i].algorithm;
    s->t.minimal_key_length = key_cases[_i].minimal;
    s->request.key.type = key_cases[_i].type;
    s->request.key.bits = key_cases[_i].bits;
    if (key_cases[_i].status == CEPCES_OK) {
        (void)granted(s);
    } else {
        refused(s, key_cases[_i].status, "V20");
    }
}
END_TEST

static const struct {
    unsigned schema;
    cepces_sha1_t rule;
    int digest;
    bool accepted;
} digest_cases[] = {
    {3, CEPCES_SHA1_BY_SCHEMA, NID_sha256, true}, {3, CEPCES_SHA1_BY_SCHEMA, NID_sha384, true},
    {3, CEPCES_SHA1_BY_SCHEMA, NID_sha512, true}, {3, CEPCES_SHA1_BY_SCHEMA, NID_undef, true},
    {1, CEPCES_SHA1_BY_SCHEMA, NID_sha1, true},   {2, CEPCES_SHA1_BY_SCHEMA, NID_sha1, true},
    {3, CEPCES_SHA1_BY_SCHEMA, NID_sha1, false},  {4, CEPCES_SHA1_BY_SCHEMA, NID_sha1, false},
    {4, CEPCES_SHA1_ACCEPT, NID_sha1, true},      {1, CEPCES_SHA1_REFUSE, NID_sha1, false},
    {1, CEPCES_SHA1_ACCEPT, NID_md5, false},      {3, CEPCES_SHA1_ACCEPT, NID_sha224, false},
};

START_TEST(V21_sha1_is_a_matter_of_schema_and_switch)
{
    scene_t *s = supplied_scene();

    s->t.schema_version = digest_cases[_i].schema;
    s->t.sha1_requests = digest_cases[_i].rule;
    s->request.signature_digest = digest_cases[_i].digest;
    if (digest_cases[_i].accepted) {
        (void)granted(s);
    } else {
        refused(s, CEPCES_E_WEAK_KEY, "V21");
    }
}
END_TEST

/* --- Roles: V19 and what is not there yet ----------------------------------------------------- */

CASE(other_signer, s->request.has_other_signers = true)
CASE(on_behalf, s->request.has_requester_name = s->request.has_other_signers = true)
CASE(renewal, s->request.has_renewal_certificate = s->request.has_other_signers = true)
CASE(archived_key, s->request.has_archived_key = true)

static const case_t role_cases[] = {
    {other_signer, CEPCES_E_BAD_SIGNATURE, "V19"},
    {on_behalf, CEPCES_E_ON_BEHALF_DENIED, "V70"},
    {renewal, CEPCES_E_RENEWAL_UNSUPPORTED, "V60"},
    {archived_key, CEPCES_E_ARCHIVAL_UNEXPECTED, "V41"},
};

START_TEST(V19_requests_with_roles_of_later_versions_are_refused)
{
    run_case(supplied_scene(), &role_cases[_i]);
}
END_TEST

/* --- Requested extensions: V41, V42 ----------------------------------------------------------- */

#define EKU_SERVER "300a06082b06010505070301"
#define EKU_ANY "30060604551d2500"
#define POLICIES_1234 "3007300506032a0304"
#define POLICIES_1235 "3007300506032a0305"
#define SMIME \
    "300f300d06092a864886f70d010101" \
    "0500"

CASE(asked_twice, add_extension(s, "2.5.29.37", EKU_SERVER);
     add_extension(s, "2.5.29.15", "030205a0"); add_extension(s, "2.5.29.37", EKU_SERVER))
CASE(asked_once, add_extension(s, "2.5.29.37", EKU_SERVER);
     add_extension(s, "2.5.29.15", "030205a0"))

static void
policies_from_request(scene_t *s)
{
    static const char *const policies[] = {"1.2.3.9", "1.2.3.4"};

    s->t.enrollment_flags = CEPCES_ENROLL_ISSUANCE_POLICIES_FROM_REQUEST;
    s->t.issuance_policies = (cepces_strings_t){policies, 2};
}

CASE(policy_of_template, policies_from_request(s); add_extension(s, "2.5.29.32", POLICIES_1234))
CASE(policy_of_another, policies_from_request(s); add_extension(s, "2.5.29.32", POLICIES_1235))
CASE(policy_without_any, policies_from_request(s); s->t.issuance_policies = NO_LIST;
     add_extension(s, "2.5.29.32", POLICIES_1234))
CASE(strict_and_same, s->t.strict_extensions = true; asked_once(s);
     add_extension(s, "2.5.29.14", "040100"); add_extension(s, "2.5.29.17", "3000"))
CASE(strict_and_other, s->t.strict_extensions = true; add_extension(s, "2.5.29.37", EKU_ANY))
CASE(strict_and_unknown, s->t.strict_extensions = true; add_extension(s, "1.2.3.4", "0500"))
CASE(strict_and_usage, s->t.strict_extensions = true; add_extension(s, "2.5.29.15", "030106"))

static const case_t extension_cases[] = {
    {asked_once, CEPCES_OK, NULL},
    {asked_twice, CEPCES_E_BAD_DATA, "V42"},
    {policy_of_template, CEPCES_OK, NULL},
    {policy_of_another, CEPCES_E_TEMPLATE_CONFLICT, "V41"},
    {policy_without_any, CEPCES_E_TEMPLATE_CONFLICT, "V41"},
    {strict_and_same, CEPCES_OK, NULL},
    {strict_and_other, CEPCES_E_BAD_DATA, "V41"},
    {strict_and_unknown, CEPCES_E_BAD_DATA, "V41"},
    {strict_and_usage, CEPCES_E_BAD_DATA, "V41"},
};

START_TEST(V41_V42_requested_extensions)
{
    run_case(supplied_scene(), &extension_cases[_i]);
}
END_TEST

START_TEST(V41_what_is_not_given_is_named_and_the_template_wins)
{
    scene_t *s = supplied_scene();
    const cepces_plan_t *plan;

    add_extension(s, "1.3.6.1.4.1.311.21.7", "3000");
    add_extension(s, "2.5.29.14", "040100");
    add_extension(s, "2.5.29.37", EKU_ANY);
    add_extension(s, "1.3.6.1.4.1.311.21.10", "300c300a06082b06010505070302"); /* ESC15 */
    add_extension(s, "2.5.29.19", "30030101ff");
    add_extension(s, "2.5.29.32", POLICIES_1234);
    add_extension(s, "1.2.840.113549.1.9.15", SMIME);
    plan = granted(s);
    ck_assert_str_eq(dropped_text(plan), "2.5.29.37 1.3.6.1.4.1.311.21.10 2.5.29.19 2.5.29.32 "
                                         "1.2.840.113549.1.9.15");
    ck_assert_str_eq(cepces_hex(extension_of(plan, "2.5.29.37"), test_pool), EKU_SERVER);
    ck_assert_str_eq(cepces_hex(extension_of(plan, "1.3.6.1.4.1.311.21.10"), test_pool),
                     "300c300a06082b06010505070301");
    ck_assert_uint_eq(extension_of(plan, "2.5.29.19").len, 0);
    ck_assert_uint_eq(extension_of(plan, "2.5.29.32").len, 0);
    ck_assert_uint_eq(plan->smime_capabilities.len, 0);
}
END_TEST

START_TEST(V41_issuance_policies_narrow_to_those_requested)
{
    scene_t *s = supplied_scene();

    policies_from_request(s);
    ck_assert_uint_eq(extension_of(granted(s), "2.5.29.32").len, 0);
    add_extension(s, "2.5.29.32", POLICIES_1234);
    ck_assert_str_eq(cepces_hex(extension_of(granted(s), "2.5.29.32"), test_pool), POLICIES_1234);
}
END_TEST

static const struct {
    const char *hex;
    bool taken;
} smime_cases[] = {
    {SMIME, true},       {"3000", true}, {"0500", false}, /* no sequence */
    {"3001", false},                                      /* cut short */
    {"30800000", false},                                  /* not DER */
    {"300000", false},                                    /* bytes behind it */
};

START_TEST(V41_smime_capabilities_are_taken_when_they_are_a_sequence)
{
    scene_t *s = supplied_scene();
    const cepces_plan_t *plan;

    s->t.enrollment_flags = CEPCES_ENROLL_INCLUDE_SYMMETRIC_ALGORITHMS;
    add_extension(s, "1.2.840.113549.1.9.15", smime_cases[_i].hex);
    plan = granted(s);
    ck_assert_str_eq(cepces_hex(plan->smime_capabilities, test_pool),
                     smime_cases[_i].taken ? smime_cases[_i].hex : "");
    ck_assert_uint_eq(plan->dropped.num, smime_cases[_i].taken ? 0 : 1);
}
END_TEST

/* --- Validity: V54 ---------------------------------------------------------------------------- */

static const struct {
    int64_t validity_secs, ca_left_secs, backdate_secs;
    const char *not_before, *not_after; /* NULL: refused */
    cepces_status_t status;
} validity_cases[] = {
    {365 * SECS_PER_DAY, 3650 * SECS_PER_DAY, 600, "2026-11-21T03:06:35Z", "2027-11-21T03:06:35Z",
     CEPCES_OK},
    {365 * SECS_PER_DAY, 3650 * SECS_PER_DAY, 0, "2026-11-21T03:16:35Z", "2027-11-21T03:16:35Z",
     CEPCES_OK},
    {365 * SECS_PER_DAY, SECS_PER_DAY, 600, "2026-11-21T03:06:35Z", "2026-11-22T03:16:35Z",
     CEPCES_OK},
    {3600, 3650 * SECS_PER_DAY, 600, "2026-11-21T03:06:35Z", "2026-11-21T04:06:35Z", CEPCES_OK},
    {365 * SECS_PER_DAY, 3601, 600, "2026-11-21T03:06:35Z", "2026-11-21T04:16:36Z", CEPCES_OK},
    {365 * SECS_PER_DAY, 3599, 600, NULL, NULL, CEPCES_E_CA_SUSPENDED},
    {365 * SECS_PER_DAY, 0, 600, NULL, NULL, CEPCES_E_CA_SUSPENDED},
    {365 * SECS_PER_DAY, -SECS_PER_DAY, 600, NULL, NULL, CEPCES_E_CA_SUSPENDED},
    {600, 3650 * SECS_PER_DAY, 600, NULL, NULL, CEPCES_E_INTERNAL},
};

START_TEST(V54_validity_ends_with_template_or_ca)
{
    scene_t *s = supplied_scene();
    const cepces_plan_t *plan;

    s->t.validity_secs = validity_cases[_i].validity_secs;
    s->in.ca_not_after = NOW + apr_time_from_sec(validity_cases[_i].ca_left_secs);
    s->in.backdate_secs = validity_cases[_i].backdate_secs;
    if (validity_cases[_i].not_after == NULL) {
        refused(s, validity_cases[_i].status, "V54");
        return;
    }
    plan = granted(s);
    ck_assert_str_eq(cepces_time_iso8601(plan->not_before, test_pool),
                     validity_cases[_i].not_before);
    ck_assert_str_eq(cepces_time_iso8601(plan->not_after, test_pool), validity_cases[_i].not_after);
    ck_assert_int_eq(plan->not_before % APR_USEC_PER_SEC, 0);
    ck_assert_int_eq(plan->not_after % APR_USEC_PER_SEC, 0);
}
END_TEST

START_TEST(revocation_pointers_follow_the_flags)
{
    scene_t *s = supplied_scene();

    ck_assert(granted(s)->revocation_info);
    s->t.enrollment_flags = CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS;
    ck_assert(!granted(s)->revocation_info);
    s->t.enrollment_flags = CEPCES_ENROLL_ADD_OCSP_NOCHECK;
    ck_assert(!granted(s)->revocation_info);
}
END_TEST

START_TEST(V52_the_certificate_carries_the_usage_its_key_can_serve)
{
    scene_t *s = supplied_scene();

    ck_assert_str_eq(cepces_hex(extension_of(granted(s), "2.5.29.15"), test_pool), "030205a0");
    s->t.key_algorithm = "ECDSA_P256";
    s->t.minimal_key_length = 256;
    s->request.key.type = CEPCES_KEY_P256;
    ck_assert_str_eq(cepces_hex(extension_of(granted(s), "2.5.29.15"), test_pool), "03020780");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("policy: decision");

    tcase_add_loop_test(tc, V31_V32_template_revision_and_right, 0, LENGTH_OF(admission_cases));
    tcase_add_loop_test(tc, V20_the_key_is_of_the_templates_kind_and_size, 0, LENGTH_OF(key_cases));
    tcase_add_loop_test(tc, V21_sha1_is_a_matter_of_schema_and_switch, 0, LENGTH_OF(digest_cases));
    tcase_add_loop_test(tc, V19_requests_with_roles_of_later_versions_are_refused, 0,
                        LENGTH_OF(role_cases));
    tcase_add_loop_test(tc, V41_V42_requested_extensions, 0, LENGTH_OF(extension_cases));
    tcase_add_test(tc, V41_what_is_not_given_is_named_and_the_template_wins);
    tcase_add_test(tc, V41_issuance_policies_narrow_to_those_requested);
    tcase_add_loop_test(tc, V41_smime_capabilities_are_taken_when_they_are_a_sequence, 0,
                        LENGTH_OF(smime_cases));
    tcase_add_loop_test(tc, V54_validity_ends_with_template_or_ca, 0, LENGTH_OF(validity_cases));
    tcase_add_test(tc, revocation_pointers_follow_the_flags);
    tcase_add_test(tc, V52_the_certificate_carries_the_usage_its_key_can_serve);
    return test_run(tc);
}
