/* What an administrator should know about a template before clients meet it: the self-contained
 * rules T1 to T25 of docs/security.md, and what stock clients are known to stumble over. Who may
 * enroll is not looked at here. */
#include "policy/internal.h"

#include <stdarg.h>
#include <strings.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/encode.h"

#define MAX_LIST 64          /* OIDs, providers or names in one list */
#define MAX_COMPATIBILITY 5u /* Windows 8.1, Server 2012 R2: the newest level stock clients show */
#define SECS_PER_DAY INT64_C(86400)
#define MIN_VALIDITY_SECS INT64_C(3600)
#define MAX_VALIDITY_SECS (100 * 366 * SECS_PER_DAY)

/* The texts name the fields as template files do. */
typedef struct report_t {
    const cepces_template_t *t;
    apr_array_header_t *findings;
    apr_pool_t *p;
} report_t;

static void add(report_t *r, bool is_refusal, const char *fmt, ...) CEPCES_PRINTF(3, 4);

static void
add(report_t *r, bool is_refusal, const char *fmt, ...)
{
    cepces_finding_t *f = (cepces_finding_t *)apr_array_push(r->findings);
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = apr_pvsprintf(r->p, fmt, args);
    va_end(args);
    f->refuse = is_refusal;
    f->text = apr_psprintf(r->p, "template \"%s\": %s", r->t->name == NULL ? "" : r->t->name, text);
}

#define refuse(r, ...) add((r), true, __VA_ARGS__)
#define warn(r, ...) add((r), false, __VA_ARGS__)

/* --- Names and numbers ------------------------------------------------------------------------ */

/* The name is part of URLs, XML and requests; these characters need no escaping in any of them. */
static bool
name_valid(const char *name)
{
    static const char accepted[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._()";
    size_t len = strlen(name);

    return len >= 1 && len <= 64 && strspn(name, accepted) == len;
}

static void
check_name(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (t->name == NULL || !name_valid(t->name)) {
        refuse(r, "name must be 1 to 64 ASCII letters, digits and \"-._()\", without white space");
    } else if (strcasecmp(t->name, "CA") == 0 || strcasecmp(t->name, "SubCA") == 0 ||
               strcasecmp(t->name, "CrossCA") == 0) {
        refuse(r, "name is one that makes CA certificates in AD CS (T17); choose another");
    }
    /* A template that is not stored yet has no OID. */
    if (t->oid != NULL && !cepces_syntax_oid(t->oid)) {
        refuse(r, "oid \"%s\" is not an object identifier with arcs below 2^31 (T25)", t->oid);
    }
    if (t->display_name == NULL || !cepces_syntax_text(t->display_name, 256)) {
        refuse(r, "display-name must be 1 to 256 characters without control characters");
    }
}

static void
check_version(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (t->schema_version < 1 || t->schema_version > 4) {
        refuse(r, "schema %u is not 1 to 4", t->schema_version);
    }
    /* 0.0 leaves the revision to whoever stores the template. */
    if ((t->major < 1 && t->minor != 0) || t->major > INT32_MAX || t->minor > INT32_MAX) {
        refuse(r, "revision %u.%u must have a major number from 1 to 2^31-1", t->major, t->minor);
    }
}

static void
check_validity(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (t->validity_secs < MIN_VALIDITY_SECS || t->validity_secs > MAX_VALIDITY_SECS) {
        refuse(r, "validity must be from 1 hour to 100 years");
    }
    if (t->renewal_secs <= 0) {
        refuse(r, "renewal must be longer than 0");
    } else if (t->renewal_secs >= t->validity_secs) {
        refuse(r, "renewal must be shorter than the validity (T22)");
    }
}

/* --- Lists ------------------------------------------------------------------------------------ */

static bool
has_duplicate(cepces_strings_t list)
{
    for (size_t i = 1; i < list.num; i++) {
        if (cepces_strings_has_nocase((cepces_strings_t){list.items, i}, list.items[i])) {
            return true;
        }
    }
    return false;
}

static void
check_list_size(report_t *r, const char *field, cepces_strings_t list)
{
    if (list.num > MAX_LIST) {
        refuse(r, "%s has %lu entries, at most %d are accepted", field, (unsigned long)list.num,
               MAX_LIST);
    } else if (has_duplicate(list)) {
        refuse(r, "%s holds the same entry twice", field);
    }
}

static void
check_oid_list(report_t *r, const char *field, cepces_strings_t list)
{
    check_list_size(r, field, list);
    for (size_t i = 0; i < list.num && i < MAX_LIST; i++) {
        if (!cepces_syntax_oid(list.items[i])) {
            refuse(r, "%s: \"%s\" is not an object identifier with arcs below 2^31", field,
                   list.items[i]);
        }
    }
}

static void
check_lists(report_t *r)
{
    const cepces_template_t *t = r->t;

    check_oid_list(r, "ekus", t->ekus);
    check_oid_list(r, "application policies", t->application_policies);
    check_oid_list(r, "issuance-policies", t->issuance_policies);
    check_oid_list(r, "critical-extensions", t->critical_extensions);
    check_oid_list(r, "registration-authority: application-policies", t->ra_application_policies);
    check_oid_list(r, "registration-authority: issuance-policies", t->ra_issuance_policies);
    check_list_size(r, "supersedes", t->superseded);
    for (size_t i = 0; i < t->superseded.num && i < MAX_LIST; i++) {
        if (!name_valid(t->superseded.items[i])) {
            refuse(r, "supersedes: \"%s\" is not a template name", t->superseded.items[i]);
        } else if (t->name != NULL && strcasecmp(t->superseded.items[i], t->name) == 0) {
            refuse(r, "supersedes names the template itself");
        }
    }
}

/* --- Purposes --------------------------------------------------------------------------------- */

/* Purposes with which one can log on: client authentication, its relatives, and any purpose. */
static bool
authenticates(const cepces_template_t *t)
{
    return t->ekus.num == 0 || cepces_strings_has(t->ekus, CEPCES_OID_ANY_PURPOSE) ||
           cepces_strings_has(t->ekus, CEPCES_OID_CLIENT_AUTHENTICATION) ||
           cepces_strings_has(t->ekus, CEPCES_OID_PKINIT_CLIENT) ||
           cepces_strings_has(t->ekus, CEPCES_OID_SMART_CARD_LOGON);
}

static void
check_purposes(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (!cepces_strings_equal(t->ekus, t->application_policies)) {
        refuse(r, "ekus and application policies must hold the same purposes in one order (T15)");
    }
    if (t->ekus.num == 0) {
        warn(r, "ekus is empty, by which certificates would be good for any purpose (T3): the "
                "template is not offered before it says 2.5.29.37.0 or something better");
    } else if (cepces_strings_has(t->ekus, CEPCES_OID_ANY_PURPOSE)) {
        warn(r, "ekus holds any purpose: certificates will be good for everything (T3)");
    }
    if (authenticates(t) && (t->enrollment_flags & CEPCES_ENROLL_NO_SECURITY_EXTENSION) != 0) {
        warn(r, "enrollment: no-security-extension leaves out the SID that domain controllers want "
                "in logon certificates (T11)");
    }
    if ((authenticates(t) || cepces_strings_has(t->ekus, CEPCES_OID_SERVER_AUTHENTICATION)) &&
        t->validity_secs > 2 * 366 * SECS_PER_DAY) {
        warn(r, "validity is more than two years for an authentication certificate (T22)");
    }
}

#define CA_USAGES (CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN)

static void
check_key_usage(report_t *r)
{
    const cepces_template_t *t = r->t;
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);
    uint16_t usage;

    if ((t->key_usage & CA_USAGES) != 0) {
        refuse(r, "key-usage has certificate-signing or crl-signing, which belong to CAs (T17)");
    }
    if (t->key_usage == 0 || (t->key_usage & 0x007fu) != 0) {
        refuse(r, "key-usage must name at least one usage of RFC 5280, 4.2.1.3");
        return;
    }
    usage = cepces_template_key_usage(t);
    if (algorithm != NULL && (t->key_usage & ~usage & ~CA_USAGES) != 0) {
        warn(r, "key-usage has bits that %s keys cannot serve; certificates will not carry them",
             t->key_algorithm);
    }
    if (t->key_spec.present && t->key_spec.value == 2 &&
        (usage & (CEPCES_KU_KEY_ENCIPHERMENT | CEPCES_KU_DATA_ENCIPHERMENT)) != 0) {
        warn(r, "key: spec makes signature keys, but key-usage has encipherment");
    }
}

/* --- Keys ------------------------------------------------------------------------------------- */

static void
check_algorithm(report_t *r)
{
    const cepces_template_t *t = r->t;
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);

    if (algorithm == NULL) {
        refuse(r, "key: algorithm must be RSA, ECDSA_P256, ECDSA_P384, ECDSA_P521, ECDH_P256, "
                  "ECDH_P384, ECDH_P521 or Ed25519");
        return;
    }
    if (!algorithm->windows) {
        warn(r, "key: algorithm %s is not known to stock Windows clients", t->key_algorithm);
    }
    if (algorithm->bits != 0 && t->minimal_key_length != algorithm->bits) {
        refuse(r, "key: minimum-size of %s is %u", t->key_algorithm, algorithm->bits);
    }
    if (algorithm->bits == 0 && t->minimal_key_length < 2048) {
        refuse(r, "key: minimum-size %u is below 2048 bits (T21)", t->minimal_key_length);
    } else if (algorithm->bits == 0 &&
               (t->minimal_key_length > 8192 || t->minimal_key_length % 8 != 0)) {
        refuse(r, "key: minimum-size %u is not a multiple of 8 up to 8192",
               t->minimal_key_length);
    }
    if (algorithm->bits != 0 && t->schema_version < 3) {
        warn(r, "key: algorithm %s needs schema 3 for some Windows clients",
             t->key_algorithm);
    }
}

static void
check_hash(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (t->hash_algorithm != NULL && strcmp(t->hash_algorithm, "SHA256") != 0 &&
        strcmp(t->hash_algorithm, "SHA384") != 0 && strcmp(t->hash_algorithm, "SHA512") != 0) {
        refuse(r, "request-hash must be SHA256, SHA384 or SHA512 (T21)");
    } else if (t->hash_algorithm != NULL && t->schema_version < 3) {
        warn(r, "request-hash is told to clients from schema 3 on only");
    } else if (t->hash_algorithm == NULL && t->schema_version >= 3) {
        warn(r, "request-hash is not set: certreq then signs with SHA-1, which %s",
             t->sha1_requests == CEPCES_SHA1_ACCEPT ? "this template accepts" : "is refused");
    }
    if (t->schema_version <= 2 && t->sha1_requests == CEPCES_SHA1_REFUSE) {
        warn(r, "sha1-requests refuses what clients of schema 1 and 2 send by default");
    } else if (t->schema_version >= 3 && t->sha1_requests == CEPCES_SHA1_ACCEPT) {
        warn(r, "sha1-requests accepts weak signatures although request-hash could name a good "
                "one (T21)");
    }
}

/* Providers of the older interface cannot do elliptic curves and need a key_spec; the newer ones
 * are the "key storage providers", and the one for the TPM. */
static bool
is_ksp(const char *provider)
{
    return strstr(provider, "Key Storage Provider") != NULL ||
           strcmp(provider, "Microsoft Platform Crypto Provider") == 0;
}

static void
check_provider_names(report_t *r, size_t *num_ksps, size_t *num_csps)
{
    cepces_strings_t list = r->t->crypto_providers;

    *num_ksps = *num_csps = 0;
    check_list_size(r, "key: providers", list);
    for (size_t i = 0; i < list.num && i < MAX_LIST; i++) {
        if (!cepces_syntax_text(list.items[i], 256)) {
            refuse(r, "key: providers: a name is 1 to 256 characters without control characters");
        } else if (is_ksp(list.items[i])) {
            ++*num_ksps;
        } else {
            ++*num_csps;
        }
    }
}

/* See "privateKeyFlags" in the notes on Windows clients: what does not fit ends in a legacy
 * provider and a 1024-bit key, which the CA then refuses with CERTSRV_E_KEY_LENGTH. */
static void
check_providers(report_t *r)
{
    const cepces_template_t *t = r->t;
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);
    bool rsa = algorithm != NULL && algorithm->type == CEPCES_KEY_RSA;
    size_t num_ksps, num_csps;

    check_provider_names(r, &num_ksps, &num_csps);
    if (t->key_spec.present && t->key_spec.value != 1 && t->key_spec.value != 2) {
        refuse(r, "key: spec must be exchange (1) or signature (2), or absent");
    }
    if (rsa && num_ksps + num_csps == 0) {
        warn(r, "key: providers is empty: Windows falls back to a legacy provider and a 1024-bit "
                "RSA key, which is refused");
    }
    if (rsa && num_csps > 0 && !t->key_spec.present) {
        warn(r, "key: spec is not set for a CSP: Windows falls back to a 1024-bit RSA key, which "
                "is refused");
    }
    if (num_ksps > 0 && t->key_spec.present) {
        warn(r, "key: spec is set although providers names a key storage provider, which has "
                "none");
    }
    if (num_ksps > 0 && t->schema_version < 3) {
        warn(r, "key: providers names a key storage provider, which needs schema 3");
    }
    if (algorithm != NULL && !rsa && num_csps > 0) {
        refuse(r, "key: providers names a CSP, which cannot make %s keys", t->key_algorithm);
    }
    if (t->schema_version == 4 && num_csps > 0 &&
        (t->private_key_flags & CEPCES_KEY_USE_LEGACY_PROVIDER) == 0) {
        warn(r, "key: providers names a CSP, which schema 4 uses only with the flag "
                "legacy-provider");
    }
}

static void
check_archival(report_t *r)
{
    const cepces_template_t *t = r->t;
    bool archived = (t->private_key_flags & CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL) != 0;
    const char *algorithm = t->archival_algorithm;

    if (algorithm != NULL && strcmp(algorithm, "3DES") != 0 && strcmp(algorithm, "AES128") != 0 &&
        strcmp(algorithm, "AES192") != 0 && strcmp(algorithm, "AES256") != 0) {
        refuse(r, "archival: algorithm must be 3DES, AES128, AES192 or AES256");
    }
    if (archived && algorithm == NULL) {
        refuse(r, "key: flags demand archival, but archival: algorithm is not set");
    }
    if (archived && t->key_spec.present && t->key_spec.value == 2) {
        warn(r, "key: flags archive a signature key (T21)");
    }
    if (authenticates(t) && (t->private_key_flags & CEPCES_KEY_EXPORTABLE) != 0) {
        warn(r, "key: exportable is set for a key to log on with (T21)");
    }
}

/* --- Flags ------------------------------------------------------------------------------------ */

#define NAMES_FROM_ACCOUNT \
    (CEPCES_NAME_SUBJECT_ALT_REQUIRE_DOMAIN_DNS | CEPCES_NAME_SUBJECT_ALT_REQUIRE_SPN | \
     CEPCES_NAME_SUBJECT_ALT_REQUIRE_DIRECTORY_GUID | CEPCES_NAME_SUBJECT_ALT_REQUIRE_UPN | \
     CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL | CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS | \
     CEPCES_NAME_SUBJECT_REQUIRE_DNS_AS_CN | CEPCES_NAME_SUBJECT_REQUIRE_EMAIL | \
     CEPCES_NAME_SUBJECT_REQUIRE_COMMON_NAME | CEPCES_NAME_SUBJECT_REQUIRE_DIRECTORY_PATH)

static void
check_subject_flags(report_t *r)
{
    const uint32_t email =
        CEPCES_NAME_SUBJECT_REQUIRE_EMAIL | CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL;
    uint32_t flags = r->t->subject_name_flags;
    bool supplied = (flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0;

    if (!supplied && (flags & NAMES_FROM_ACCOUNT) == 0) {
        refuse(r, "subject: gives the certificate no name at all");
    }
    if (supplied && (flags & NAMES_FROM_ACCOUNT) != 0) {
        warn(r, "subject: account attributes are named, which are not used when names are supplied "
                "in the request");
    }
    if (!supplied && (flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME) != 0) {
        warn(r, "subject: alternative-names-in-request is ignored without supplied-in-request");
    }
    if (!supplied && (flags & CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME) != 0) {
        warn(r, "subject: keep-on-renewal is ignored without supplied-in-request");
    }
    if (!supplied && (flags & email) != 0) {
        warn(r, "subject: demands an e-mail address: accounts without one cannot enroll");
    }
    if (!supplied && r->t->allow_wildcards) {
        warn(r, "wildcards has no effect on names from the account");
    }
}

static bool
autoenrolls(const cepces_template_t *t)
{
    return (t->enrollment_flags & CEPCES_ENROLL_AUTO_ENROLLMENT) != 0 ||
           (t->schema_version == 1 && (t->general_flags & CEPCES_GENERAL_AUTO_ENROLLMENT) != 0);
}

static void
check_autoenrollment(report_t *r)
{
    const cepces_template_t *t = r->t;

    if (!autoenrolls(t)) {
        return;
    }
    if (t->validity_secs < 5 * SECS_PER_DAY) {
        warn(r, "validity is under 5 days, with which autoenrollment does not renew reliably");
    }
    if (t->renewal_secs < SECS_PER_DAY) {
        warn(r, "renewal is under 1 day, with which autoenrollment does not renew reliably");
    }
    if ((t->subject_name_flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0) {
        warn(r, "autoenrollment skips the template, because of subject: supplied-in-request");
    }
    if ((t->private_key_flags & CEPCES_KEY_STRONG_PROTECTION_REQUIRED) != 0) {
        warn(r, "autoenrollment skips the template, because strong key protection asks the user");
    }
    if (t->ra_signatures > 1) {
        warn(r, "autoenrollment skips the template, because it makes at most one RA signature");
    }
}

static void
check_enrollment_flags(report_t *r)
{
    const cepces_template_t *t = r->t;

    if ((t->enrollment_flags & CEPCES_ENROLL_ALLOW_KEYBASEDRENEWAL) != 0 &&
        ((t->enrollment_flags & CEPCES_ENROLL_PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT) == 0 ||
         (t->subject_name_flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) == 0)) {
        refuse(r, "enrollment: key-based-renewal needs reenroll-by-previous-approval, and subject: "
                  "supplied-in-request (T20)");
    }
    if ((t->enrollment_flags & CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS) != 0 &&
        t->validity_secs > 7 * SECS_PER_DAY) {
        warn(r, "enrollment: no-revocation-information is set although certificates live longer "
                "than 7 days (T23)");
    }
}

static void
check_general_flags(report_t *r)
{
    const cepces_template_t *t = r->t;
    unsigned server = (t->private_key_flags & CEPCES_KEY_SERVER_VERSION_MASK) >>
                      CEPCES_KEY_SERVER_VERSION_SHIFT;
    unsigned client = (t->private_key_flags & CEPCES_KEY_CLIENT_VERSION_MASK) >>
                      CEPCES_KEY_CLIENT_VERSION_SHIFT;

    if ((t->general_flags & (CEPCES_GENERAL_IS_CA | CEPCES_GENERAL_IS_CROSS_CA)) != 0) {
        refuse(r, "general: it is a CA template; CA certificates are issued by cepcesctl "
                  "only (T17)");
    }
    if ((t->general_flags & CEPCES_GENERAL_DONOTPERSISTINDB) != 0) {
        refuse(r, "general: do-not-store gives certificates that could not be revoked (T23)");
    }
    if (client > MAX_COMPATIBILITY) {
        warn(r, "compatibility: client is %u (Windows 10, Server 2016): "
                "stock clients hide the template", client);
    }
    if (server > MAX_COMPATIBILITY) {
        warn(r, "compatibility: server is %u (Server 2016): stock clients "
                "hide the template", server);
    }
    if (t->ra_signatures == 0 &&
        (t->ra_application_policies.num > 0 || t->ra_issuance_policies.num > 0)) {
        warn(r, "registration-authority: policies have no effect while signatures is 0");
    }
}

void
cepces_template_check(const cepces_finding_t **out, size_t *num, const cepces_template_t *t,
                      apr_pool_t *p)
{
    static void (*const checks[])(report_t *) = {
        check_name,           check_version,          check_validity,      check_lists,
        check_purposes,       check_algorithm,        check_hash,          check_providers,
        check_key_usage,      check_archival,         check_subject_flags,
        check_autoenrollment, check_enrollment_flags, check_general_flags,
    };
    report_t r = {t, apr_array_make(p, 4, sizeof(cepces_finding_t)), p};

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        checks[i](&r);
    }
    *out = (const cepces_finding_t *)r.findings->elts;
    *num = (size_t)r.findings->nelts;
}
