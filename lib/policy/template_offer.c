/* Whether a stored template is offered, and whether two templates are the same to the outside. */
#include "policy/internal.h"

/* --- What this version cannot do yet ---------------------------------------------------------- */

static const struct {
    size_t offset;
    uint32_t flags;
    const char *reason;
} withheld[] = {
    {offsetof(cepces_template_t, enrollment_flags), CEPCES_ENROLL_PEND_ALL_REQUESTS,
     "the template demands a manager's approval, which this version cannot wait for"},
    {offsetof(cepces_template_t, private_key_flags), CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL,
     "the template demands key archival, which this version does not do"},
    {offsetof(cepces_template_t, private_key_flags),
     CEPCES_KEY_ATTEST_REQUIRED | CEPCES_KEY_ATTEST_PREFERRED,
     "the template demands key attestation, which this version does not verify"},
    {offsetof(cepces_template_t, private_key_flags), CEPCES_KEY_HELLO_LOGON_KEY,
     "the template is for Windows Hello logon keys, which this version does not know"},
    {offsetof(cepces_template_t, enrollment_flags), CEPCES_ENROLL_PUBLISH_TO_KRA_CONTAINER,
     "the template is for key recovery agents, which this version does not have"},
    {offsetof(cepces_template_t, general_flags), CEPCES_GENERAL_IS_CA | CEPCES_GENERAL_IS_CROSS_CA,
     "the template is for CA certificates, which are issued by cepcesctl only"},
    {offsetof(cepces_template_t, general_flags), CEPCES_GENERAL_DONOTPERSISTINDB,
     "the template asks not to store certificates, which could then not be revoked"},
};

static uint32_t
flags_at(const cepces_template_t *t, size_t offset)
{
    uint32_t flags;

    memcpy(&flags, (const char *)t + offset, sizeof(flags));
    return flags;
}

/* Rules that a stored template should satisfy and that issuance relies on: a template that reached
 * the database by another way than cepcesctl never becomes dangerous. */
static const char *
unsafe(const cepces_template_t *t)
{
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);

    if (algorithm == NULL) {
        return "the template names no key algorithm this version knows";
    }
    if (algorithm->type == CEPCES_KEY_RSA && t->minimal_key_length < 2048) {
        return "the template allows RSA keys of less than 2048 bits";
    }
    if (t->ekus.num == 0) {
        return "the template names no purpose (extended key usage), which would allow every one";
    }
    if (!cepces_strings_equal(t->ekus, t->application_policies)) {
        return "the template's application policies differ from its extended key usage";
    }
    if ((t->key_usage & (CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN)) != 0) {
        return "the template gives key usages that belong to CAs";
    }
    if (t->oid == NULL || !cepces_syntax_oid(t->oid) || t->schema_version < 1 ||
        t->schema_version > 4) {
        return "the template has no valid object identifier or schema version";
    }
    return NULL;
}

const char *
cepces_template_unoffered(const cepces_template_t *t)
{
    if (!t->enabled) {
        return "the template is disabled";
    }
    for (size_t i = 0; i < sizeof(withheld) / sizeof(withheld[0]); i++) {
        if ((flags_at(t, withheld[i].offset) & withheld[i].flags) != 0) {
            return withheld[i].reason;
        }
    }
    if (t->ra_signatures > 0) {
        return "the template demands signatures of registration authorities, which this version "
               "does "
               "not verify";
    }
    return unsafe(t);
}

/* --- Equality --------------------------------------------------------------------------------- */

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_optional(cepces_optional_t a, cepces_optional_t b)
{
    return a.present == b.present && (!a.present || a.value == b.value);
}

static bool
same_identity(const cepces_template_t *a, const cepces_template_t *b)
{
    return same_text(a->name, b->name) && same_text(a->oid, b->oid) &&
           same_text(a->display_name, b->display_name) && a->schema_version == b->schema_version &&
           a->general_flags == b->general_flags && a->enrollment_flags == b->enrollment_flags &&
           a->private_key_flags == b->private_key_flags &&
           a->subject_name_flags == b->subject_name_flags && a->enabled == b->enabled &&
           a->validity_secs == b->validity_secs && a->renewal_secs == b->renewal_secs;
}

static bool
same_key_settings(const cepces_template_t *a, const cepces_template_t *b)
{
    return same_optional(a->key_spec, b->key_spec) &&
           same_optional(a->key_usage_property, b->key_usage_property) &&
           same_text(a->key_permissions, b->key_permissions) &&
           same_text(a->key_algorithm, b->key_algorithm) &&
           a->minimal_key_length == b->minimal_key_length &&
           same_text(a->hash_algorithm, b->hash_algorithm) &&
           cepces_strings_equal(a->crypto_providers, b->crypto_providers) &&
           same_text(a->archival_algorithm, b->archival_algorithm) &&
           a->archival_key_length == b->archival_key_length && a->sha1_requests == b->sha1_requests;
}

static bool
same_extensions(const cepces_template_t *a, const cepces_template_t *b)
{
    return cepces_strings_equal(a->ekus, b->ekus) &&
           cepces_strings_equal(a->application_policies, b->application_policies) &&
           cepces_strings_equal(a->issuance_policies, b->issuance_policies) &&
           a->key_usage == b->key_usage &&
           cepces_strings_equal(a->critical_extensions, b->critical_extensions) &&
           a->allow_wildcards == b->allow_wildcards && a->strict_extensions == b->strict_extensions;
}

bool
cepces_template_same(const cepces_template_t *a, const cepces_template_t *b)
{
    return same_identity(a, b) && same_key_settings(a, b) && same_extensions(a, b) &&
           cepces_strings_equal(a->superseded, b->superseded) &&
           a->ra_signatures == b->ra_signatures &&
           cepces_strings_equal(a->ra_application_policies, b->ra_application_policies) &&
           cepces_strings_equal(a->ra_issuance_policies, b->ra_issuance_policies);
}
