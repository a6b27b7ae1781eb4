/* Templates by themselves: findings, what is not offered, sameness, extensions, and which one a
 * request names. */
#include <apr_strings.h>

#include "base/encode.h"
#include "test_policy_fixture.h"

/* --- Findings --------------------------------------------------------------------------------- */

typedef void (*change_fn)(cepces_template_t *t);

#define CHANGE(name, ...) \
    static void name(cepces_template_t *t) \
    { \
        __VA_ARGS__; \
    }

static const char *const two_purposes[] = {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"};
static const char *const two_turned[] = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"};
static const char *const any_purpose[] = {"2.5.29.37.0"};
static const char *const client_auth[] = {"1.3.6.1.5.5.7.3.2"};
static const char *const big_arc[] = {"1.3.6.1.4294967296"};
static const char *const twice[] = {"1.2.3", "1.2.3"};
static const char *const csp[] = {"Microsoft RSA SChannel Cryptographic Provider"};
static const char *const tpm[] = {"Microsoft Platform Crypto Provider"};
static const char *const own_name[] = {"webserver"};
static const char *const not_a_name[] = {"Web Server"};

CHANGE(same, (void)t)
CHANGE(no_name, t->name = "")
CHANGE(null_name, t->name = NULL)
CHANGE(name_with_space, t->name = "Web Server")
CHANGE(name_with_slash, t->name = "Web/Server")
CHANGE(name_not_ascii, t->name = "W\xc3\xa4")
CHANGE(name_too_long, t->name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
CHANGE(name_of_ca, t->name = "SubCA")
CHANGE(name_of_cross_ca, t->name = "crossca")
CHANGE(no_oid, t->oid = NULL)
CHANGE(oid_big_arc, t->oid = "1.3.6.1.4.1.311.21.8.2147483648")
CHANGE(oid_text, t->oid = "WebServer")
CHANGE(no_display_name, t->display_name = NULL)
CHANGE(display_name_control, t->display_name = "a\nb")
CHANGE(schema_0, t->schema_version = 0)
CHANGE(schema_5, t->schema_version = 5)
CHANGE(revision_unset, t->major = t->minor = 0)
CHANGE(revision_0_4, t->major = 0)
CHANGE(validity_0, t->validity_secs = 0)
CHANGE(validity_minutes, t->validity_secs = 1800; t->renewal_secs = 60)
CHANGE(validity_centuries, t->validity_secs = INT64_MAX)
CHANGE(renewal_0, t->renewal_secs = 0)
CHANGE(renewal_equal, t->renewal_secs = t->validity_secs)
CHANGE(eku_big_arc, t->ekus = t->application_policies = (cepces_strings_t){big_arc, 1})
CHANGE(policies_twice, t->issuance_policies = (cepces_strings_t){twice, 2})
CHANGE(superseded_self, t->superseded = (cepces_strings_t){own_name, 1})
CHANGE(superseded_bad, t->superseded = (cepces_strings_t){not_a_name, 1})
CHANGE(policies_missing, t->application_policies = NO_LIST)
CHANGE(policies_differ, t->application_policies = (cepces_strings_t){client_auth, 1})
CHANGE(policies_more, t->application_policies = (cepces_strings_t){two_purposes, 2})
CHANGE(policies_turned, t->ekus = (cepces_strings_t){two_purposes, 2};
       t->application_policies = (cepces_strings_t){two_turned, 2})
CHANGE(no_purpose, t->ekus = t->application_policies = NO_LIST)
CHANGE(any, t->ekus = t->application_policies = (cepces_strings_t){any_purpose, 1})
CHANGE(client_without_sid, t->ekus = t->application_policies = (cepces_strings_t){client_auth, 1};
       t->enrollment_flags = CEPCES_ENROLL_NO_SECURITY_EXTENSION)
CHANGE(server_three_years, t->validity_secs = 3 * 366 * SECS_PER_DAY)
CHANGE(algorithm_unknown, t->key_algorithm = "DSA")
CHANGE(algorithm_null, t->key_algorithm = NULL)
CHANGE(rsa_1024, t->minimal_key_length = 1024)
CHANGE(rsa_2047, t->minimal_key_length = 2047)
CHANGE(rsa_2049, t->minimal_key_length = 2049)
CHANGE(rsa_16384, t->minimal_key_length = 16384)
CHANGE(p256, t->key_algorithm = "ECDSA_P256"; t->minimal_key_length = 256;
       t->key_usage = CEPCES_KU_DIGITAL_SIGNATURE)
CHANGE(p256_as_2048, t->key_algorithm = "ECDSA_P256"; t->key_usage = CEPCES_KU_DIGITAL_SIGNATURE)
CHANGE(p256_schema_2, p256(t); t->schema_version = 2; t->hash_algorithm = NULL)
CHANGE(p256_by_csp, p256(t); t->crypto_providers = (cepces_strings_t){csp, 1})
CHANGE(p256_encipherment, p256(t); t->key_usage |= CEPCES_KU_KEY_ENCIPHERMENT)
CHANGE(ed25519, t->key_algorithm = "Ed25519"; t->minimal_key_length = 256;
       t->key_usage = CEPCES_KU_DIGITAL_SIGNATURE)
CHANGE(hash_sha1, t->hash_algorithm = "SHA1")
CHANGE(hash_missing, t->hash_algorithm = NULL)
CHANGE(hash_schema_2, t->schema_version = 2; t->crypto_providers = (cepces_strings_t){csp, 1};
       t->key_spec = (cepces_optional_t){true, 1})
CHANGE(sha1_accepted, t->sha1_requests = CEPCES_SHA1_ACCEPT)
CHANGE(sha1_refused_early, hash_schema_2(t); t->hash_algorithm = NULL;
       t->sha1_requests = CEPCES_SHA1_REFUSE)
CHANGE(no_provider, t->crypto_providers = NO_LIST)
CHANGE(csp_without_spec, t->crypto_providers = (cepces_strings_t){csp, 1})
CHANGE(ksp_with_spec, t->key_spec = (cepces_optional_t){true, 1})
CHANGE(ksp_schema_2, t->schema_version = 2; t->hash_algorithm = NULL)
CHANGE(by_tpm, t->crypto_providers = (cepces_strings_t){tpm, 1})
CHANGE(csp_schema_4, t->schema_version = 4; t->crypto_providers = (cepces_strings_t){csp, 1};
       t->key_spec = (cepces_optional_t){true, 1})
CHANGE(csp_schema_4_legacy, csp_schema_4(t); t->private_key_flags = CEPCES_KEY_USE_LEGACY_PROVIDER)
CHANGE(spec_3, t->key_spec = (cepces_optional_t){true, 3})
CHANGE(usage_none, t->key_usage = 0)
CHANGE(usage_ca, t->key_usage |= CEPCES_KU_KEY_CERT_SIGN)
CHANGE(usage_crl, t->key_usage |= CEPCES_KU_CRL_SIGN)
CHANGE(usage_unknown, t->key_usage |= 1)
CHANGE(usage_agreement, t->key_usage |= CEPCES_KU_KEY_AGREEMENT)
CHANGE(archival_unnamed, t->private_key_flags = CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL)
CHANGE(archival_unknown, t->archival_algorithm = "RC4")
CHANGE(exportable_logon_key, t->ekus = t->application_policies = (cepces_strings_t){client_auth, 1};
       t->private_key_flags = CEPCES_KEY_EXPORTABLE)
CHANGE(no_subject_source, t->subject_name_flags = 0)
CHANGE(both_subject_sources, t->subject_name_flags |= CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS)
CHANGE(san_flag_alone, t->subject_name_flags = CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME |
                                               CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS)
CHANGE(old_cert_alone, t->subject_name_flags = CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME |
                                               CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS)
CHANGE(email_demanded, t->subject_name_flags = CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL)
CHANGE(wildcards_unused, t->subject_name_flags = CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS;
       t->allow_wildcards = true)
CHANGE(auto_good, t->enrollment_flags = CEPCES_ENROLL_AUTO_ENROLLMENT;
       t->subject_name_flags = CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS)
CHANGE(auto_4_days, auto_good(t); t->validity_secs = 4 * SECS_PER_DAY;
       t->renewal_secs = SECS_PER_DAY)
CHANGE(auto_renewal_hours, auto_good(t); t->renewal_secs = 3600)
CHANGE(auto_supplied, t->enrollment_flags = CEPCES_ENROLL_AUTO_ENROLLMENT)
CHANGE(auto_protected, auto_good(t); t->private_key_flags = CEPCES_KEY_STRONG_PROTECTION_REQUIRED)
CHANGE(renewal_by_key, t->enrollment_flags = CEPCES_ENROLL_ALLOW_KEYBASEDRENEWAL |
                                             CEPCES_ENROLL_PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT)
CHANGE(renewal_by_key_only, t->enrollment_flags = CEPCES_ENROLL_ALLOW_KEYBASEDRENEWAL)
CHANGE(renewal_by_key_built, renewal_by_key(t);
       t->subject_name_flags = CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS)
CHANGE(no_revocation_year, t->enrollment_flags = CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS)
CHANGE(no_revocation_week, no_revocation_year(t); t->validity_secs = 7 * SECS_PER_DAY;
       t->renewal_secs = SECS_PER_DAY)
CHANGE(ca_flag, t->general_flags |= CEPCES_GENERAL_IS_CA)
CHANGE(cross_ca_flag, t->general_flags |= CEPCES_GENERAL_IS_CROSS_CA)
CHANGE(not_stored, t->general_flags |= CEPCES_GENERAL_DONOTPERSISTINDB)
CHANGE(client_level_5, t->private_key_flags = 0x05000000)
CHANGE(client_level_6, t->private_key_flags = 0x06000000)
CHANGE(server_level_5, t->private_key_flags = 0x00050000)
CHANGE(server_level_6, t->private_key_flags = 0x00060000)
CHANGE(ra_policies_alone, t->ra_application_policies = (cepces_strings_t){client_auth, 1})
CHANGE(disabled, t->enabled = false)

typedef enum { NOTHING, WARNED, REFUSED } outcome_t;

static const struct {
    change_fn change;
    outcome_t outcome;
    const char *about; /* in one of the findings of that severity */
} check_cases[] = {
    {same, NOTHING, NULL},
    {no_name, REFUSED, "name"},
    {null_name, REFUSED, "name"},
    {name_with_space, REFUSED, "name"},
    {name_with_slash, REFUSED, "name"},
    {name_not_ascii, REFUSED, "name"},
    {name_too_long, REFUSED, "name"},
    {name_of_ca, REFUSED, "T17"},
    {name_of_cross_ca, REFUSED, "T17"},
    {no_oid, NOTHING, NULL},
    {oid_big_arc, REFUSED, "T25"},
    {oid_text, REFUSED, "T25"},
    {no_display_name, REFUSED, "display-name"},
    {display_name_control, REFUSED, "display-name"},
    {schema_0, REFUSED, "schema"},
    {schema_5, REFUSED, "schema"},
    {revision_unset, NOTHING, NULL},
    {revision_0_4, REFUSED, "revision"},
    {validity_0, REFUSED, "validity"},
    {validity_minutes, REFUSED, "validity"},
    {validity_centuries, REFUSED, "validity"},
    {renewal_0, REFUSED, "renewal"},
    {renewal_equal, REFUSED, "T22"},
    {eku_big_arc, REFUSED, "ekus"},
    {policies_twice, REFUSED, "issuance-policies"},
    {superseded_self, REFUSED, "supersedes"},
    {superseded_bad, REFUSED, "supersedes"},
    {policies_missing, REFUSED, "T15"},
    {policies_differ, REFUSED, "T15"},
    {policies_more, REFUSED, "T15"},
    {policies_turned, REFUSED, "T15"},
    {no_purpose, WARNED, "T3"},
    {any, WARNED, "T3"},
    {client_without_sid, WARNED, "T11"},
    {server_three_years, WARNED, "T22"},
    {algorithm_unknown, REFUSED, "key: algorithm"},
    {algorithm_null, REFUSED, "key: algorithm"},
    {rsa_1024, REFUSED, "T21"},
    {rsa_2047, REFUSED, "T21"},
    {rsa_2049, REFUSED, "minimum-size"},
    {rsa_16384, REFUSED, "minimum-size"},
    {p256, NOTHING, NULL},
    {p256_as_2048, REFUSED, "minimum-size"},
    {p256_schema_2, WARNED, "schema 3"},
    {p256_by_csp, REFUSED, "key: providers"},
    {p256_encipherment, WARNED, "key-usage"},
    {ed25519, WARNED, "Windows"},
    {hash_sha1, REFUSED, "T21"},
    {hash_missing, WARNED, "SHA-1"},
    {hash_schema_2, WARNED, "request-hash"},
    {sha1_accepted, WARNED, "T21"},
    {sha1_refused_early, WARNED, "sha1-requests"},
    {no_provider, WARNED, "1024-bit"},
    {csp_without_spec, WARNED, "1024-bit"},
    {ksp_with_spec, WARNED, "key: spec"},
    {ksp_schema_2, WARNED, "schema 3"},
    {by_tpm, NOTHING, NULL},
    {csp_schema_4, WARNED, "legacy-provider"},
    {csp_schema_4_legacy, NOTHING, NULL},
    {spec_3, REFUSED, "key: spec"},
    {usage_none, REFUSED, "key-usage"},
    {usage_ca, REFUSED, "T17"},
    {usage_crl, REFUSED, "T17"},
    {usage_unknown, REFUSED, "key-usage"},
    {usage_agreement, WARNED, "key-usage"},
    {archival_unnamed, REFUSED, "archival: algorithm"},
    {archival_unknown, REFUSED, "archival: algorithm"},
    {exportable_logon_key, WARNED, "T21"},
    {no_subject_source, REFUSED, "subject:"},
    {both_subject_sources, WARNED, "subject:"},
    {san_flag_alone, WARNED, "alternative-names-in-request"},
    {old_cert_alone, WARNED, "keep-on-renewal"},
    {email_demanded, WARNED, "e-mail"},
    {wildcards_unused, WARNED, "wildcards"},
    {auto_good, NOTHING, NULL},
    {auto_4_days, WARNED, "5 days"},
    {auto_renewal_hours, WARNED, "1 day"},
    {auto_supplied, WARNED, "autoenrollment skips"},
    {auto_protected, WARNED, "autoenrollment skips"},
    {renewal_by_key, NOTHING, NULL},
    {renewal_by_key_only, REFUSED, "T20"},
    {renewal_by_key_built, REFUSED, "T20"},
    {no_revocation_year, WARNED, "T23"},
    {no_revocation_week, NOTHING, NULL},
    {ca_flag, REFUSED, "T17"},
    {cross_ca_flag, REFUSED, "T17"},
    {not_stored, REFUSED, "T23"},
    {client_level_5, NOTHING, NULL},
    {client_level_6, WARNED, "hide"},
    {server_level_5, NOTHING, NULL},
    {server_level_6, WARNED, "hide"},
    {ra_policies_alone, WARNED, "registration-authority"},
};

START_TEST(templates_are_examined_before_they_are_stored)
{
    cepces_template_t t = fixture_template();
    const cepces_finding_t *findings;
    outcome_t worst = NOTHING;
    bool mentioned = check_cases[_i].about == NULL;
    size_t num;

    check_cases[_i].change(&t);
    cepces_template_check(&findings, &num, &t, test_pool);
    for (size_t i = 0; i < num; i++) {
        outcome_t severity = findings[i].refuse ? REFUSED : WARNED;

        worst = severity > worst ? severity : worst;
        ck_assert_int_eq(strncmp(findings[i].text, "template \"", 10), 0);
        mentioned = mentioned || (severity == check_cases[_i].outcome &&
                                  strstr(findings[i].text, check_cases[_i].about) != NULL);
    }
    ck_assert_msg(worst == check_cases[_i].outcome && mentioned, "case %d: %s", _i,
                  num > 0 ? findings[0].text : "no finding");
}
END_TEST

/* --- Offered or not --------------------------------------------------------------------------- */

CHANGE(approval, t->enrollment_flags = CEPCES_ENROLL_PEND_ALL_REQUESTS)
CHANGE(ra_signature, t->ra_signatures = 1)
CHANGE(archival, t->private_key_flags = CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL)
CHANGE(attestation, t->private_key_flags = CEPCES_KEY_ATTEST_REQUIRED)
CHANGE(attestation_preferred, t->private_key_flags = CEPCES_KEY_ATTEST_PREFERRED)
CHANGE(hello, t->private_key_flags = CEPCES_KEY_HELLO_LOGON_KEY)
CHANGE(key_recovery, t->enrollment_flags = CEPCES_ENROLL_PUBLISH_TO_KRA_CONTAINER)
CHANGE(on_behalf_allowed, t->enrollment_flags = CEPCES_ENROLL_ALLOW_ENROLL_ON_BEHALF_OF)
CHANGE(renewal_with_approval, renewal_by_key(t);
       t->enrollment_flags |= CEPCES_ENROLL_PEND_ALL_REQUESTS)

static const struct {
    change_fn change;
    const char *reason; /* part of it; NULL: offered */
} offer_cases[] = {
    {same, NULL},
    {on_behalf_allowed, NULL},
    {renewal_by_key, NULL},
    {any, NULL},
    {disabled, "disabled"},
    {approval, "approval"},
    {renewal_with_approval, "approval"},
    {ra_signature, "registration authorities"},
    {archival, "archival"},
    {attestation, "attestation"},
    {attestation_preferred, "attestation"},
    {hello, "Hello"},
    {key_recovery, "recovery"},
    {ca_flag, "CA"},
    {cross_ca_flag, "CA"},
    {usage_ca, "CA"},
    {not_stored, "revoked"},
    {no_purpose, "purpose"},
    {policies_differ, "application policies"},
    {rsa_1024, "2048"},
    {algorithm_unknown, "algorithm"},
    {oid_big_arc, "identifier"},
    {no_oid, "identifier"},
    {schema_5, "schema"},
};

START_TEST(templates_beyond_this_version_are_not_offered)
{
    cepces_template_t t = fixture_template();
    const char *reason;

    offer_cases[_i].change(&t);
    reason = cepces_template_unoffered(&t);
    if (offer_cases[_i].reason == NULL) {
        ck_assert_ptr_null(reason);
    } else {
        ck_assert_ptr_nonnull(reason);
        ck_assert_ptr_nonnull(strstr(reason, offer_cases[_i].reason));
    }
}
END_TEST

/* --- Sameness --------------------------------------------------------------------------------- */

CHANGE(other_name, t->name = "Other")
CHANGE(other_oid, t->oid = "1.2.3")
CHANGE(other_display_name, t->display_name = "Other")
CHANGE(other_schema, t->schema_version = 4)
CHANGE(other_general, t->general_flags ^= 1)
CHANGE(other_enrollment, t->enrollment_flags ^= 1)
CHANGE(other_private_key, t->private_key_flags ^= 1)
CHANGE(other_subject, t->subject_name_flags ^= 2)
CHANGE(other_spec, t->key_spec.present = true)
CHANGE(other_usage_property, t->key_usage_property = (cepces_optional_t){true, 2})
CHANGE(other_permissions, t->key_permissions = "D:")
CHANGE(other_length, t->minimal_key_length = 3072)
CHANGE(other_hash, t->hash_algorithm = "SHA384")
CHANGE(other_validity, t->validity_secs++)
CHANGE(other_renewal, t->renewal_secs++)
CHANGE(other_usage, t->key_usage = CEPCES_KU_DIGITAL_SIGNATURE)
CHANGE(other_critical, t->critical_extensions = NO_LIST)
CHANGE(other_superseded, t->superseded = (cepces_strings_t){own_name, 1})
CHANGE(other_ra_issuance, t->ra_issuance_policies = (cepces_strings_t){client_auth, 1})
CHANGE(other_archival, t->archival_algorithm = "AES256")
CHANGE(other_archival_length, t->archival_key_length = 256)
CHANGE(other_sha1, t->sha1_requests = CEPCES_SHA1_REFUSE)
CHANGE(other_wildcards, t->allow_wildcards = true)
CHANGE(other_strict, t->strict_extensions = true)
CHANGE(other_issuance, t->issuance_policies = (cepces_strings_t){client_auth, 1})

static const change_fn difference_cases[] = {
    other_name,
    other_oid,
    other_display_name,
    other_schema,
    other_general,
    other_enrollment,
    other_private_key,
    other_subject,
    other_spec,
    other_usage_property,
    other_permissions,
    algorithm_unknown,
    algorithm_null,
    other_length,
    other_hash,
    hash_missing,
    no_provider,
    other_validity,
    other_renewal,
    no_purpose,
    any,
    policies_differ,
    other_issuance,
    other_usage,
    other_critical,
    other_superseded,
    ra_signature,
    ra_policies_alone,
    other_ra_issuance,
    other_archival,
    other_archival_length,
    other_sha1,
    other_wildcards,
    other_strict,
    disabled,
};

START_TEST(every_visible_field_makes_a_difference)
{
    cepces_template_t a = fixture_template(), b = fixture_template();

    difference_cases[_i](&b);
    ck_assert(!cepces_template_same(&a, &b));
    ck_assert(!cepces_template_same(&b, &a));
}
END_TEST

START_TEST(ids_revision_and_time_make_no_difference)
{
    cepces_template_t a = fixture_template(), b = fixture_template();

    b.id = 99;
    b.revision_id = 99;
    b.major = 101;
    b.minor = 99;
    b.changed_at = 99;
    ck_assert(cepces_template_same(&a, &b));
}
END_TEST

/* --- Extensions ------------------------------------------------------------------------------- */

static void
schema_1(cepces_template_t *t)
{
    t->name = "User";
    t->schema_version = 1;
}

static void
everything(cepces_template_t *t)
{
    static const char *const policies[] = {"1.2.3.4"};
    static const char *const critical[] = {"2.5.29.15", "2.5.29.19", "2.5.29.37"};

    t->oid = "1.3.6.1.4.1.32473.1.8.10";
    t->major = 100;
    t->minor = 7;
    t->issuance_policies = (cepces_strings_t){policies, 1};
    t->critical_extensions = (cepces_strings_t){critical, 3};
    t->enrollment_flags =
        CEPCES_ENROLL_INCLUDE_BASIC_CONSTRAINTS_FOR_EE_CERTS | CEPCES_ENROLL_ADD_OCSP_NOCHECK;
    t->ekus = t->application_policies = (cepces_strings_t){client_auth, 1};
}

static const struct {
    change_fn change;
    const char *extensions; /* OID, "!" when critical, "=" and the value */
} extension_cases[] = {
    {schema_1, "1.3.6.1.4.1.311.20.2=1e080055007300650072 2.5.29.15!=030205a0 "
               "2.5.29.37=300a06082b06010505070301"},
    {everything, "1.3.6.1.4.1.311.21.7=3013060b2b0601040181fd5901080a020164020107 "
                 "2.5.29.15!=030205a0 2.5.29.37!=300a06082b06010505070302 "
                 "1.3.6.1.4.1.311.21.10=300c300a06082b06010505070302 "
                 "2.5.29.32=3007300506032a0304 2.5.29.19!=3000 1.3.6.1.5.5.7.48.1.5=0500"},
};

START_TEST(extensions_are_those_of_the_template)
{
    cepces_template_t t = fixture_template();
    const cepces_template_extension_t *list;
    cepces_strings_t texts = NO_LIST;
    size_t num;

    extension_cases[_i].change(&t);
    ck_assert_int_eq(
        cepces_template_extensions(&list, &num, &t, t.key_usage, test_pool, &test_error),
        CEPCES_OK);
    for (size_t i = 0; i < num; i++) {
        const char *text =
            apr_psprintf(test_pool, "%s%s=%s", list[i].oid, list[i].critical ? "!" : "",
                         cepces_hex(list[i].value, test_pool));

        texts = cepces_strings_add(texts, text, test_pool);
    }
    ck_assert_str_eq(cepces_strings_join(texts, " ", test_pool), extension_cases[_i].extensions);
}
END_TEST

START_TEST(a_template_with_a_broken_oid_gives_no_extensions)
{
    cepces_template_t t = fixture_template();
    const cepces_template_extension_t *list = NULL;
    size_t num = 0;

    t.oid = "no oid";
    ck_assert_int_eq(
        cepces_template_extensions(&list, &num, &t, t.key_usage, test_pool, &test_error),
        CEPCES_E_INTERNAL);
    ck_assert_ptr_null(list);
}
END_TEST

/* V52: key usage fits the key. */
static const struct {
    const char *algorithm;
    unsigned usage, expected;
} usage_cases[] = {
    {"RSA", 0xa000, 0xa000},
    {"RSA", 0xb000, 0xb000},
    {"RSA", CEPCES_KU_KEY_AGREEMENT, CEPCES_KU_DIGITAL_SIGNATURE},
    {"RSA", 0xa000 | CEPCES_KU_KEY_AGREEMENT | CEPCES_KU_DECIPHER_ONLY, 0xa000},
    {"RSA", 0xa000 | CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN, 0xa000},
    {"RSA", 0, CEPCES_KU_DIGITAL_SIGNATURE},
    {"ECDSA_P256", 0xa000, CEPCES_KU_DIGITAL_SIGNATURE},
    {"ECDSA_P384", 0xf000, CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_NON_REPUDIATION},
    {"ECDSA_P521", CEPCES_KU_KEY_ENCIPHERMENT, CEPCES_KU_DIGITAL_SIGNATURE},
    {"ECDSA_P256", CEPCES_KU_KEY_AGREEMENT, CEPCES_KU_KEY_AGREEMENT},
    {"ECDH_P256", 0xa000, CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_AGREEMENT},
    {"ECDH_P256", CEPCES_KU_KEY_ENCIPHERMENT, CEPCES_KU_KEY_AGREEMENT},
    {"ECDH_P384", CEPCES_KU_ENCIPHER_ONLY, CEPCES_KU_KEY_AGREEMENT | CEPCES_KU_ENCIPHER_ONLY},
    {"Ed25519", 0xa000, CEPCES_KU_DIGITAL_SIGNATURE},
    {"Ed25519", CEPCES_KU_KEY_AGREEMENT, CEPCES_KU_DIGITAL_SIGNATURE},
};

START_TEST(V52_key_usage_fits_the_kind_of_key)
{
    cepces_template_t t = fixture_template();

    t.key_algorithm = usage_cases[_i].algorithm;
    t.key_usage = (uint16_t)usage_cases[_i].usage;
    ck_assert_uint_eq(cepces_template_key_usage(&t), usage_cases[_i].expected);
}
END_TEST

/* --- Which template --------------------------------------------------------------------------- */

static const struct {
    const char *oid, *name, *attribute, *other_attribute, *hint;
    const char *found; /* NULL: refused with */
    cepces_status_t status;
} find_cases[] = {
    {"1.2.3.1", NULL, NULL, NULL, NULL, "First", CEPCES_OK},
    {NULL, "First", NULL, NULL, NULL, "First", CEPCES_OK},
    {NULL, "fIRST", NULL, NULL, NULL, "First", CEPCES_OK},
    {NULL, NULL, "Second", NULL, NULL, "Second", CEPCES_OK},
    {NULL, NULL, NULL, NULL, "second", "Second", CEPCES_OK},
    {"1.2.3.1", "First", "First", "first", "FIRST", "First", CEPCES_OK},
    {NULL, NULL, NULL, NULL, NULL, NULL, CEPCES_E_NO_TEMPLATE},
    {"1.2.3.9", NULL, NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {NULL, "Third", NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {NULL, "1.2.3.1", NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {NULL, "First ", NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {NULL, "", NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {"1.2.3.1", "Third", NULL, NULL, NULL, NULL, CEPCES_E_UNSUPPORTED_TEMPLATE},
    {"1.2.3.1", "Second", NULL, NULL, NULL, NULL, CEPCES_E_TEMPLATE_CONFLICT},
    {"1.2.3.1", NULL, "Second", NULL, NULL, NULL, CEPCES_E_TEMPLATE_CONFLICT},
    {"1.2.3.1", NULL, NULL, NULL, "Second", NULL, CEPCES_E_TEMPLATE_CONFLICT},
    {NULL, "First", "Second", NULL, NULL, NULL, CEPCES_E_TEMPLATE_CONFLICT},
    {NULL, NULL, "First", "Second", NULL, NULL, CEPCES_E_TEMPLATE_CONFLICT},
    {"1.2.3.1", "First", "First", "First", "Second", NULL, CEPCES_E_TEMPLATE_CONFLICT},
};

START_TEST(V30_all_identifiers_name_one_template)
{
    cepces_template_t first = fixture_template(), second = fixture_template();
    const cepces_template_t *items[] = {&first, &second};
    const char *attributes[] = {find_cases[_i].attribute, find_cases[_i].other_attribute};
    cepces_request_t request = {.template_oid = find_cases[_i].oid,
                                .template_name = find_cases[_i].name};
    const cepces_template_t *found = NULL;

    first.name = "First";
    first.oid = "1.2.3.1";
    second.name = "Second";
    second.oid = "1.2.3.2";
    request.template_attributes.items = attributes;
    request.template_attributes.num = attributes[0] == NULL ? 0 : attributes[1] == NULL ? 1 : 2;
    ck_assert_int_eq(cepces_template_find(&found, &request, find_cases[_i].hint,
                                          (cepces_templates_t){items, 2}, test_pool, &test_error),
                     find_cases[_i].status);
    if (find_cases[_i].found != NULL) {
        ck_assert_str_eq(found->name, find_cases[_i].found);
    } else {
        ck_assert_ptr_null(found);
        ck_assert_str_eq(test_error.rule, "V30");
    }
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("policy: templates");

    tcase_add_loop_test(tc, templates_are_examined_before_they_are_stored, 0,
                        LENGTH_OF(check_cases));
    tcase_add_loop_test(tc, templates_beyond_this_version_are_not_offered, 0,
                        LENGTH_OF(offer_cases));
    tcase_add_loop_test(tc, every_visible_field_makes_a_difference, 0, LENGTH_OF(difference_cases));
    tcase_add_test(tc, ids_revision_and_time_make_no_difference);
    tcase_add_loop_test(tc, extensions_are_those_of_the_template, 0, LENGTH_OF(extension_cases));
    tcase_add_test(tc, a_template_with_a_broken_oid_gives_no_extensions);
    tcase_add_loop_test(tc, V52_key_usage_fits_the_kind_of_key, 0, LENGTH_OF(usage_cases));
    tcase_add_loop_test(tc, V30_all_identifiers_name_one_template, 0, LENGTH_OF(find_cases));
    return test_run(tc);
}
