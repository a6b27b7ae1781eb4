/* Certificates in and out of files, and digests. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "pki/pki.h"

#define PEM_MAX_CERTIFICATES 16

cepces_status_t
cepces_x509_decode(X509 **out, cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    void *x;
    cepces_status_t st = cepces_pki_decode(&x, der, ASN1_ITEM_rptr(X509), err);

    if (st == CEPCES_OK) {
        cepces_pki_adopt_x509(p, (X509 *)x);
        *out = (X509 *)x;
    }
    return st;
}

cepces_bytes_t
cepces_x509_der(X509 *x, apr_pool_t *p)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    cepces_bytes_t copy =
        len > 0 ? cepces_bytes_dup(cepces_bytes(der, (size_t)len), p) : CEPCES_NO_BYTES;

    OPENSSL_free(der);
    return copy;
}

/* Appends the certificates of |bio| to |list|; other kinds of PEM blocks are passed over. */
static cepces_status_t
read_blocks(cepces_bytes_t *list, size_t *num, BIO *bio, apr_pool_t *p, cepces_error_t *err)
{
    char *name, *header;
    unsigned char *data;
    long len;

    while (PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
        bool wanted = strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0;

        if (wanted && *num < PEM_MAX_CERTIFICATES) {
            list[*num] = cepces_bytes_dup(cepces_bytes(data, (size_t)len), p);
        }
        *num += wanted;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)len);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return cepces_pki_error(err, CEPCES_E_INVALID, "a PEM block cannot be read");
    }
    ERR_clear_error();
    if (*num > PEM_MAX_CERTIFICATES) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%zu certificates; at most %d are read",
                                *num, PEM_MAX_CERTIFICATES);
    }
    return CEPCES_OK;
}

static cepces_status_t
read_text(cepces_bytes_t *list, size_t *num, cepces_bytes_t text, apr_pool_t *p,
          cepces_error_t *err)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    cepces_status_t st;

    if (bio == NULL) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "no memory");
    }
    ERR_clear_error();
    st = read_blocks(list, num, bio, p, err);
    BIO_free(bio);
    return st;
}

cepces_status_t
cepces_x509_read_pem(cepces_bytes_t **out, size_t *num, cepces_bytes_t text, apr_pool_t *p,
                     cepces_error_t *err)
{
    cepces_bytes_t *list =
        (cepces_bytes_t *)apr_pcalloc(p, PEM_MAX_CERTIFICATES * sizeof(*list));
    cepces_status_t st;
    size_t found = 0;
    X509 *x;

    if (text.len > 0 && text.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
        list[found++] = cepces_bytes_dup(text, p);
    } else if (text.len > 1 << 20) {
        return cepces_error_set(err, CEPCES_E_INVALID, "more than 1 MiB of certificates");
    } else if ((st = read_text(list, &found, text, p, err)) != CEPCES_OK) {
        return st;
    }
    if (found == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID, "no certificate found");
    }
    for (size_t i = 0; i < found; i++) {
        if (cepces_x509_decode(&x, list[i], p, err) != CEPCES_OK) {
            return cepces_error_wrap(err, CEPCES_E_INVALID, "certificate %zu is not valid", i + 1);
        }
    }
    *out = list;
    *num = found;
    return CEPCES_OK;
}

static const struct {
    int nid;
    const char *name;
} digest_rows[] = {
    {NID_sha1, "SHA1"},
    {NID_sha256, "SHA2-256"},
    {NID_sha384, "SHA2-384"},
    {NID_sha512, "SHA2-512"},
};

#define NUM_DIGESTS (sizeof(digest_rows) / sizeof(digest_rows[0]))

static EVP_MD *digests[NUM_DIGESTS];
static CRYPTO_ONCE digests_once = CRYPTO_ONCE_STATIC_INIT;

static void
fetch_digests(void)
{
    for (size_t i = 0; i < NUM_DIGESTS; i++) {
        digests[i] = EVP_MD_fetch(NULL, digest_rows[i].name, NULL);
    }
}

const EVP_MD *
cepces_digest(int nid)
{
    if (CRYPTO_THREAD_run_once(&digests_once, fetch_digests) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < NUM_DIGESTS; i++) {
        if (digest_rows[i].nid == nid) {
            return digests[i];
        }
    }
    return NULL;
}

static cepces_bytes_t
digest(int nid, size_t size, cepces_bytes_t data, apr_pool_t *p)
{
    unsigned char *md = (unsigned char *)apr_palloc(p, size);
    const EVP_MD *type = cepces_digest(nid);

    if (type == NULL || EVP_Digest(data.data, data.len, md, NULL, type, NULL) != 1) {
        ERR_clear_error();
        return CEPCES_NO_BYTES;
    }
    return cepces_bytes(md, size);
}

cepces_bytes_t
cepces_sha256(cepces_bytes_t data, apr_pool_t *p)
{
    return digest(NID_sha256, SHA256_DIGEST_LENGTH, data, p);
}

cepces_bytes_t
cepces_sha1(cepces_bytes_t data, apr_pool_t *p)
{
    return digest(NID_sha1, SHA_DIGEST_LENGTH, data, p);
}
