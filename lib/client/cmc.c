/* A CMC request around a PKCS#10, in the form of a Windows client's: see tests/vectors/cmc for what
 * it looks like. */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "client/client.h"
#include "pki/oids.h"
#include "pki/write.h"

#define MAX_CMC_LEN (128 * 1024)
#define BODY_PART_ID 1

static void
add_algorithm(cepces_der_t *der, const char *oid, bool null_parameters)
{
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add_oid(der, oid);
    if (null_parameters) {
        cepces_der_add(der, CEPCES_DER_NULL, CEPCES_NO_BYTES);
    }
    cepces_der_end(der, seq);
}

/* PKIData: no controls, one tcr, nothing else. */
static cepces_status_t
encode_pki_data(cepces_bytes_t *out, cepces_bytes_t pkcs10, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t data, requests, tcr;

    cepces_der_init(&der, pkcs10.len + 64, MAX_CMC_LEN, p);
    data = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add(&der, CEPCES_DER_SEQUENCE, CEPCES_NO_BYTES);
    requests = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    tcr = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add_uint(&der, BODY_PART_ID);
    cepces_der_add_raw(&der, pkcs10);
    cepces_der_end(&der, tcr);
    cepces_der_end(&der, requests);
    cepces_der_add(&der, CEPCES_DER_SEQUENCE, CEPCES_NO_BYTES);
    cepces_der_add(&der, CEPCES_DER_SEQUENCE, CEPCES_NO_BYTES);
    cepces_der_end(&der, data);
    return cepces_der_finish(out, &der, err);
}

/* An Attribute with one value. */
static void
add_attribute(cepces_der_t *der, const char *type,
              void (*add_value)(cepces_der_t *, cepces_bytes_t), cepces_bytes_t value)
{
    size_t attribute = cepces_der_begin(der, CEPCES_DER_SEQUENCE), set;

    cepces_der_add_oid(der, type);
    set = cepces_der_begin(der, CEPCES_DER_SET);
    add_value(der, value);
    cepces_der_end(der, set);
    cepces_der_end(der, attribute);
}

static void
add_content_type(cepces_der_t *der, cepces_bytes_t unused)
{
    cepces_der_add_oid(der, CEPCES_OID_PKI_DATA);
}

static void
add_octets(cepces_der_t *der, cepces_bytes_t octets)
{
    cepces_der_add(der, CEPCES_DER_OCTET_STRING, octets);
}

/* contentType and messageDigest under the tag |tag|: SET for signing, [0] in the message (RFC
 * 5652, 5.4). */
static cepces_status_t
encode_attributes(cepces_bytes_t *out, unsigned char tag, cepces_bytes_t digest, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_der_t der;
    size_t all;

    cepces_der_init(&der, 128, 512, p);
    all = cepces_der_begin(&der, tag);
    add_attribute(&der, CEPCES_OID_CONTENT_TYPE, add_content_type, CEPCES_NO_BYTES);
    add_attribute(&der, CEPCES_OID_MESSAGE_DIGEST, add_octets, digest);
    cepces_der_end(&der, all);
    return cepces_der_finish(out, &der, err);
}

static cepces_status_t
sign(cepces_bytes_t *out, EVP_PKEY *key, cepces_bytes_t bytes, apr_pool_t *p, cepces_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = (size_t)EVP_PKEY_get_size(key);
    unsigned char *signature = (unsigned char *)apr_palloc(p, len);
    cepces_status_t st = CEPCES_OK;

    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &len, bytes.data, bytes.len) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "signing the CMC request");
    } else {
        *out = cepces_bytes(signature, len);
    }
    EVP_MD_CTX_free(ctx);
    return st;
}

static void
add_signer(cepces_der_t *der, EVP_PKEY *key, cepces_bytes_t ski, cepces_bytes_t attributes,
           cepces_bytes_t signature)
{
    size_t signers = cepces_der_begin(der, CEPCES_DER_SET);
    size_t signer = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add_uint(der, 3);
    cepces_der_add(der, CEPCES_DER_CONTEXT(0), ski);
    add_algorithm(der, CEPCES_OID_SHA256, true);
    cepces_der_add_raw(der, attributes);
    if (EVP_PKEY_is_a(key, "RSA")) {
        add_algorithm(der, CEPCES_OID_RSA_ENCRYPTION, true);
    } else {
        add_algorithm(der, CEPCES_OID_ECDSA_WITH_SHA256, false);
    }
    cepces_der_add(der, CEPCES_DER_OCTET_STRING, signature);
    cepces_der_end(der, signer);
    cepces_der_end(der, signers);
}

static cepces_status_t
encode_message(cepces_bytes_t *out, cepces_bytes_t content, EVP_PKEY *key, cepces_bytes_t ski,
               cepces_bytes_t attributes, cepces_bytes_t signature, apr_pool_t *p,
               cepces_error_t *err)
{
    cepces_der_t der;
    size_t info, explicit_content, data, set, encapsulated, explicit_octets;

    cepces_der_init(&der, content.len + 1024, MAX_CMC_LEN, p);
    info = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(&der, CEPCES_OID_SIGNED_DATA);
    explicit_content = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    data = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_uint(&der, 3);
    set = cepces_der_begin(&der, CEPCES_DER_SET);
    add_algorithm(&der, CEPCES_OID_SHA256, true);
    cepces_der_end(&der, set);
    encapsulated = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(&der, CEPCES_OID_PKI_DATA);
    explicit_octets = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add(&der, CEPCES_DER_OCTET_STRING, content);
    cepces_der_end(&der, explicit_octets);
    cepces_der_end(&der, encapsulated);
    add_signer(&der, key, ski, attributes, signature);
    cepces_der_end(&der, data);
    cepces_der_end(&der, explicit_content);
    cepces_der_end(&der, info);
    return cepces_der_finish(out, &der, err);
}

/* SHA-1 of the key bits, which is what a Windows client puts there (RFC 5280, 4.2.1.2). */
static cepces_status_t
key_identifier(cepces_bytes_t *out, EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
{
    X509_PUBKEY *spki = NULL;
    const unsigned char *bits;
    int len;

    if (X509_PUBKEY_set(&spki, key) != 1 ||
        X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, spki) != 1) {
        X509_PUBKEY_free(spki);
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "the key identifier");
    }
    *out = cepces_sha1(cepces_bytes(bits, (size_t)len), p);
    X509_PUBKEY_free(spki);
    return CEPCES_OK;
}

cepces_status_t
cepces_client_wrap_cmc(cepces_bytes_t *out, cepces_bytes_t pkcs10, EVP_PKEY *key, apr_pool_t *p,
                       cepces_error_t *err)
{
    cepces_bytes_t content, digest, to_sign, attributes, signature = CEPCES_NO_BYTES, ski;
    cepces_status_t st = encode_pki_data(&content, pkcs10, p, err);

    if (st == CEPCES_OK) {
        digest = cepces_sha256(content, p);
        st = encode_attributes(&to_sign, CEPCES_DER_SET, digest, p, err);
    }
    if (st == CEPCES_OK) {
        st = encode_attributes(&attributes, CEPCES_DER_CONTEXT_CONSTRUCTED(0), digest, p, err);
    }
    if (st == CEPCES_OK) {
        st = sign(&signature, key, to_sign, p, err);
    }
    if (st == CEPCES_OK) {
        st = key_identifier(&ski, key, p, err);
    }
    return st == CEPCES_OK ? encode_message(out, content, key, ski, attributes, signature, p, err)
                           : st;
}
