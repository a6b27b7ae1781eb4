/* Public keys: what they are, and whether they are in order (rules V20 and V23). The
 * SubjectPublicKeyInfo is taken apart with a template of our own, because OpenSSL's decoder builds
 * the key, with all the arithmetic that takes, before it lets anybody look at its size. */
#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "pki/pki.h"

#define RSA_MIN_BITS 1024
#define RSA_MAX_BITS 8192
#define RSA_MAX_EXPONENT_BITS 64
#define ED25519_KEY_LEN 32

typedef struct {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *key;
} SPKI;

ASN1_SEQUENCE(SPKI) = {
    ASN1_SIMPLE(SPKI, algorithm, X509_ALGOR),
    ASN1_SIMPLE(SPKI, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(SPKI)

typedef struct {
    ASN1_INTEGER *modulus;
    ASN1_INTEGER *exponent;
} RSA_KEY;

ASN1_SEQUENCE(RSA_KEY) = {
    ASN1_SIMPLE(RSA_KEY, modulus, ASN1_INTEGER),
    ASN1_SIMPLE(RSA_KEY, exponent, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END(RSA_KEY)

typedef struct {
    const char *oid;
    const char *group;
    cepces_key_type_t type;
    unsigned bits;
} curve_row_t;

static const curve_row_t curves[] = {
    {CEPCES_OID_P256, SN_X9_62_prime256v1, CEPCES_KEY_P256, 256},
    {CEPCES_OID_P384, SN_secp384r1, CEPCES_KEY_P384, 384},
    {CEPCES_OID_P521, SN_secp521r1, CEPCES_KEY_P521, 521},
};

const char *
cepces_key_type_name(cepces_key_type_t type)
{
    switch (type) {
    case CEPCES_KEY_RSA:
        return "RSA";
    case CEPCES_KEY_P256:
        return "P-256";
    case CEPCES_KEY_P384:
        return "P-384";
    case CEPCES_KEY_P521:
        return "P-521";
    case CEPCES_KEY_ED25519:
        return "Ed25519";
    default:
        return "unknown";
    }
}

static EVP_PKEY *
key_from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *
build_rsa(const BIGNUM *modulus, const BIGNUM *exponent)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey;

    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        params = OSSL_PARAM_BLD_to_param(builder);
    }
    pkey = key_from_params("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

/* The cheap checks of V20; factors, ROCA and the like are V22's. */
static cepces_status_t
check_rsa(const BIGNUM *modulus, const BIGNUM *exponent, cepces_error_t *err)
{
    int bits = BN_num_bits(modulus), exponent_bits = BN_num_bits(exponent);

    if (BN_is_negative(modulus) || BN_is_negative(exponent)) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V20",
                                 "a negative RSA modulus or exponent");
    }
    if (bits > RSA_MAX_BITS || exponent_bits > RSA_MAX_EXPONENT_BITS) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V20",
                                 "an RSA modulus of %d bits with an exponent of %d bits", bits,
                                 exponent_bits);
    }
    if (bits < RSA_MIN_BITS) {
        return cepces_error_rule(err, CEPCES_E_WEAK_KEY, "V20", "an RSA modulus of %d bits", bits);
    }
    if (!BN_is_odd(modulus) || !BN_is_odd(exponent)) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V20", "an even RSA modulus or exponent");
    }
    if (BN_get_word(exponent) < RSA_F4) {
        return cepces_error_rule(err, CEPCES_E_WEAK_KEY, "V20", "an RSA exponent below 65537");
    }
    return CEPCES_OK;
}

static cepces_status_t
decode_rsa(cepces_key_t *key, const X509_ALGOR *algorithm, cepces_bytes_t bits, cepces_error_t *err)
{
    BIGNUM *modulus = NULL, *exponent = NULL;
    cepces_status_t st;
    void *rsa = NULL;

    if (algorithm->parameter == NULL || algorithm->parameter->type != V_ASN1_NULL) {
        return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V20",
                                 "rsaEncryption without its NULL parameters");
    }
    if ((st = cepces_pki_decode(&rsa, bits, ASN1_ITEM_rptr(RSA_KEY), err)) != CEPCES_OK) {
        goto out;
    }
    modulus = ASN1_INTEGER_to_BN(((const RSA_KEY *)rsa)->modulus, NULL);
    exponent = ASN1_INTEGER_to_BN(((const RSA_KEY *)rsa)->exponent, NULL);
    if (modulus == NULL || exponent == NULL) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "no memory");
        goto out;
    }
    if ((st = check_rsa(modulus, exponent, err)) == CEPCES_OK) {
        key->type = CEPCES_KEY_RSA;
        key->bits = (unsigned)BN_num_bits(modulus);
        key->pkey = build_rsa(modulus, exponent);
    }

out:
    BN_free(modulus);
    BN_free(exponent);
    ASN1_item_free((ASN1_VALUE *)rsa, ASN1_ITEM_rptr(RSA_KEY));
    return st;
}

static const curve_row_t *
find_curve(const X509_ALGOR *algorithm)
{
    if (algorithm->parameter == NULL || algorithm->parameter->type != V_ASN1_OBJECT) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (cepces_oid_is(algorithm->parameter->value.object, curves[i].oid)) {
            return &curves[i];
        }
    }
    return NULL;
}

static EVP_PKEY *
build_ec(const curve_row_t *curve, cepces_bytes_t point)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.len),
        OSSL_PARAM_construct_end(),
    };

    return key_from_params("EC", params);
}

/* The point must be uncompressed, on the curve and not infinity. The three curves have cofactor 1,
 * so that every such point generates the whole group and the quick check says all there is to
 * say. */
static cepces_status_t
decode_ec(cepces_key_t *key, const X509_ALGOR *algorithm, cepces_bytes_t bits, cepces_error_t *err)
{
    const curve_row_t *curve = find_curve(algorithm);
    EVP_PKEY_CTX *ctx = NULL;
    bool valid = false;

    if (curve == NULL) {
        return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V23",
                                 "an EC key without a named curve that is allowed");
    }
    if (bits.len == 1 + 2 * (size_t)((curve->bits + 7) / 8) &&
        bits.data[0] == POINT_CONVERSION_UNCOMPRESSED) {
        key->pkey = build_ec(curve, bits);
        ctx = key->pkey != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL) : NULL;
        valid = ctx != NULL && EVP_PKEY_public_check_quick(ctx) == 1;
        EVP_PKEY_CTX_free(ctx);
    }
    if (!valid) {
        EVP_PKEY_free(key->pkey);
        key->pkey = NULL;
        ERR_clear_error();
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V23",
                                 "the EC public key is not an uncompressed point on its curve");
    }
    key->type = curve->type;
    key->bits = curve->bits;
    return CEPCES_OK;
}

static cepces_status_t
decode_ed25519(cepces_key_t *key, const X509_ALGOR *algorithm, cepces_bytes_t bits,
               cepces_error_t *err)
{
    if (algorithm->parameter != NULL) {
        return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V23", "Ed25519 with parameters");
    }
    if (bits.len != ED25519_KEY_LEN) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V23", "an Ed25519 key of %zu octets",
                                 bits.len);
    }
    key->type = CEPCES_KEY_ED25519;
    key->bits = 256;
    key->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bits.data, bits.len);
    return CEPCES_OK;
}

static cepces_status_t
decode_by_algorithm(cepces_key_t *key, const SPKI *spki, apr_pool_t *p, cepces_error_t *err)
{
    const ASN1_OBJECT *oid = spki->algorithm->algorithm;
    cepces_bytes_t bits = cepces_pki_bytes(spki->key);

    if ((spki->key->flags & 0x07) != 0) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V20", "the key is not whole octets");
    }
    if (cepces_oid_is(oid, CEPCES_OID_RSA_ENCRYPTION)) {
        return decode_rsa(key, spki->algorithm, bits, err);
    }
    if (cepces_oid_is(oid, CEPCES_OID_EC_PUBLIC_KEY)) {
        return decode_ec(key, spki->algorithm, bits, err);
    }
    if (cepces_oid_is(oid, CEPCES_OID_ED25519)) {
        return decode_ed25519(key, spki->algorithm, bits, err);
    }
    return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V20", "a key of the algorithm %s",
                             cepces_oid_text(oid, p));
}

cepces_status_t
cepces_key_decode(cepces_key_t *out, cepces_bytes_t spki, apr_pool_t *p, cepces_error_t *err)
{
    cepces_key_t key = {.type = CEPCES_KEY_UNKNOWN};
    cepces_status_t st;
    void *decoded = NULL;

    if ((st = cepces_pki_decode(&decoded, spki, ASN1_ITEM_rptr(SPKI), err)) != CEPCES_OK ||
        (st = decode_by_algorithm(&key, (const SPKI *)decoded, p, err)) != CEPCES_OK) {
        goto out;
    }
    if (key.pkey == NULL) {
        st = cepces_pki_error(err, CEPCES_E_BAD_KEY, "the public key cannot be built");
        goto out;
    }
    cepces_pki_adopt_key(p, key.pkey);
    key.spki = cepces_bytes_dup(spki, p);
    key.spki_sha256 = cepces_sha256(spki, p);
    key.ski = cepces_sha1(cepces_pki_bytes(((const SPKI *)decoded)->key), p);
    if (key.spki_sha256.len == 0 || key.ski.len == 0) {
        st = cepces_error_set(err, CEPCES_E_INTERNAL, "a digest cannot be computed");
        goto out;
    }
    *out = key;

out:
    ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(SPKI));
    return st;
}
