/* The self-check before the CA key is used (rule S5). A TBSCertificate is decoded again by
 * OpenSSL's own templates, which share nothing with our encoder, and compared with the plan field
 * by field: what is not exactly what was decided is never signed. */
#include "ca/internal.h"

#include <apr_strings.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>

/* TBSCertificate (RFC 5280, 4.1) without unique identifiers, which we never write. Not d2i_X509:
 * that makes a key object of the public key, which takes longer than a signature. */
typedef struct {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *bits;
} SPKI;

typedef struct {
    ASN1_INTEGER *version;
    ASN1_INTEGER *serial;
    X509_ALGOR *algorithm;
    X509_NAME *issuer;
    X509_VAL *validity;
    X509_NAME *subject;
    SPKI *key;
    STACK_OF(X509_EXTENSION) *extensions;
} TBS;

ASN1_SEQUENCE(SPKI) = {
    ASN1_SIMPLE(SPKI, algorithm, X509_ALGOR),
    ASN1_SIMPLE(SPKI, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(SPKI)

ASN1_SEQUENCE(TBS) = {
    ASN1_EXP(TBS, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(TBS, serial, ASN1_INTEGER),
    ASN1_SIMPLE(TBS, algorithm, X509_ALGOR),
    ASN1_SIMPLE(TBS, issuer, X509_NAME),
    ASN1_SIMPLE(TBS, validity, X509_VAL),
    ASN1_SIMPLE(TBS, subject, X509_NAME),
    ASN1_SIMPLE(TBS, key, SPKI),
    ASN1_EXP_SEQUENCE_OF(TBS, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(TBS)

/* What one check looks at: a certificate in the making, what it should say, and the extension in
 * question. */
typedef struct {
    const cepces_lint_t *expected;
    const TBS *tbs;
    X509_EXTENSION *extension;
    const char *oid;
    const void *value; /* of the extension, decoded */
    apr_pool_t *p;
} view_t;

static cepces_status_t
wrong(cepces_error_t *err, const char *what)
{
    ERR_clear_error();
    return cepces_error_rule(err, CEPCES_E_INTERNAL, "S5", "self-check before signing: %s", what);
}

static cepces_bytes_t
string_bytes(const ASN1_STRING *s)
{
    return cepces_bytes(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static bool
holds(const ASN1_STRING *s, cepces_bytes_t bytes)
{
    return s != NULL && cepces_bytes_equal(string_bytes(s), bytes);
}

static cepces_bytes_t
value_of(const view_t *v)
{
    return string_bytes(X509_EXTENSION_get_data(v->extension));
}

/* --- Fields ----------------------------------------------------------------------------------- */

/* Whether |value| is encoded as |der|: OpenSSL reads more than DER, but writes nothing else. */
static bool
encodes_to(const void *value, const ASN1_ITEM *item, cepces_bytes_t der)
{
    unsigned char *again = NULL;
    int len = ASN1_item_i2d((const ASN1_VALUE *)value, &again, item);
    bool same = len > 0 && cepces_bytes_equal(cepces_bytes(again, (size_t)len), der);

    OPENSSL_free(again);
    return same;
}

static bool
name_is(const X509_NAME *name, cepces_bytes_t der)
{
    const unsigned char *bytes;
    size_t len;

    return X509_NAME_get0_der(name, &bytes, &len) == 1 &&
           cepces_bytes_equal(cepces_bytes(bytes, len), der);
}

/* Rule S2, and the form of RFC 5280, 4.1.2.2. */
static bool
serial_is_good(const ASN1_INTEGER *serial, cepces_bytes_t expected)
{
    cepces_bytes_t octets = string_bytes(serial);

    return ASN1_STRING_type(serial) == V_ASN1_INTEGER && octets.len == CEPCES_CA_SERIAL_LEN &&
           octets.data[0] > 0 && octets.data[0] < 0x80 && cepces_bytes_equal(octets, expected);
}

/* Rule V54: the time meant, in the form its year demands. */
static bool
time_is(const ASN1_TIME *t, apr_time_t expected)
{
    const apr_time_t year_2050 = apr_time_from_sec(INT64_C(2524608000));
    apr_time_t decoded;

    return cepces_asn1_time_get(&decoded, t, NULL) == CEPCES_OK && decoded == expected &&
           ASN1_STRING_type(t) ==
               (expected < year_2050 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME);
}

/* The issuer is taken from the CA certificate itself (rule V57), the rest from plan or profile. */
static cepces_status_t
check_fields(const view_t *v, cepces_error_t *err)
{
    const cepces_lint_t *e = v->expected;
    bool leaf = e->plan != NULL;
    cepces_bytes_t subject = leaf ? e->plan->subject_der : e->subject;
    apr_time_t not_before = leaf ? e->plan->not_before : e->profile->not_before;
    apr_time_t not_after = leaf ? e->plan->not_after : e->not_after;
    cepces_bytes_t issuer = subject;

    if (e->signer != NULL &&
        cepces_name_der(&issuer, X509_get_subject_name(e->signer->certificate), v->p, err) !=
            CEPCES_OK) {
        return wrong(err, "the CA certificate has no subject");
    }
    if (ASN1_INTEGER_get(v->tbs->version) != X509_VERSION_3) {
        return wrong(err, "the version is not 3");
    }
    if (!serial_is_good(v->tbs->serial, e->serial)) {
        return wrong(err, "the serial number is not 16 octets, positive and fresh");
    }
    if (!encodes_to(v->tbs->algorithm, ASN1_ITEM_rptr(X509_ALGOR), e->algorithm)) {
        return wrong(err, "the signature algorithm is not that of the CA key");
    }
    if (!name_is(v->tbs->issuer, issuer)) {
        return wrong(err, "the issuer is not the subject of the CA certificate");
    }
    if (!name_is(v->tbs->subject, subject)) {
        return wrong(err, "the subject is not the planned one");
    }
    if (!encodes_to(v->tbs->key, ASN1_ITEM_rptr(SPKI), leaf ? e->plan->key->spki : e->spki)) {
        return wrong(err, "the public key is not the requested one");
    }
    if (!time_is(v->tbs->validity->notBefore, not_before) ||
        !time_is(v->tbs->validity->notAfter, not_after) || not_before >= not_after) {
        return wrong(err, "the validity is not the planned one, or empty");
    }
    if (e->signer != NULL && not_after > e->signer->not_after) {
        return wrong(err, "the certificate would outlive its CA");
    }
    return CEPCES_OK;
}

/* --- Extensions ------------------------------------------------------------------------------- */

static bool
oids_are(const STACK_OF(ASN1_OBJECT) *decoded, cepces_strings_t expected, apr_pool_t *p)
{
    if (decoded == NULL || (size_t)sk_ASN1_OBJECT_num(decoded) != expected.num) {
        return false;
    }
    for (size_t i = 0; i < expected.num; i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(decoded, (int)i);

        if (strcmp(cepces_oid_text(oid, p), expected.items[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool
uris_are(const GENERAL_NAMES *names, cepces_strings_t urls)
{
    if (names == NULL || (size_t)sk_GENERAL_NAME_num(names) != urls.num) {
        return false;
    }
    for (size_t i = 0; i < urls.num; i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, (int)i);

        if (n->type != GEN_URI ||
            !holds(n->d.uniformResourceIdentifier, cepces_bytes_str(urls.items[i]))) {
            return false;
        }
    }
    return true;
}

static bool
check_ski(const view_t *v)
{
    return holds((const ASN1_OCTET_STRING *)v->value,
                 cepces_sha1(string_bytes(v->tbs->key->bits), v->p));
}

static bool
check_aki(const view_t *v)
{
    const AUTHORITY_KEYID *aki = (const AUTHORITY_KEYID *)v->value;

    return v->expected->signer != NULL && aki->issuer == NULL && aki->serial == NULL &&
           holds(aki->keyid, v->expected->signer->ski);
}

static bool
check_cdp(const view_t *v)
{
    const CRL_DIST_POINTS *points = (const CRL_DIST_POINTS *)v->value;
    const DIST_POINT *point;

    if (v->expected->signer == NULL || sk_DIST_POINT_num(points) != 1) {
        return false;
    }
    point = sk_DIST_POINT_value(points, 0);
    return point->reasons == NULL && point->CRLissuer == NULL && point->distpoint != NULL &&
           point->distpoint->type == 0 &&
           uris_are(point->distpoint->name.fullname, v->expected->signer->cdp_urls);
}

static bool
check_aia(const view_t *v)
{
    const AUTHORITY_INFO_ACCESS *aia = (const AUTHORITY_INFO_ACCESS *)v->value;
    const cepces_signer_t *signer = v->expected->signer;

    if (signer == NULL || (size_t)sk_ACCESS_DESCRIPTION_num(aia) != signer->aia_urls.num) {
        return false;
    }
    for (size_t i = 0; i < signer->aia_urls.num; i++) {
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia, (int)i);

        if (!cepces_oid_is(d->method, CEPCES_OID_CA_ISSUERS) || d->location->type != GEN_URI ||
            !holds(d->location->d.uniformResourceIdentifier,
                   cepces_bytes_str(signer->aia_urls.items[i]))) {
            return false;
        }
    }
    return true;
}

/* IA5String: what is not ASCII would be read differently by every client. */
static bool
ia5_is(const ASN1_IA5STRING *s, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80 || (unsigned char)*c <= 0x20) {
            return false;
        }
    }
    return *text != '\0' && holds(s, cepces_bytes_str(text));
}

static bool
other_name_is(const GENERAL_NAME *n, const char *oid, int type, cepces_bytes_t value)
{
    return n->type == GEN_OTHERNAME && cepces_oid_is(n->d.otherName->type_id, oid) &&
           n->d.otherName->value->type == type && value.len > 0 &&
           holds(n->d.otherName->value->value.asn1_string, value);
}

static bool
san_is(const GENERAL_NAME *n, const cepces_san_t *san)
{
    switch (san->kind) {
    case CEPCES_SAN_DNS:
        return n->type == GEN_DNS && ia5_is(n->d.dNSName, san->text);
    case CEPCES_SAN_EMAIL:
        return n->type == GEN_EMAIL && ia5_is(n->d.rfc822Name, san->text);
    case CEPCES_SAN_URI:
        return n->type == GEN_URI && ia5_is(n->d.uniformResourceIdentifier, san->text);
    case CEPCES_SAN_IP:
        return n->type == GEN_IPADD && (san->octets.len == 4 || san->octets.len == 16) &&
               holds(n->d.iPAddress, san->octets);
    case CEPCES_SAN_UPN:
        return other_name_is(n, CEPCES_OID_UPN, V_ASN1_UTF8STRING, cepces_bytes_str(san->text));
    case CEPCES_SAN_GUID:
        return san->octets.len == 16 &&
               other_name_is(n, CEPCES_OID_DIRECTORY_GUID, V_ASN1_OCTET_STRING, san->octets);
    case CEPCES_SAN_OTHER:
        break;
    }
    return false;
}

static bool
check_san(const view_t *v)
{
    const cepces_plan_t *plan = v->expected->plan;
    const GENERAL_NAMES *names = (const GENERAL_NAMES *)v->value;

    if ((size_t)sk_GENERAL_NAME_num(names) != plan->num_sans ||
        (X509_EXTENSION_get_critical(v->extension) != 0) != plan->san_critical) {
        return false;
    }
    for (size_t i = 0; i < plan->num_sans; i++) {
        if (!san_is(sk_GENERAL_NAME_value(names, (int)i), &plan->sans[i])) {
            return false;
        }
    }
    return true;
}

static bool
check_sid(const view_t *v)
{
    const GENERAL_NAMES *names = (const GENERAL_NAMES *)v->value;
    const char *sid = v->expected->plan->sid;

    return sid != NULL && sk_GENERAL_NAME_num(names) == 1 &&
           other_name_is(sk_GENERAL_NAME_value(names, 0), CEPCES_OID_OBJECT_SID,
                         V_ASN1_OCTET_STRING, cepces_bytes_str(sid));
}

static bool
check_smime(const view_t *v)
{
    return cepces_bytes_equal(value_of(v), v->expected->plan->smime_capabilities);
}

/* The usages of a CA are never an end entity's; a CA has exactly its three: octet 0x86. */
static bool
check_key_usage(const view_t *v)
{
    cepces_bytes_t octets = string_bytes((const ASN1_BIT_STRING *)v->value);

    if (octets.len == 0) {
        return false;
    }
    if (v->expected->plan == NULL) {
        return octets.len == 1 &&
               octets.data[0] == (KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    }
    return octets.len <= 2 && (octets.data[0] & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0;
}

static bool
check_eku(const view_t *v)
{
    return oids_are((const EXTENDED_KEY_USAGE *)v->value, v->expected->plan->tmpl->ekus, v->p);
}

/* Rule T15: application policies are the template's, as the extended key usage is. */
static bool
check_application_policies(const view_t *v)
{
    const CERTIFICATEPOLICIES *policies = (const CERTIFICATEPOLICIES *)v->value;
    cepces_strings_t planned = v->expected->plan->tmpl->application_policies;

    if ((size_t)sk_POLICYINFO_num(policies) != planned.num) {
        return false;
    }
    for (size_t i = 0; i < planned.num; i++) {
        const POLICYINFO *policy = sk_POLICYINFO_value(policies, (int)i);

        if (policy->qualifiers != NULL ||
            strcmp(cepces_oid_text(policy->policyid, v->p), planned.items[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool
check_basic_constraints(const view_t *v)
{
    const BASIC_CONSTRAINTS *bc = (const BASIC_CONSTRAINTS *)v->value;
    const cepces_ca_profile_t *profile = v->expected->profile;

    if (profile == NULL) {
        return bc->ca == 0 && bc->pathlen == NULL;
    }
    if (profile->path_len < 0) {
        return bc->ca != 0 && bc->pathlen == NULL;
    }
    return bc->ca != 0 && bc->pathlen != NULL && ASN1_INTEGER_get(bc->pathlen) == profile->path_len;
}

static bool
check_ca_version(const view_t *v)
{
    return ASN1_INTEGER_get((const ASN1_INTEGER *)v->value) == v->expected->profile->generation;
}

/* Every extension we may sign: who has it, whether it may be critical, and what it has to say. */
typedef enum { FROM_CA, FROM_TEMPLATE, FROM_NAMES } source_t;
typedef enum { NEVER, ALWAYS, AS_PLANNED } critical_t;

#define LEAF 1u
#define AUTHORITY 2u

static const struct {
    const char *oid;
    unsigned bearers;
    source_t source; /* of a leaf's: FROM_TEMPLATE has to be the very bytes of the plan */
    critical_t critical;
    ASN1_ITEM_EXP *item; /* its ASN.1; NULL with |check| NULL or for bytes that are compared */
    bool (*check)(const view_t *v); /* NULL: the plan's bytes are all there is to say */
} rows[] = {
    {CEPCES_OID_SUBJECT_KEY_IDENTIFIER, LEAF | AUTHORITY, FROM_CA, NEVER,
     ASN1_ITEM_ref(ASN1_OCTET_STRING), check_ski},
    {CEPCES_OID_AUTHORITY_KEY_IDENTIFIER, LEAF | AUTHORITY, FROM_CA, NEVER,
     ASN1_ITEM_ref(AUTHORITY_KEYID), check_aki},
    {CEPCES_OID_CRL_DISTRIBUTION_POINTS, LEAF | AUTHORITY, FROM_CA, NEVER,
     ASN1_ITEM_ref(CRL_DIST_POINTS), check_cdp},
    {CEPCES_OID_AUTHORITY_INFO_ACCESS, LEAF | AUTHORITY, FROM_CA, NEVER,
     ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS), check_aia},
    {CEPCES_OID_CA_VERSION, AUTHORITY, FROM_CA, NEVER, ASN1_ITEM_ref(ASN1_INTEGER),
     check_ca_version},
    {CEPCES_OID_KEY_USAGE, AUTHORITY, FROM_CA, ALWAYS, ASN1_ITEM_ref(ASN1_BIT_STRING),
     check_key_usage},
    {CEPCES_OID_BASIC_CONSTRAINTS, AUTHORITY, FROM_CA, ALWAYS, ASN1_ITEM_ref(BASIC_CONSTRAINTS),
     check_basic_constraints},
    {CEPCES_OID_TEMPLATE_NAME, LEAF, FROM_TEMPLATE, AS_PLANNED, NULL, NULL},
    {CEPCES_OID_TEMPLATE_INFORMATION, LEAF, FROM_TEMPLATE, AS_PLANNED, NULL, NULL},
    {CEPCES_OID_KEY_USAGE, LEAF, FROM_TEMPLATE, AS_PLANNED, ASN1_ITEM_ref(ASN1_BIT_STRING),
     check_key_usage},
    {CEPCES_OID_EXTENDED_KEY_USAGE, LEAF, FROM_TEMPLATE, AS_PLANNED,
     ASN1_ITEM_ref(EXTENDED_KEY_USAGE), check_eku},
    {CEPCES_OID_APPLICATION_POLICIES, LEAF, FROM_TEMPLATE, AS_PLANNED,
     ASN1_ITEM_ref(CERTIFICATEPOLICIES), check_application_policies},
    {CEPCES_OID_CERTIFICATE_POLICIES, LEAF, FROM_TEMPLATE, AS_PLANNED, NULL, NULL},
    {CEPCES_OID_BASIC_CONSTRAINTS, LEAF, FROM_TEMPLATE, AS_PLANNED,
     ASN1_ITEM_ref(BASIC_CONSTRAINTS), check_basic_constraints},
    {CEPCES_OID_OCSP_NO_CHECK, LEAF, FROM_TEMPLATE, AS_PLANNED, NULL, NULL},
    {CEPCES_OID_SUBJECT_ALT_NAME, LEAF, FROM_NAMES, AS_PLANNED, ASN1_ITEM_ref(GENERAL_NAMES),
     check_san},
    {CEPCES_OID_SID_EXTENSION, LEAF, FROM_NAMES, NEVER, ASN1_ITEM_ref(GENERAL_NAMES), check_sid},
    {CEPCES_OID_SMIME_CAPABILITIES, LEAF, FROM_NAMES, NEVER, NULL, check_smime},
};
#define NUM_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Exactly one extension of the plan has this OID, and it says the same. */
static bool
is_in_plan(const view_t *v)
{
    const cepces_plan_t *plan = v->expected->plan;
    bool critical = X509_EXTENSION_get_critical(v->extension) != 0;
    size_t found = 0, same = 0;

    for (size_t i = 0; i < plan->num_extensions; i++) {
        const cepces_template_extension_t *e = &plan->extensions[i];

        if (strcmp(e->oid, v->oid) == 0) {
            found++;
            same += e->critical == critical && cepces_bytes_equal(e->value, value_of(v));
        }
    }
    return found == 1 && same == 1;
}

/* Decodes the value and has it checked. */
static bool
value_is_good(const view_t *v, size_t row)
{
    const ASN1_ITEM *item = ASN1_ITEM_ptr(rows[row].item);
    view_t with_value = *v;
    void *value = NULL;
    bool good;

    if (cepces_pki_decode(&value, value_of(v), item, NULL) != CEPCES_OK) {
        return false;
    }
    with_value.value = value;
    good = encodes_to(value, item, value_of(v)) && rows[row].check(&with_value);
    ASN1_item_free((ASN1_VALUE *)value, item);
    return good;
}

static bool
says_what_it_should(const view_t *v, size_t row)
{
    if (rows[row].check == NULL) {
        return true;
    }
    return rows[row].item == NULL ? rows[row].check(v) : value_is_good(v, row);
}

static cepces_status_t
check_extension(const view_t *v, cepces_error_t *err)
{
    unsigned bearer = v->expected->plan != NULL ? LEAF : AUTHORITY;
    bool critical = X509_EXTENSION_get_critical(v->extension) != 0;
    size_t row = 0;

    while (row < NUM_ROWS &&
           (strcmp(rows[row].oid, v->oid) != 0 || (rows[row].bearers & bearer) == 0)) {
        row++;
    }
    if (row == NUM_ROWS) {
        return wrong(err, apr_psprintf(v->p, "extension %s is not one we issue", v->oid));
    }
    if (cepces_der_check(value_of(v), NULL) != CEPCES_OK) {
        return wrong(err, apr_psprintf(v->p, "extension %s is not DER", v->oid));
    }
    if ((rows[row].critical == NEVER && critical) || (rows[row].critical == ALWAYS && !critical)) {
        return wrong(err, apr_psprintf(v->p, "extension %s has the wrong criticality", v->oid));
    }
    if (rows[row].source == FROM_TEMPLATE && !is_in_plan(v)) {
        return wrong(err, apr_psprintf(v->p, "extension %s is not as planned", v->oid));
    }
    if (!says_what_it_should(v, row)) {
        return wrong(err, apr_psprintf(v->p, "extension %s does not say what it should", v->oid));
    }
    return CEPCES_OK;
}

/* How many extensions there have to be; with no duplicates and each of them known, the set is
 * exact. */
static size_t
expected_number(const cepces_lint_t *e)
{
    bool has_cdp = e->signer != NULL && e->signer->cdp_urls.num > 0;
    bool has_aia = e->signer != NULL && e->signer->aia_urls.num > 0;
    const cepces_plan_t *plan = e->plan;

    if (plan == NULL) { /* SKI, CA version, key usage, basic constraints; AKI unless it is a root */
        return 4u + (e->signer != NULL) + has_cdp + has_aia;
    }
    return 2u + (has_cdp && plan->revocation_info) + has_aia + plan->num_extensions +
           (plan->num_sans > 0) + (plan->sid != NULL) + (plan->smime_capabilities.len > 0);
}

static cepces_status_t
check_extensions(view_t *v, cepces_error_t *err)
{
    int num = sk_X509_EXTENSION_num(v->tbs->extensions);

    if ((size_t)num != expected_number(v->expected)) {
        return wrong(err, "there are extensions too many or too few");
    }
    for (int i = 0; i < num; i++) {
        const ASN1_OBJECT *object;
        cepces_status_t st;

        v->extension = sk_X509_EXTENSION_value(v->tbs->extensions, i);
        object = X509_EXTENSION_get_object(v->extension);
        v->oid = cepces_oid_text(object, v->p);
        if (X509v3_get_ext_by_OBJ(v->tbs->extensions, object, i) != -1) {
            return wrong(err, apr_psprintf(v->p, "extension %s is there twice", v->oid));
        }
        st = check_extension(v, err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    return CEPCES_OK;
}

/* What follows from several parts together. */
static cepces_status_t
check_leaf(const view_t *v, cepces_error_t *err)
{
    const cepces_plan_t *plan = v->expected->plan;
    const STACK_OF(X509_EXTENSION) *list = v->tbs->extensions;
    int san = X509v3_get_ext_by_NID(list, NID_subject_alt_name, -1);

    if (X509_NAME_entry_count(v->tbs->subject) == 0 && /* RFC 5280, 4.2.1.6 */
        (san < 0 || !X509_EXTENSION_get_critical(X509v3_get_ext(list, san)))) {
        return wrong(err, "an empty subject needs critical alternative names");
    }
    if (plan->tmpl->ekus.num > 0 && X509v3_get_ext_by_NID(list, NID_ext_key_usage, -1) < 0) {
        return wrong(err, "the extended key usage of the template is missing"); /* T3 */
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_ca_lint(cepces_bytes_t tbs, const cepces_lint_t *expected, apr_pool_t *p,
               cepces_error_t *err)
{
    view_t v = {.expected = expected, .p = p};
    void *decoded = NULL;
    cepces_status_t st = CEPCES_OK;

    ERR_clear_error();
    if (cepces_pki_decode(&decoded, tbs, ASN1_ITEM_rptr(TBS), err) != CEPCES_OK) {
        return wrong(err, "it cannot be decoded");
    }
    v.tbs = (const TBS *)decoded;
    if (!encodes_to(decoded, ASN1_ITEM_rptr(TBS), tbs)) {
        st = wrong(err, "it is not DER");
    }
    if (st == CEPCES_OK) {
        st = check_fields(&v, err);
    }
    if (st == CEPCES_OK) {
        st = check_extensions(&v, err);
    }
    if (st == CEPCES_OK && expected->plan != NULL) {
        st = check_leaf(&v, err);
    }
    ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(TBS));
    return st;
}
