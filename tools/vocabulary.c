/* One table per vocabulary. The first word for a value is the one that is written. */
#include "vocabulary.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

/* [MS-CRTD] 2.4 */
const cyaml_strval_t ctl_general_words[CTL_GENERAL_WORDS] = {
    {"auto-enrollment", CEPCES_GENERAL_AUTO_ENROLLMENT},
    {"ca", CEPCES_GENERAL_IS_CA},
    {"add-template-name", CEPCES_GENERAL_ADD_TEMPLATE_NAME},
    {"cross-ca", CEPCES_GENERAL_IS_CROSS_CA},
    {"do-not-store", CEPCES_GENERAL_DONOTPERSISTINDB},
    {"default", CEPCES_GENERAL_IS_DEFAULT},
    {"modified", CEPCES_GENERAL_IS_MODIFIED},
};

/* [MS-CRTD] 2.26 */
const cyaml_strval_t ctl_enrollment_words[CTL_ENROLLMENT_WORDS] = {
    {"auto-enrollment", CEPCES_ENROLL_AUTO_ENROLLMENT},
    {"publish-to-directory", CEPCES_ENROLL_PUBLISH_TO_DS},
    {"publish-to-kra-container", CEPCES_ENROLL_PUBLISH_TO_KRA_CONTAINER},
    {"symmetric-algorithms", CEPCES_ENROLL_INCLUDE_SYMMETRIC_ALGORITHMS},
    {"check-directory-certificate", CEPCES_ENROLL_AUTO_ENROLLMENT_CHECK_USER_DS_CERTIFICATE},
    {"reenroll-by-previous-approval", CEPCES_ENROLL_PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT},
    {"user-interaction", CEPCES_ENROLL_USER_INTERACTION_REQUIRED},
    {"remove-invalid-certificates", CEPCES_ENROLL_REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE},
    {"on-behalf-of", CEPCES_ENROLL_ALLOW_ENROLL_ON_BEHALF_OF},
    {"ocsp-no-check", CEPCES_ENROLL_ADD_OCSP_NOCHECK},
    {"reuse-key-on-full-token", CEPCES_ENROLL_ENABLE_KEY_REUSE_ON_NT_TOKEN_KEYSET_STORAGE_FULL},
    {"no-revocation-information", CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS},
    {"basic-constraints", CEPCES_ENROLL_INCLUDE_BASIC_CONSTRAINTS_FOR_EE_CERTS},
    {"key-based-renewal", CEPCES_ENROLL_ALLOW_KEYBASEDRENEWAL},
    {"issuance-policies-from-request", CEPCES_ENROLL_ISSUANCE_POLICIES_FROM_REQUEST},
    {"skip-auto-renewal", CEPCES_ENROLL_SKIP_AUTO_RENEWAL},
    {"no-security-extension", CEPCES_ENROLL_NO_SECURITY_EXTENSION},
};

/* [MS-CRTD] 2.27 */
const cyaml_strval_t ctl_private_key_words[CTL_PRIVATE_KEY_WORDS] = {
    {"archive", CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL},
    {"strong-protection", CEPCES_KEY_STRONG_PROTECTION_REQUIRED},
    {"alternate-signature", CEPCES_KEY_REQUIRE_ALTERNATE_SIGNATURE_ALGORITHM},
    {"same-key-renewal", CEPCES_KEY_REQUIRE_SAME_KEY_RENEWAL},
    {"legacy-provider", CEPCES_KEY_USE_LEGACY_PROVIDER},
    {"trust-on-use", CEPCES_KEY_EK_TRUST_ON_USE},
    {"validate-endorsement-certificate", CEPCES_KEY_EK_VALIDATE_CERT},
    {"validate-endorsement-key", CEPCES_KEY_EK_VALIDATE_KEY},
    {"attestation-preferred", CEPCES_KEY_ATTEST_PREFERRED},
    {"attestation-required", CEPCES_KEY_ATTEST_REQUIRED},
    {"attestation-without-policy", CEPCES_KEY_ATTESTATION_WITHOUT_POLICY},
    {"hello-logon", CEPCES_KEY_HELLO_LOGON_KEY},
};

/* [MS-CRTD] 2.28, the half about the subject */
const cyaml_strval_t ctl_subject_words[CTL_SUBJECT_WORDS] = {
    {"common-name", CEPCES_NAME_SUBJECT_REQUIRE_COMMON_NAME},
    {"dns", CEPCES_NAME_SUBJECT_REQUIRE_DNS_AS_CN},
    {"email", CEPCES_NAME_SUBJECT_REQUIRE_EMAIL},
    {"directory-path", CEPCES_NAME_SUBJECT_REQUIRE_DIRECTORY_PATH},
};

/* [MS-CRTD] 2.28, the half about the subject alternative name */
const cyaml_strval_t ctl_alt_name_words[CTL_ALT_NAME_WORDS] = {
    {"dns", CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS},
    {"upn", CEPCES_NAME_SUBJECT_ALT_REQUIRE_UPN},
    {"email", CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL},
    {"guid", CEPCES_NAME_SUBJECT_ALT_REQUIRE_DIRECTORY_GUID},
    {"spn", CEPCES_NAME_SUBJECT_ALT_REQUIRE_SPN},
    {"domain-dns", CEPCES_NAME_SUBJECT_ALT_REQUIRE_DOMAIN_DNS},
};

/* RFC 5280, 4.2.1.3 */
const cyaml_strval_t ctl_key_usage_words[CTL_KEY_USAGE_WORDS] = {
    {"digital-signature", CEPCES_KU_DIGITAL_SIGNATURE},
    {"non-repudiation", CEPCES_KU_NON_REPUDIATION},
    {"key-encipherment", CEPCES_KU_KEY_ENCIPHERMENT},
    {"data-encipherment", CEPCES_KU_DATA_ENCIPHERMENT},
    {"key-agreement", CEPCES_KU_KEY_AGREEMENT},
    {"certificate-signing", CEPCES_KU_KEY_CERT_SIGN},
    {"crl-signing", CEPCES_KU_CRL_SIGN},
    {"encipher-only", CEPCES_KU_ENCIPHER_ONLY},
    {"decipher-only", CEPCES_KU_DECIPHER_ONLY},
};

/* [MS-CRTD] 2.23.2: msPKI-Key-Usage */
const cyaml_strval_t ctl_key_purpose_words[CTL_KEY_PURPOSE_WORDS] = {
    {"decrypt", 1},
    {"sign", 2},
    {"key-agreement", 4},
};

const cyaml_strval_t ctl_key_spec_words[CTL_KEY_SPEC_WORDS] = {
    {"none", 0}, {"exchange", 1}, {"signature", 2}};

const cyaml_strval_t ctl_sha1_words[CTL_SHA1_WORDS] = {
    {"by-schema", CEPCES_SHA1_BY_SCHEMA},
    {"accept", CEPCES_SHA1_ACCEPT},
    {"refuse", CEPCES_SHA1_REFUSE},
};

const cyaml_strval_t ctl_context_words[CTL_CONTEXT_WORDS] = {
    {"user", 0},
    {"computer", CEPCES_GENERAL_MACHINE_TYPE},
};

const cyaml_strval_t ctl_approval_words[CTL_APPROVAL_WORDS] = {
    {"none", 0},
    {"manager", CEPCES_ENROLL_PEND_ALL_REQUESTS},
};

static const cyaml_strval_t account_kinds[] = {
    {"user", CEPCES_ACCOUNT_USER},
    {"computer", CEPCES_ACCOUNT_COMPUTER},
    {"service", CEPCES_ACCOUNT_SERVICE},
};
const ctl_words_t ctl_account_kinds = {account_kinds, 3};

/* RFC 5280, 5.3.1; certificateHold and removeFromCRL need a later stage, cA- and aACompromise do
 * not fit here. */
static const cyaml_strval_t revocation_reasons[] = {
    {"unspecified", 0}, {"keyCompromise", 1},        {"affiliationChanged", 3},
    {"superseded", 4},  {"cessationOfOperation", 5}, {"privilegeWithdrawn", 9},
};
const ctl_words_t ctl_revocation_reasons = {revocation_reasons, 6};

static const cyaml_strval_t request_states[] = {
    {"issued", CEPCES_REQUEST_ISSUED},
    {"pending", CEPCES_REQUEST_PENDING},
    {"denied", CEPCES_REQUEST_DENIED},
    {"failed", CEPCES_REQUEST_FAILED},
};
const ctl_words_t ctl_request_states = {request_states, 4};

static const cyaml_strval_t certificate_states[] = {
    {"issued", CEPCES_CERTIFICATE_ISSUED},
    {"revoked", CEPCES_CERTIFICATE_REVOKED},
};
const ctl_words_t ctl_certificate_states = {certificate_states, 2};

static const cyaml_strval_t auth_kinds[] = {
    {"none", CEPCES_AUTH_NONE},
    {"anonymous", CEPCES_AUTH_ANONYMOUS},
    {"kerberos", CEPCES_AUTH_KERBEROS},
    {"password", CEPCES_AUTH_USERNAME},
    {"certificate", CEPCES_AUTH_CERTIFICATE},
};
const ctl_words_t ctl_auth_kinds = {auth_kinds, 5};

const char *
ctl_word(ctl_words_t words, int64_t value, apr_pool_t *p)
{
    for (unsigned i = 0; i < words.num; i++) {
        if (words.items[i].val == value) {
            return words.items[i].str;
        }
    }
    return apr_psprintf(p, "%" APR_INT64_T_FMT, value);
}

bool
ctl_word_value(int64_t *out, ctl_words_t words, const char *word)
{
    for (unsigned i = 0; i < words.num; i++) {
        if (strcasecmp(words.items[i].str, word) == 0) {
            *out = words.items[i].val;
            return true;
        }
    }
    return false;
}

const char *
ctl_words_join(ctl_words_t words, apr_pool_t *p)
{
    const char *all = "";

    for (unsigned i = 0; i < words.num; i++) {
        all = apr_pstrcat(p, all, i > 0 ? ", " : "", words.items[i].str, NULL);
    }
    return all;
}

/* --- OIDs ------------------------------------------------------------------------------------- */

static const struct {
    ctl_oid_kind_t kind;
    const char *name;
    const char *oid;
} oids[] = {
    {CTL_OID_EKU, "server-authentication", "1.3.6.1.5.5.7.3.1"},
    {CTL_OID_EKU, "client-authentication", "1.3.6.1.5.5.7.3.2"},
    {CTL_OID_EKU, "code-signing", "1.3.6.1.5.5.7.3.3"},
    {CTL_OID_EKU, "email-protection", "1.3.6.1.5.5.7.3.4"},
    {CTL_OID_EKU, "time-stamping", "1.3.6.1.5.5.7.3.8"},
    {CTL_OID_EKU, "ocsp-signing", "1.3.6.1.5.5.7.3.9"},
    {CTL_OID_EKU, "ipsec-ike", "1.3.6.1.5.5.7.3.17"},
    {CTL_OID_EKU, "ipsec-ike-intermediate", "1.3.6.1.5.5.8.2.2"},
    {CTL_OID_EKU, "kdc-authentication", "1.3.6.1.5.2.3.5"},
    {CTL_OID_EKU, "smart-card-logon", "1.3.6.1.4.1.311.20.2.2"},
    {CTL_OID_EKU, "certificate-request-agent", "1.3.6.1.4.1.311.20.2.1"},
    {CTL_OID_EKU, "encrypting-file-system", "1.3.6.1.4.1.311.10.3.4"},
    {CTL_OID_EKU, "file-recovery", "1.3.6.1.4.1.311.10.3.4.1"},
    {CTL_OID_EKU, "document-signing", "1.3.6.1.4.1.311.10.3.12"},
    {CTL_OID_EKU, "key-recovery-agent", "1.3.6.1.4.1.311.21.6"},
    {CTL_OID_EKU, "private-key-archival", "1.3.6.1.4.1.311.21.5"},
    {CTL_OID_EKU, "remote-desktop-authentication", "1.3.6.1.4.1.311.54.1.2"},
    {CTL_OID_EKU, "any-purpose", "2.5.29.37.0"},
    {CTL_OID_EXTENSION, "key-usage", "2.5.29.15"},
    {CTL_OID_EXTENSION, "extended-key-usage", "2.5.29.37"},
    {CTL_OID_EXTENSION, "subject-alternative-name", "2.5.29.17"},
    {CTL_OID_EXTENSION, "basic-constraints", "2.5.29.19"},
    {CTL_OID_EXTENSION, "certificate-policies", "2.5.29.32"},
    {CTL_OID_EXTENSION, "subject-key-identifier", "2.5.29.14"},
    {CTL_OID_EXTENSION, "authority-key-identifier", "2.5.29.35"},
    {CTL_OID_EXTENSION, "crl-distribution-points", "2.5.29.31"},
    {CTL_OID_EXTENSION, "authority-information-access", "1.3.6.1.5.5.7.1.1"},
    {CTL_OID_EXTENSION, "certificate-template-name", "1.3.6.1.4.1.311.20.2"},
    {CTL_OID_EXTENSION, "security-identifier", "1.3.6.1.4.1.311.25.2"},
    {CTL_OID_EXTENSION, "application-policies", "1.3.6.1.4.1.311.21.10"},
    {CTL_OID_EXTENSION, "certificate-template", "1.3.6.1.4.1.311.21.7"},
    {CTL_OID_ISSUANCE, "all-issuance-policies", "2.5.29.32.0"},
};
#define NUM_OIDS (sizeof(oids) / sizeof(oids[0]))

/* Two arcs or more, digits only, no leading zero; the first arc below 3, the second below 40 under
 * 0 and 1. */
static bool
dotted(const char *text)
{
    unsigned arcs = 0;
    long first = 0;

    for (const char *s = text;; s++) {
        char *end;
        long arc;

        if (!isdigit((unsigned char)*s) || (*s == '0' && isdigit((unsigned char)s[1])) ||
            strspn(s, "0123456789") > 18) {
            return false;
        }
        arc = strtol(s, &end, 10);
        if ((arcs == 0 && arc > 2) || (arcs == 1 && first < 2 && arc > 39)) {
            return false;
        }
        first = arcs++ == 0 ? arc : first;
        if (*end == '\0') {
            return arcs >= 2 && strlen(text) <= 255;
        }
        if (*end != '.') {
            return false;
        }
        s = end;
    }
}

cepces_status_t
ctl_oid_from_text(const char **out, ctl_oid_kind_t kind, const char *text, apr_pool_t *p,
                  cepces_error_t *err)
{
    for (size_t i = 0; i < NUM_OIDS; i++) {
        if (oids[i].kind == kind && strcmp(oids[i].name, text) == 0) {
            *out = oids[i].oid;
            return CEPCES_OK;
        }
    }
    if (!dotted(text)) {
        return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is neither a known name nor an OID",
                                text);
    }
    *out = apr_pstrdup(p, text);
    return CEPCES_OK;
}

const char *
ctl_oid_text(ctl_oid_kind_t kind, const char *oid)
{
    for (size_t i = 0; i < NUM_OIDS; i++) {
        if (oids[i].kind == kind && strcmp(oids[i].oid, oid) == 0) {
            return oids[i].name;
        }
    }
    return oid;
}

/* --- Durations -------------------------------------------------------------------------------- */

#define MAX_DURATION_SECS (INT64_C(100) * 365 * 86400)

/* Largest first. Months are read but not written: nobody expects 90 days to become three months. */
static const struct {
    const char *name;
    int64_t secs;
    bool written;
} units[] = {
    {"year", 365 * 86400, true}, {"month", 30 * 86400, false}, {"week", 7 * 86400, true},
    {"day", 86400, true},        {"hour", 3600, true},         {"minute", 60, true},
    {"second", 1, true},
};
#define NUM_UNITS (sizeof(units) / sizeof(units[0]))

static int64_t
unit_secs(const char *word)
{
    for (size_t i = 0; i < NUM_UNITS; i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(word, units[i].name, len) == 0 &&
            (word[len] == '\0' || strcmp(word + len, "s") == 0)) {
            return units[i].secs;
        }
    }
    return 0;
}

cepces_status_t
ctl_duration_parse(int64_t *out_secs, const char *text, cepces_error_t *err)
{
    size_t digits = strspn(text, "0123456789");
    int64_t count = digits > 0 && digits <= 9 ? strtoll(text, NULL, 10) : 0;
    const char *word = text + digits + strspn(text + digits, " ");
    int64_t unit = unit_secs(word);

    if (count <= 0 || unit == 0 || count > MAX_DURATION_SECS / unit) {
        return cepces_error_set(
            err, CEPCES_E_INVALID,
            "\"%s\" is not a duration such as \"1 year\", \"6 weeks\" or \"10 days\"", text);
    }
    *out_secs = count * unit;
    return CEPCES_OK;
}

const char *
ctl_duration_text(int64_t secs, apr_pool_t *p)
{
    size_t i = 0;
    int64_t count;

    while (i < NUM_UNITS - 1 && (!units[i].written || secs % units[i].secs != 0 || secs == 0)) {
        i++;
    }
    count = secs / units[i].secs;
    return apr_psprintf(p, "%" APR_INT64_T_FMT " %s%s", count, units[i].name,
                        count == 1 ? "" : "s");
}
