/* CA keys: which are fit, making new ones, writing them to files. */
#include "ca/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#define PBKDF2_ROUNDS 600000
#define MAX_RSA_BITS 8192
#define MAX_GENERATED_RSA_BITS 4096

static bool
has_group(const EVP_PKEY *key, const char *group)
{
    char name[64];

    return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
                                          NULL) == 1 &&
           strcmp(name, group) == 0;
}

cepces_status_t
cepces_ca_key_check(const EVP_PKEY *key, cepces_error_t *err)
{
    int type = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);

    if (type == EVP_PKEY_RSA && bits >= CEPCES_CA_MIN_RSA_BITS && bits <= MAX_RSA_BITS) {
        return CEPCES_OK;
    }
    if (type == EVP_PKEY_EC &&
        (has_group(key, SN_X9_62_prime256v1) || has_group(key, SN_secp384r1))) {
        return CEPCES_OK;
    }
    return cepces_error_rule(err, CEPCES_E_INVALID, "K5",
                             "a CA key of type %s with %d bits is not accepted; RSA of %d bits or "
                             "more, P-256 and P-384 are",
                             EVP_PKEY_get0_type_name(key), bits, CEPCES_CA_MIN_RSA_BITS);
}

cepces_status_t
cepces_ca_key_spki(cepces_bytes_t *out, const EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    if (len <= 0) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "cannot encode a public key");
    }
    *out = cepces_bytes_dup(cepces_bytes(der, (size_t)len), p);
    OPENSSL_free(der);
    return CEPCES_OK;
}

cepces_status_t
cepces_ca_generate_key(EVP_PKEY **out, cepces_ca_key_kind_t kind, unsigned bits,
                       cepces_error_t *err)
{
    EVP_PKEY *key = NULL;

    *out = NULL;
    if (kind == CEPCES_CA_KEY_RSA &&
        (bits < CEPCES_CA_MIN_RSA_BITS || bits > MAX_GENERATED_RSA_BITS)) {
        return cepces_error_rule(err, CEPCES_E_INVALID, "K5",
                                 "an RSA key has %d to %d bits, not %u", CEPCES_CA_MIN_RSA_BITS,
                                 MAX_GENERATED_RSA_BITS, bits);
    }
    switch (kind) {
    case CEPCES_CA_KEY_RSA:
        key = EVP_RSA_gen(bits);
        break;
    case CEPCES_CA_KEY_P256:
        key = EVP_EC_gen("P-256");
        break;
    case CEPCES_CA_KEY_P384:
        key = EVP_EC_gen("P-384");
        break;
    }
    if (key == NULL) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "cannot generate a key");
    }
    *out = key;
    return CEPCES_OK;
}

/* --- Writing ---------------------------------------------------------------------------------- */

/* Seals |info| with PBES2, AES-256 and PBKDF2 (rule K2). */
static X509_SIG *
encrypt_key(PKCS8_PRIV_KEY_INFO *info, const char *passphrase)
{
    X509_ALGOR *pbe =
        PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ROUNDS, NULL, 0, NULL, NID_hmacWithSHA256);
    X509_SIG *sealed = NULL;

    if (pbe != NULL) {
        sealed = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), info, pbe);
        if (sealed == NULL) {
            X509_ALGOR_free(pbe);
        }
    }
    return sealed;
}

static bool
print_key(BIO *bio, const EVP_PKEY *key, const char *passphrase)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    X509_SIG *sealed = NULL;
    bool done = false;

    if (info != NULL && passphrase != NULL) {
        sealed = encrypt_key(info, passphrase);
        done = sealed != NULL && PEM_write_bio_PKCS8(bio, sealed) == 1;
    } else if (info != NULL) {
        done = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info) == 1;
    }
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    return done;
}

static bool
write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return fsync(fd) == 0;
}

/* A new name is durable only when its folder is. */
static bool
sync_folder(const char *path, apr_pool_t *p)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL ? "." : apr_pstrndup(p, path, (apr_size_t)(slash - path + 1));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static cepces_status_t
write_file(const char *path, const char *data, size_t len, apr_pool_t *p, cepces_error_t *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool done;
    int reason;

    if (fd < 0) {
        return cepces_error_apr(err, errno == EEXIST ? CEPCES_E_EXISTS : CEPCES_E_INVALID, errno,
                                apr_psprintf(p, "key file %s cannot be made", path));
    }
    done = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write_all(fd, data, len) && sync_folder(path, p);
    reason = errno;
    if (close(fd) == 0 && done) {
        return CEPCES_OK;
    }
    unlink(path);
    return cepces_error_apr(err, CEPCES_E_INVALID, reason,
                            apr_psprintf(p, "key file %s cannot be written", path));
}

cepces_status_t
cepces_ca_write_key(const char *path, EVP_PKEY *key, const char *passphrase, apr_pool_t *p,
                    cepces_error_t *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *data = NULL;
    long len;
    cepces_status_t st;

    if (bio == NULL || !print_key(bio, key, passphrase)) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "cannot encode a private key");
    } else {
        len = BIO_get_mem_data(bio, &data);
        st = write_file(path, data, (size_t)len, p, err);
    }
    BIO_free(bio); /* wipes: the memory is OpenSSL's secure kind */
    return st;
}
