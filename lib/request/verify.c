/* Signatures of requests: which algorithm with which key (rule V21), and the check itself. */
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "request/reader.h"

typedef enum { FAMILY_RSA, FAMILY_EC, FAMILY_ED25519 } family_t;

typedef struct {
    const char *oid;
    family_t family;
    int digest; /* NID_undef: the CMS signer's digest algorithm */
} signature_row_t;

static const signature_row_t signatures[] = {
    {CEPCES_OID_SHA256_WITH_RSA, FAMILY_RSA, NID_sha256},
    {CEPCES_OID_SHA384_WITH_RSA, FAMILY_RSA, NID_sha384},
    {CEPCES_OID_SHA512_WITH_RSA, FAMILY_RSA, NID_sha512},
    {CEPCES_OID_SHA1_WITH_RSA, FAMILY_RSA, NID_sha1},
    {CEPCES_OID_ECDSA_WITH_SHA256, FAMILY_EC, NID_sha256},
    {CEPCES_OID_ECDSA_WITH_SHA384, FAMILY_EC, NID_sha384},
    {CEPCES_OID_ECDSA_WITH_SHA512, FAMILY_EC, NID_sha512},
    {CEPCES_OID_ECDSA_WITH_SHA1, FAMILY_EC, NID_sha1},
    {CEPCES_OID_ED25519, FAMILY_ED25519, NID_sha512},
    /* As Windows signs CMS: the algorithm of the key, and the digest from the SignerInfo. */
    {CEPCES_OID_RSA_ENCRYPTION, FAMILY_RSA, NID_undef},
    {CEPCES_OID_EC_PUBLIC_KEY, FAMILY_EC, NID_undef},
};

static const struct {
    const char *oid;
    int digest;
} digests[] = {
    {CEPCES_OID_SHA256, NID_sha256},
    {CEPCES_OID_SHA384, NID_sha384},
    {CEPCES_OID_SHA512, NID_sha512},
    {CEPCES_OID_SHA1, NID_sha1},
};

#define LENGTH_OF(table) (sizeof(table) / sizeof((table)[0]))

/* An algorithm with all its parameters known. */
typedef struct {
    family_t family;
    int digest;
    bool pss;
    int salt_len;
} scheme_t;

int
cepces_request_digest_nid(const ASN1_OBJECT *oid)
{
    for (size_t i = 0; i < LENGTH_OF(digests); i++) {
        if (cepces_oid_is(oid, digests[i].oid)) {
            return digests[i].digest;
        }
    }
    return NID_undef;
}

static cepces_status_t
refuse(cepces_error_t *err, const char *why)
{
    return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V21", "%s", why);
}

/* RFC 4055, 3.1: the digest must be named and be SHA-2, the mask must use the same one, the salt at
 * most its length. */
static cepces_status_t
read_pss_fields(scheme_t *out, const RSA_PSS_PARAMS *params, cepces_error_t *err)
{
    X509_ALGOR *mask_digest = NULL;
    int64_t salt_len = 20, trailer = 1; /* the defaults */
    cepces_status_t st;
    void *decoded;
    bool same;

    out->digest = params->hashAlgorithm != NULL
                      ? cepces_request_digest_nid(params->hashAlgorithm->algorithm)
                      : NID_sha1;
    if (out->digest == NID_undef || out->digest == NID_sha1) {
        return refuse(err, "RSASSA-PSS with a digest that is not SHA-2");
    }
    if (params->maskGenAlgorithm == NULL || params->maskGenAlgorithm->parameter == NULL ||
        !cepces_oid_is(params->maskGenAlgorithm->algorithm, CEPCES_OID_MGF1) ||
        params->maskGenAlgorithm->parameter->type != V_ASN1_SEQUENCE) {
        return refuse(err, "RSASSA-PSS with a mask other than MGF1");
    }
    st = cepces_pki_decode(&decoded,
                           cepces_pki_bytes(params->maskGenAlgorithm->parameter->value.sequence),
                           ASN1_ITEM_rptr(X509_ALGOR), err);
    if (st != CEPCES_OK) {
        return refuse(err, "RSASSA-PSS with an undecodable mask digest");
    }
    mask_digest = (X509_ALGOR *)decoded;
    same = cepces_request_digest_nid(mask_digest->algorithm) == out->digest;
    X509_ALGOR_free(mask_digest);
    if (!same) {
        return refuse(err, "RSASSA-PSS with different digests");
    }
    if ((params->saltLength != NULL &&
         ASN1_INTEGER_get_int64(&salt_len, params->saltLength) != 1) ||
        (params->trailerField != NULL &&
         ASN1_INTEGER_get_int64(&trailer, params->trailerField) != 1) ||
        salt_len < 0 || salt_len > EVP_MD_get_size(cepces_digest(out->digest)) || trailer != 1) {
        ERR_clear_error();
        return refuse(err, "RSASSA-PSS with a salt or trailer that is not allowed");
    }
    out->salt_len = (int)salt_len;
    return CEPCES_OK;
}

static cepces_status_t
read_pss(scheme_t *out, const X509_ALGOR *algorithm, cepces_error_t *err)
{
    const ASN1_TYPE *parameter = algorithm->parameter;
    cepces_status_t st;
    void *params;

    if (parameter == NULL || parameter->type != V_ASN1_SEQUENCE) {
        return refuse(err, "RSASSA-PSS without parameters");
    }
    st = cepces_pki_decode(&params, cepces_pki_bytes(parameter->value.sequence),
                           ASN1_ITEM_rptr(RSA_PSS_PARAMS), err);
    if (st != CEPCES_OK) {
        return refuse(err, "RSASSA-PSS with undecodable parameters");
    }
    *out = (scheme_t){.family = FAMILY_RSA, .pss = true};
    st = read_pss_fields(out, (const RSA_PSS_PARAMS *)params, err);
    RSA_PSS_PARAMS_free((RSA_PSS_PARAMS *)params);
    return st;
}

/* 1.2.840.10045.4.3, which Windows uses with "alternate signature format": the digest is the
 * parameter. */
static cepces_status_t
read_specified_ecdsa(scheme_t *out, const X509_ALGOR *algorithm, cepces_error_t *err)
{
    const ASN1_TYPE *parameter = algorithm->parameter;
    void *digest;

    if (parameter == NULL || parameter->type != V_ASN1_SEQUENCE ||
        cepces_pki_decode(&digest, cepces_pki_bytes(parameter->value.sequence),
                          ASN1_ITEM_rptr(X509_ALGOR), err) != CEPCES_OK) {
        return refuse(err, "specified ECDSA without a digest");
    }
    *out = (scheme_t){.family = FAMILY_EC,
                      .digest = cepces_request_digest_nid(((const X509_ALGOR *)digest)->algorithm)};
    X509_ALGOR_free((X509_ALGOR *)digest);
    return out->digest != NID_undef ? CEPCES_OK
                                    : refuse(err, "specified ECDSA with another digest");
}

static cepces_status_t
read_scheme(scheme_t *out, const X509_ALGOR *algorithm, int cms_digest, cepces_error_t *err)
{
    char oid[80];

    if (cepces_oid_is(algorithm->algorithm, CEPCES_OID_RSASSA_PSS)) {
        return read_pss(out, algorithm, err);
    }
    if (cepces_oid_is(algorithm->algorithm, CEPCES_OID_ECDSA_WITH_SPECIFIED)) {
        return read_specified_ecdsa(out, algorithm, err);
    }
    if (algorithm->parameter != NULL && algorithm->parameter->type != V_ASN1_NULL) {
        return refuse(err, "a signature algorithm with parameters it does not have");
    }
    for (size_t i = 0; i < LENGTH_OF(signatures); i++) {
        int digest = signatures[i].digest != NID_undef ? signatures[i].digest : cms_digest;

        if (digest != NID_undef && cepces_oid_is(algorithm->algorithm, signatures[i].oid)) {
            *out = (scheme_t){.family = signatures[i].family, .digest = digest};
            return CEPCES_OK;
        }
    }
    OBJ_obj2txt(oid, sizeof(oid), algorithm->algorithm, 1);
    return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V21", "the signature algorithm %s", oid);
}

static bool
fits(family_t family, cepces_key_type_t type)
{
    switch (type) {
    case CEPCES_KEY_RSA:
        return family == FAMILY_RSA;
    case CEPCES_KEY_P256:
    case CEPCES_KEY_P384:
    case CEPCES_KEY_P521:
        return family == FAMILY_EC;
    case CEPCES_KEY_ED25519:
        return family == FAMILY_ED25519;
    default:
        return false;
    }
}

static bool
set_pss(EVP_PKEY_CTX *ctx, const scheme_t *scheme)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, cepces_digest(scheme->digest)) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, scheme->salt_len) == 1;
}

/* Success is exactly 1 (L11). */
static bool
verifies(const scheme_t *scheme, EVP_PKEY *key, cepces_bytes_t tbs, cepces_bytes_t signature)
{
    const EVP_MD *digest = scheme->family == FAMILY_ED25519 ? NULL : cepces_digest(scheme->digest);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx; /* the digest context's own */
    bool ok;

    ERR_clear_error();
    ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &pctx, digest, NULL, key) == 1 &&
         (!scheme->pss || set_pss(pctx, scheme)) &&
         EVP_DigestVerify(ctx, signature.data, signature.len, tbs.data, tbs.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

cepces_status_t
cepces_request_verify(int *digest, const cepces_key_t *key, const X509_ALGOR *algorithm,
                      int cms_digest, cepces_bytes_t tbs, cepces_bytes_t signature,
                      cepces_error_t *err)
{
    scheme_t scheme = {.digest = NID_undef};
    cepces_status_t st = read_scheme(&scheme, algorithm, cms_digest, err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (!fits(scheme.family, key->type)) {
        return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V21",
                                 "the signature algorithm does not fit the %s key",
                                 cepces_key_type_name(key->type));
    }
    if (cms_digest != NID_undef && scheme.family != FAMILY_ED25519 && scheme.digest != cms_digest) {
        return refuse(err, "the digests of a signer differ");
    }
    if (!verifies(&scheme, key->pkey, tbs, signature)) {
        return cepces_error_rule(err, CEPCES_E_BAD_SIGNATURE, "V21",
                                 "the signature does not verify");
    }
    *digest = scheme.digest;
    return CEPCES_OK;
}

bool
cepces_request_is_digest(int digest, cepces_bytes_t tbs, cepces_bytes_t signature)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const EVP_MD *type = cepces_digest(digest);

    return type != NULL && EVP_Digest(tbs.data, tbs.len, md, &len, type, NULL) == 1 &&
           cepces_bytes_equal(cepces_bytes(md, len), signature);
}
