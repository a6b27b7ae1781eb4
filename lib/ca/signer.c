/* Signing with CA keys, and the signer that a CA generation becomes. All that certificates of one
 * CA share is prepared here once, so that issuing one costs little more than its signature. */
#include "ca/internal.h"

#include <apr_strings.h>
#include <openssl/err.h>

/* --- Signing keys ----------------------------------------------------------------------------- */

/* What the kind of a key decides. RSA signs as PKCS #1 v1.5; its SignerInfos name rsaEncryption, as
 * AD CS's do. */
typedef struct {
    int type, bits; /* of the key; 0 bits: any */
    int digest;
    const char *algorithm, *cms_algorithm, *digest_algorithm;
    bool null_parameters; /* of signatures: NULL for RSA (RFC 4055), absent for EC (RFC 5758) */
} kind_t;

static const kind_t kinds[] = {
    {EVP_PKEY_RSA, 0, NID_sha256, CEPCES_OID_SHA256_WITH_RSA, CEPCES_OID_RSA_ENCRYPTION,
     CEPCES_OID_SHA256, true},
    {EVP_PKEY_EC, 256, NID_sha256, CEPCES_OID_ECDSA_WITH_SHA256, CEPCES_OID_ECDSA_WITH_SHA256,
     CEPCES_OID_SHA256, false},
    {EVP_PKEY_EC, 384, NID_sha384, CEPCES_OID_ECDSA_WITH_SHA384, CEPCES_OID_ECDSA_WITH_SHA384,
     CEPCES_OID_SHA384, false},
};

static const kind_t *
kind_of(const EVP_PKEY *key)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type == EVP_PKEY_get_base_id(key) &&
            (kinds[i].bits == 0 || kinds[i].bits == EVP_PKEY_get_bits(key))) {
            return &kinds[i];
        }
    }
    return NULL;
}

static cepces_status_t
algorithm(cepces_bytes_t *out, const char *oid, bool null_parameters, apr_pool_t *p,
          cepces_error_t *err)
{
    cepces_der_t der;
    size_t seq;

    cepces_der_init(&der, 32, 64, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(&der, oid);
    if (null_parameters) {
        cepces_der_add(&der, CEPCES_DER_NULL, CEPCES_NO_BYTES);
    }
    cepces_der_end(&der, seq);
    return cepces_der_finish(out, &der, err);
}

cepces_status_t
cepces_signing_key_init(cepces_signing_key_t *out, EVP_PKEY *private_key, EVP_PKEY *public_key,
                        apr_pool_t *p, cepces_error_t *err)
{
    const kind_t *kind = kind_of(private_key);
    cepces_status_t st = cepces_ca_key_check(private_key, err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (EVP_PKEY_eq(private_key, public_key) != 1) {
        ERR_clear_error();
        return cepces_error_set(err, CEPCES_E_INTERNAL, "private and public key are no pair");
    }
    out->private_key = private_key;
    out->public_key = public_key;
    out->digest = cepces_digest(kind->digest);
    st = algorithm(&out->algorithm, kind->algorithm, kind->null_parameters, p, err);
    if (st == CEPCES_OK) {
        st = algorithm(&out->cms_algorithm, kind->cms_algorithm, kind->null_parameters, p, err);
    }
    /* AD CS writes NULL parameters for the digest; RFC 5754 has everybody accept them. */
    if (st == CEPCES_OK) {
        st = algorithm(&out->digest_algorithm, kind->digest_algorithm, true, p, err);
    }
    return st;
}

static cepces_status_t
make_signature(cepces_bytes_t *out, const cepces_signing_key_t *key, cepces_bytes_t data,
               apr_pool_t *p, cepces_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = (size_t)EVP_PKEY_get_size(key->private_key);
    unsigned char *signature = (unsigned char *)apr_palloc(p, len);
    bool done = ctx != NULL &&
                EVP_DigestSignInit(ctx, NULL, key->digest, NULL, key->private_key) == 1 &&
                EVP_DigestSign(ctx, signature, &len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    if (!done) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "the CA key does not sign");
    }
    *out = cepces_bytes(signature, len);
    return CEPCES_OK;
}

static cepces_status_t
verify_signature(const cepces_signing_key_t *key, cepces_bytes_t data, cepces_bytes_t signature,
                 cepces_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL &&
                EVP_DigestVerifyInit(ctx, NULL, key->digest, NULL, key->public_key) == 1 &&
                EVP_DigestVerify(ctx, signature.data, signature.len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    if (!good) {
        ERR_clear_error();
        return cepces_error_rule(err, CEPCES_E_INTERNAL, "S6",
                                 "a fresh signature of the CA key does not verify");
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_ca_sign(cepces_bytes_t *signature, const cepces_signing_key_t *key, cepces_bytes_t data,
               apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t made;
    cepces_status_t st;

    ERR_clear_error(); /* L11 */
    st = make_signature(&made, key, data, p, err);
    if (st == CEPCES_OK) {
        st = verify_signature(key, data, made, err);
    }
    if (st == CEPCES_OK) {
        *signature = made;
    }
    return st;
}

/* Tells whether the SEQUENCE |der| begins with the bytes |expected|, read by OpenSSL, not by our
 * encoder. */
static bool
first_value_is(cepces_bytes_t der, cepces_bytes_t expected)
{
    const unsigned char *at = der.data;
    long len;
    int tag, class;

    if ((ASN1_get_object(&at, &len, &tag, &class, (long)der.len) & 0x80) != 0 ||
        at + len != der.data + der.len || (size_t)len < expected.len) {
        ERR_clear_error();
        return false;
    }
    return memcmp(at, expected.data, expected.len) == 0;
}

cepces_status_t
cepces_ca_sign_document(cepces_bytes_t *out, const cepces_signing_key_t *key, cepces_bytes_t tbs,
                        apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t signature, document;
    cepces_der_t der;
    size_t seq, bits;
    cepces_status_t st = cepces_ca_sign(&signature, key, tbs, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_der_init(&der, tbs.len + signature.len + 64, tbs.len + signature.len + 64, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_raw(&der, tbs);
    cepces_der_add_raw(&der, key->algorithm);
    bits = cepces_der_begin(&der, CEPCES_DER_BIT_STRING);
    cepces_der_add_raw(&der, cepces_bytes("\0", 1));
    cepces_der_add_raw(&der, signature);
    cepces_der_end(&der, bits);
    cepces_der_end(&der, seq);
    st = cepces_der_finish(&document, &der, err);
    if (st == CEPCES_OK && !first_value_is(document, tbs)) {
        st = cepces_error_rule(err, CEPCES_E_INTERNAL, "S6",
                               "the signed bytes are not in the result");
    }
    if (st == CEPCES_OK) {
        *out = document;
    }
    return st;
}

/* --- Signers ---------------------------------------------------------------------------------- */

/* Encodes the extensions that all certificates of the CA share; no bytes where there is no URL. */
static cepces_status_t
shared_extensions(cepces_signer_t *s, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t aki, cdp, aia;
    cepces_status_t st;

    cepces_der_init(&aki, 64, 1024, p);
    cepces_profile_add_aki(&aki, s->ski);
    cepces_der_init(&cdp, 256, CEPCES_CA_MAX_CERTIFICATE_LEN, p);
    cepces_profile_add_cdp(&cdp, s->cdp_urls);
    cepces_der_init(&aia, 256, CEPCES_CA_MAX_CERTIFICATE_LEN, p);
    cepces_profile_add_aia(&aia, s->aia_urls);
    st = cepces_der_finish(&s->aki, &aki, err);
    if (st == CEPCES_OK) {
        st = cepces_der_finish(&s->cdp, &cdp, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_der_finish(&s->aia, &aia, err);
    }
    return st;
}

/* The INTEGER as it stands in the certificate: that of a foreign CA may even be negative. */
static cepces_status_t
own_serial(cepces_bytes_t *out, const X509 *certificate, apr_pool_t *p, cepces_error_t *err)
{
    return cepces_pki_encode(out, X509_get0_serialNumber(certificate),
                             ASN1_ITEM_rptr(ASN1_INTEGER), p, err);
}

/* Names, serial number and key identifier as the CA's own certificate has them. */
static cepces_status_t
identify(cepces_signer_t *s, apr_pool_t *p, cepces_error_t *err)
{
    const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(s->certificate);
    unsigned char sha1[EVP_MAX_MD_SIZE];
    unsigned int sha1_len = 0;
    cepces_status_t st =
        cepces_name_der(&s->subject, X509_get_subject_name(s->certificate), p, err);

    if (st == CEPCES_OK) {
        st = cepces_name_der(&s->issuer, X509_get_issuer_name(s->certificate), p, err);
    }
    if (st == CEPCES_OK) {
        st = own_serial(&s->serial, s->certificate, p, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    if (ski != NULL) {
        s->ski = cepces_bytes(ASN1_STRING_get0_data(ski), (size_t)ASN1_STRING_length(ski));
    } else if (X509_pubkey_digest(s->certificate, cepces_digest(NID_sha1), sha1, &sha1_len) == 1) {
        s->ski = cepces_bytes_dup(cepces_bytes(sha1, sha1_len), p);
    } else {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "no key identifier");
    }
    return cepces_asn1_time_get(&s->not_after, X509_get0_notAfter(s->certificate), err);
}

static void
copy_chain(cepces_signer_t *s, const cepces_ca_generation_t *generation, apr_pool_t *p)
{
    cepces_bytes_t *chain =
        (cepces_bytes_t *)apr_palloc(p, sizeof(*chain) * (generation->chain_num + 1));

    chain[0] = cepces_bytes_dup(generation->certificate, p);
    for (size_t i = 0; i < generation->chain_num; i++) {
        chain[i + 1] = cepces_bytes_dup(generation->chain[i], p);
    }
    s->chain = chain;
    s->chain_num = generation->chain_num + 1;
}

static cepces_status_t
open_signer(cepces_signer_t *s, const cepces_ca_t *ca, const cepces_ca_generation_t *generation,
            EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st;

    s->name = apr_pstrdup(p, ca->name);
    s->cdp_urls = cepces_strings_dup(ca->cdp_urls, p);
    s->aia_urls = cepces_strings_dup(ca->aia_urls, p);
    copy_chain(s, generation, p);
    st = cepces_x509_decode(&s->certificate, s->chain[0], p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (X509_check_ca(s->certificate) != 1 ||
        (X509_get_key_usage(s->certificate) & KU_KEY_CERT_SIGN) == 0) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "the certificate is not that of a CA");
    }
    EVP_PKEY_up_ref(key);
    cepces_pki_adopt_key(p, key);
    st = cepces_signing_key_init(&s->key, key, X509_get0_pubkey(s->certificate), p, err);
    if (st == CEPCES_OK) {
        st = identify(s, p, err);
    }
    if (st == CEPCES_OK) {
        st = shared_extensions(s, p, err);
    }
    return st;
}

cepces_status_t
cepces_signer_open(const cepces_signer_t **out, const cepces_ca_t *ca,
                   const cepces_ca_generation_t *generation, EVP_PKEY *key, apr_pool_t *p,
                   cepces_error_t *err)
{
    cepces_signer_t *s = (cepces_signer_t *)apr_pcalloc(p, sizeof(*s));
    cepces_status_t st = open_signer(s, ca, generation, key, p, err);

    *out = NULL;
    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INTERNAL, "CA %s, generation %d", ca->name,
                                 generation->number);
    }
    *out = s;
    return CEPCES_OK;
}
