/* Key and PKCS#10, as a Windows client would make them for the template. */
#include <sys/utsname.h>

#include <apr_strings.h>
#include <apr_user.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "client/client.h"
#include "pki/oids.h"
#include "pki/write.h"

#define MAX_CLIENT_INFO_LEN 4096
#define CLIENT_ID_CERTREQ 9 /* [MS-WCCE] note 11 */

static const struct {
    const char *prefix; /* of the CNG algorithm name */
    const char *curve;
} curves[] = {
    {"ECDSA_P256", "P-256"}, {"ECDSA_P384", "P-384"}, {"ECDSA_P521", "P-521"},
    {"ECDH_P256", "P-256"},  {"ECDH_P384", "P-384"},  {"ECDH_P521", "P-521"},
};

static EVP_PKEY *
generate(const cepces_client_template_t *t)
{
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (strcmp(t->key_algorithm, curves[i].prefix) == 0) {
            return EVP_EC_gen(curves[i].curve);
        }
    }
    if (strcmp(t->key_algorithm, "Ed25519") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    if (strcmp(t->key_algorithm, "RSA") == 0) {
        return EVP_RSA_gen(t->minimal_key_length < 2048 ? 2048u : t->minimal_key_length);
    }
    return NULL;
}

cepces_status_t
cepces_client_make_key(EVP_PKEY **out, const cepces_client_template_t *t, apr_pool_t *p,
                       cepces_error_t *err)
{
    *out = generate(t);
    if (*out == NULL) {
        return cepces_pki_error(
            err, CEPCES_E_REMOTE,
            apr_psprintf(p, "template \"%s\": no key of algorithm \"%s\" and %u bits", t->name,
                         t->key_algorithm, t->minimal_key_length));
    }
    cepces_pki_adopt_key(p, *out);
    return CEPCES_OK;
}

/* --- Names ------------------------------------------------------------------------------------ */

static bool
supplies_names(const cepces_client_template_t *t)
{
    return (t->subject_name_flags & (CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT |
                                     CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME)) != 0;
}

static cepces_status_t
check_names(const cepces_client_template_t *t, const cepces_client_enroll_options_t *enroll,
            cepces_error_t *err)
{
    bool given = enroll->subject != NULL || enroll->dns_names.num > 0;

    if (given && !supplies_names(t)) {
        return cepces_error_set(
            err, CEPCES_E_INVALID,
            "template \"%s\": the server builds the names from the account; leave "
            "--subject and --dns out",
            t->name);
    }
    if (!given && supplies_names(t)) {
        return cepces_error_set(
            err, CEPCES_E_INVALID,
            "template \"%s\": the requester supplies the names; give --dns or --subject", t->name);
    }
    return CEPCES_OK;
}

/* The subject asked for, else the first DNS name as CN; empty where the server builds it. */
static cepces_status_t
set_subject(X509_REQ *req, const cepces_client_enroll_options_t *enroll, apr_pool_t *p,
            cepces_error_t *err)
{
    X509_NAME *name;
    cepces_status_t st;

    if (enroll->subject != NULL) {
        st = cepces_name_parse_ldap(&name, enroll->subject, p, err);
        if (st != CEPCES_OK) {
            return cepces_error_wrap(err, CEPCES_E_INVALID, "subject \"%s\"", enroll->subject);
        }
    } else {
        const cepces_rdn_t cn = {CEPCES_OID_COMMON_NAME, "CN",
                                 enroll->dns_names.num > 0 ? enroll->dns_names.items[0] : NULL, 0};
        cepces_bytes_t der;

        st = cepces_name_encode(&der, &cn, enroll->dns_names.num > 0 ? 1 : 0, p, err);
        if (st != CEPCES_OK || (st = cepces_name_from_der(&name, der, err)) != CEPCES_OK) {
            return st;
        }
    }
    st = X509_REQ_set_subject_name(req, name) == 1
             ? CEPCES_OK
             : cepces_pki_error(err, CEPCES_E_INTERNAL, "the request's subject");
    X509_NAME_free(name);
    return st;
}

/* --- Extensions and attributes ---------------------------------------------------------------- */

static cepces_status_t
push_extension(STACK_OF(X509_EXTENSION) * list, const char *oid, bool critical,
               cepces_bytes_t value, cepces_error_t *err)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = NULL;
    X509_EXTENSION *e = NULL;
    cepces_status_t st = cepces_oid_new(&object, oid, err);

    if (st == CEPCES_OK) {
        if (octets == NULL || ASN1_OCTET_STRING_set(octets, value.data, (int)value.len) != 1 ||
            (e = X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets)) == NULL ||
            sk_X509_EXTENSION_push(list, e) <= 0) {
            X509_EXTENSION_free(e);
            st = cepces_pki_error(err, CEPCES_E_INTERNAL, "an extension of the request");
        }
    }
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(octets);
    return st;
}

static cepces_status_t
push_sans(STACK_OF(X509_EXTENSION) * list, cepces_strings_t dns_names, apr_pool_t *p,
          cepces_error_t *err)
{
    cepces_san_t *sans = (cepces_san_t *)apr_pcalloc(p, (dns_names.num + 1) * sizeof(*sans));
    cepces_bytes_t value;
    cepces_status_t st;

    if (dns_names.num == 0) {
        return CEPCES_OK;
    }
    for (size_t i = 0; i < dns_names.num; i++) {
        sans[i] = (cepces_san_t){CEPCES_SAN_DNS, dns_names.items[i], CEPCES_NO_BYTES};
    }
    st = cepces_san_encode(&value, sans, dns_names.num, p, err);
    return st == CEPCES_OK ? push_extension(list, CEPCES_OID_SUBJECT_ALT_NAME, false, value, err)
                           : st;
}

static cepces_status_t
push_ski(STACK_OF(X509_EXTENSION) * list, const cepces_key_t *key, apr_pool_t *p,
         cepces_error_t *err)
{
    cepces_der_t der;
    cepces_bytes_t value;
    cepces_status_t st;

    cepces_der_init(&der, 32, 64, p);
    cepces_der_add(&der, CEPCES_DER_OCTET_STRING, key->ski);
    st = cepces_der_finish(&value, &der, err);
    return st == CEPCES_OK
               ? push_extension(list, CEPCES_OID_SUBJECT_KEY_IDENTIFIER, false, value, err)
               : st;
}

/* The template's extensions as the policy lists them, the key identifier, and the names. */
static cepces_status_t
add_extensions(X509_REQ *req, const cepces_key_t *key, const cepces_client_policy_t *policy,
               const cepces_client_enroll_options_t *enroll, apr_pool_t *p, cepces_error_t *err)
{
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    cepces_status_t st = CEPCES_OK;

    for (size_t i = 0; i < policy->num_extensions && st == CEPCES_OK; i++) {
        const cepces_client_extension_t *e = &policy->extensions[i];

        st = push_extension(list, e->oid, e->critical, e->value, err);
    }
    if (st == CEPCES_OK) {
        st = push_ski(list, key, p, err);
    }
    if (st == CEPCES_OK) {
        st = push_sans(list, enroll->dns_names, p, err);
    }
    if (st == CEPCES_OK && X509_REQ_add_extensions(req, list) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "the request's extensions");
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return st;
}

/* Who asks with what program, as Windows tells it: the server puts it into its audit trail. */
static cepces_status_t
add_client_info(X509_REQ *req, apr_pool_t *p, cepces_error_t *err)
{
    struct utsname host;
    apr_uid_t uid;
    apr_gid_t gid;
    char *user = apr_pstrdup(p, "unknown");
    cepces_der_t der;
    cepces_bytes_t value;
    size_t seq;
    cepces_status_t st;

    if (apr_uid_current(&uid, &gid, p) == APR_SUCCESS) {
        (void)apr_uid_name_get(&user, uid, p);
    }
    cepces_der_init(&der, 128, MAX_CLIENT_INFO_LEN, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_uint(&der, CLIENT_ID_CERTREQ);
    cepces_der_add(&der, CEPCES_DER_UTF8_STRING,
                   cepces_bytes_str(uname(&host) == 0 ? host.nodename : "unknown"));
    cepces_der_add(&der, CEPCES_DER_UTF8_STRING, cepces_bytes_str(user));
    cepces_der_add(&der, CEPCES_DER_UTF8_STRING, cepces_bytes_str("cepcesctl"));
    cepces_der_end(&der, seq);
    st = cepces_der_finish(&value, &der, err);
    if (st == CEPCES_OK && X509_REQ_add1_attr_by_txt(req, CEPCES_OID_CLIENT_INFO, V_ASN1_SEQUENCE,
                                                     value.data, (int)value.len) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "the request's client information");
    }
    return st;
}

/* --- The request ------------------------------------------------------------------------------ */

static cepces_status_t
key_facts(cepces_key_t *out, EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    cepces_bytes_t spki =
        len > 0 ? cepces_bytes_dup(cepces_bytes(der, (size_t)len), p) : CEPCES_NO_BYTES;

    OPENSSL_free(der);
    return len > 0 ? cepces_key_decode(out, spki, p, err)
                   : cepces_pki_error(err, CEPCES_E_INTERNAL, "the new public key");
}

static cepces_status_t
sign(cepces_bytes_t *out, X509_REQ *req, EVP_PKEY *key, const char *hash, apr_pool_t *p,
     cepces_error_t *err)
{
    const EVP_MD *md = EVP_PKEY_is_a(key, "ED25519") ? NULL
                       : hash != NULL                ? EVP_get_digestbyname(hash)
                                                     : EVP_sha256();
    unsigned char *der = NULL;
    int len;

    if (X509_REQ_sign(req, key, md) <= 0 || (len = i2d_X509_REQ(req, &der)) <= 0) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "signing the request");
    }
    *out = cepces_bytes_dup(cepces_bytes(der, (size_t)len), p);
    OPENSSL_free(der);
    return CEPCES_OK;
}

cepces_status_t
cepces_client_make_pkcs10(cepces_bytes_t *out, EVP_PKEY *key, const cepces_client_policy_t *policy,
                          const cepces_client_enroll_options_t *enroll, apr_pool_t *p,
                          cepces_error_t *err)
{
    cepces_key_t facts;
    X509_REQ *req = X509_REQ_new();
    cepces_status_t st = check_names(policy->shown, enroll, err);

    if (st == CEPCES_OK) {
        st = key_facts(&facts, key, p, err);
    }
    if (st == CEPCES_OK && (req == NULL || X509_REQ_set_pubkey(req, key) != 1)) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "the request's key");
    }
    if (st == CEPCES_OK) {
        st = set_subject(req, enroll, p, err);
    }
    if (st == CEPCES_OK) {
        st = add_extensions(req, &facts, policy, enroll, p, err);
    }
    if (st == CEPCES_OK) {
        st = add_client_info(req, p, err);
    }
    if (st == CEPCES_OK) {
        st = sign(out, req, key, policy->shown->hash_algorithm, p, err);
    }
    X509_REQ_free(req);
    return st;
}
