/* Certificates of CAs. They are never made on behalf of a client: an administrator's command leads
 * here (rule T17). */
#include "ca/internal.h"

#include "pki/msext.h"

#define MAX_PATH_LEN 32

static cepces_status_t
invalid(cepces_error_t *err, const char *what)
{
    return cepces_error_set(err, CEPCES_E_INVALID, "%s", what);
}

static cepces_status_t
check_profile(const cepces_ca_profile_t *profile, EVP_PKEY *key, cepces_error_t *err)
{
    if (profile->not_before >= profile->not_after) {
        return invalid(err, "the validity of the CA certificate is empty");
    }
    if (profile->path_len < -1 || profile->path_len > MAX_PATH_LEN) {
        return invalid(err, "the path length must be from -1 (no limit) to 32");
    }
    if (profile->generation < 0) {
        return invalid(err, "the generation of the CA is negative");
    }
    return cepces_ca_key_check(key, err);
}

static cepces_status_t
subject_der(cepces_bytes_t *out, const char *text, apr_pool_t *p, cepces_error_t *err)
{
    X509_NAME *name = NULL;
    cepces_status_t st = cepces_name_parse_ldap(&name, text, p, err);

    if (st == CEPCES_OK && X509_NAME_entry_count(name) == 0) {
        st = invalid(err, "the subject of a CA must not be empty");
    }
    if (st == CEPCES_OK) {
        st = cepces_name_der(out, name, p, err);
    }
    X509_NAME_free(name);
    return st == CEPCES_OK || st == CEPCES_E_INVALID
               ? st
               : cepces_error_wrap(err, CEPCES_E_INVALID, "subject \"%s\"", text);
}

/* RFC 5280, 4.2.1.9. */
static void
add_basic_constraints(cepces_der_t *der, int path_len)
{
    cepces_der_extension_t ext =
        cepces_der_begin_extension(der, CEPCES_OID_BASIC_CONSTRAINTS, true);
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add(der, CEPCES_DER_BOOLEAN, cepces_bytes("\xff", 1));
    if (path_len >= 0) {
        cepces_der_add_uint(der, (uint64_t)path_len);
    }
    cepces_der_end(der, seq);
    cepces_der_end_extension(der, ext);
}

static cepces_status_t
add_key_usage(cepces_der_t *der, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t value;
    cepces_der_extension_t ext;
    cepces_status_t st = cepces_msext_key_usage(
        &value, CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN, p, err);

    if (st == CEPCES_OK) {
        ext = cepces_der_begin_extension(der, CEPCES_OID_KEY_USAGE, true);
        cepces_der_add_raw(der, value);
        cepces_der_end_extension(der, ext);
    }
    return st;
}

/* [MS-WCCE] 2.2.2.7.3: which key and certificate of the CA this is. */
static void
add_ca_version(cepces_der_t *der, int generation)
{
    cepces_der_extension_t ext = cepces_der_begin_extension(der, CEPCES_OID_CA_VERSION, false);

    cepces_der_add_uint(der, (uint64_t)generation);
    cepces_der_end_extension(der, ext);
}

static cepces_status_t
extensions(cepces_bytes_t *out, const cepces_ca_profile_t *profile, cepces_bytes_t ski,
           const cepces_signer_t *issuer, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    cepces_status_t st;

    cepces_der_init(&der, 512, CEPCES_CA_MAX_CERTIFICATE_LEN, p);
    cepces_profile_add_ski(&der, ski);
    if (issuer != NULL) {
        cepces_der_add_raw(&der, issuer->aki);
        cepces_der_add_raw(&der, issuer->cdp);
        cepces_der_add_raw(&der, issuer->aia);
    }
    add_ca_version(&der, profile->generation);
    st = add_key_usage(&der, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    add_basic_constraints(&der, profile->path_len);
    return cepces_der_finish(out, &der, err);
}

/* Makes the certificate of |key|, signed with |signing_key|: its own, or that of |issuer|. */
static cepces_status_t
make(cepces_issued_t *out, const cepces_ca_profile_t *profile, EVP_PKEY *key,
     const cepces_signing_key_t *signing_key, const cepces_signer_t *issuer, apr_pool_t *p,
     cepces_error_t *err)
{
    cepces_lint_t expected = {.profile = profile, .signer = issuer};
    cepces_tbs_t tbs = {.algorithm = signing_key->algorithm, .not_before = profile->not_before};
    cepces_key_t facts;
    cepces_status_t st = subject_der(&tbs.subject, profile->subject, p, err);

    if (st == CEPCES_OK) {
        st = cepces_ca_key_spki(&tbs.spki, key, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_key_decode(&facts, tbs.spki, p, err);
    }
    if (st == CEPCES_OK) {
        st = extensions(&tbs.extensions, profile, facts.ski, issuer, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_ca_serial(&tbs.serial, p, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    tbs.issuer = issuer == NULL ? tbs.subject : issuer->subject;
    tbs.not_after = profile->not_after;
    if (issuer != NULL && issuer->not_after < tbs.not_after) { /* V54 */
        tbs.not_after = issuer->not_after;
    }
    expected.serial = tbs.serial;
    expected.algorithm = tbs.algorithm;
    expected.subject = tbs.subject;
    expected.spki = tbs.spki;
    expected.not_after = tbs.not_after;
    return cepces_ca_certify(out, &tbs, &expected, signing_key, p, err);
}

cepces_status_t
cepces_ca_make_root(cepces_bytes_t *out, const cepces_ca_profile_t *profile, EVP_PKEY *key,
                    apr_pool_t *p, cepces_error_t *err)
{
    cepces_signing_key_t signing_key;
    cepces_issued_t issued;
    cepces_status_t st = check_profile(profile, key, err);

    if (st == CEPCES_OK) {
        st = cepces_signing_key_init(&signing_key, key, key, p, err);
    }
    if (st == CEPCES_OK) {
        st = make(&issued, profile, key, &signing_key, NULL, p, err);
    }
    if (st == CEPCES_OK) {
        *out = issued.der;
    }
    return st;
}

/* What would make a chain that no client accepts is refused here, in words an administrator
 * understands. */
static cepces_status_t
check_issuer(const cepces_ca_profile_t *profile, EVP_PKEY *key, const cepces_signer_t *issuer,
             cepces_error_t *err)
{
    if (X509_get_pathlen(issuer->certificate) == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "CA %s may not sign other CAs: its path length is 0", issuer->name);
    }
    if (profile->not_before >= issuer->not_after) {
        return cepces_error_set(err, CEPCES_E_INVALID, "CA %s has expired", issuer->name);
    }
    if (EVP_PKEY_eq(key, issuer->key.public_key) == 1) {
        return cepces_error_set(err, CEPCES_E_INVALID, "the key is that of CA %s itself",
                                issuer->name);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_ca_make_subordinate(cepces_issued_t *out, const cepces_ca_profile_t *profile, EVP_PKEY *key,
                           const cepces_signer_t *issuer, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t subject;
    cepces_status_t st = check_profile(profile, key, err);

    if (st == CEPCES_OK) {
        st = check_issuer(profile, key, issuer, err);
    }
    if (st == CEPCES_OK) {
        st = subject_der(&subject, profile->subject, p, err);
    }
    if (st == CEPCES_OK && cepces_bytes_equal(subject, issuer->subject)) {
        st = invalid(err, "the subject is that of the issuer");
    }
    if (st == CEPCES_OK) {
        st = make(out, profile, key, &issuer->key, issuer, p, err);
    }
    return st;
}
