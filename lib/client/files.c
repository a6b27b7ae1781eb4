/* The files an enrolment leaves behind. Each is written under a temporary name and renamed, so that
 * a program that reads it never sees half of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/pem.h>

#include "base/encode.h"
#include "base/pool.h"
#include "client/client.h"

static cepces_status_t
write_all(int fd, cepces_bytes_t content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.data, content.len);

        if (n < 0 && errno != EINTR) {
            return CEPCES_E_INVALID;
        }
        if (n > 0) {
            content.data += n;
            content.len -= (size_t)n;
        }
    }
    return fsync(fd) == 0 ? CEPCES_OK : CEPCES_E_INVALID;
}

static cepces_status_t
write_file(const char *path, mode_t mode, cepces_bytes_t content, apr_pool_t *p,
           cepces_error_t *err)
{
    char *temporary = apr_pstrcat(p, path, ".XXXXXX", NULL);
    int fd = mkstemp(temporary);
    cepces_status_t st = CEPCES_E_INVALID;
    int saved;

    if (fd >= 0 && fchmod(fd, mode) == 0) {
        st = write_all(fd, content);
    }
    if (st == CEPCES_OK && rename(temporary, path) != 0) {
        st = CEPCES_E_INVALID;
    }
    saved = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (st != CEPCES_OK) {
        (void)unlink(temporary);
        return cepces_error_apr(err, CEPCES_E_INVALID, saved, path);
    }
    return CEPCES_OK;
}

static cepces_status_t
key_pem(const cepces_secret_t **out, EVP_PKEY *key, apr_pool_t *p, cepces_error_t *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text;
    long len;

    if (bio == NULL || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        BIO_free(bio);
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "writing the private key");
    }
    len = BIO_get_mem_data(bio, &text);
    *out = cepces_secret_copy(text, (size_t)len, p);
    BIO_free(bio);
    return CEPCES_OK;
}

cepces_status_t
cepces_client_write_files(cepces_client_enrolled_t *out, const cepces_client_issued_t *issued,
                          EVP_PKEY *key, const cepces_client_enroll_options_t *enroll,
                          apr_pool_t *p, cepces_error_t *err)
{
    const char *stem =
        apr_pstrcat(p, enroll->out_directory, "/",
                    enroll->out_name != NULL ? enroll->out_name : enroll->template_name, NULL);
    const char *leaf = cepces_pem("CERTIFICATE", issued->certificate, p), *chain = "";
    const cepces_secret_t *secret = NULL;
    cepces_status_t st;

    for (size_t i = 0; i < issued->chain_num; i++) {
        chain = apr_pstrcat(p, chain, cepces_pem("CERTIFICATE", issued->chain[i], p), NULL);
    }
    out->key_path = apr_pstrcat(p, stem, ".key", NULL);
    out->certificate_path = apr_pstrcat(p, stem, ".pem", NULL);
    out->chain_path = apr_pstrcat(p, stem, "-chain.pem", NULL);
    out->fullchain_path = apr_pstrcat(p, stem, "-fullchain.pem", NULL);
    if (mkdir(enroll->out_directory, 0755) != 0 && errno != EEXIST) {
        return cepces_error_apr(err, CEPCES_E_INVALID, errno, enroll->out_directory);
    }
    if ((st = key_pem(&secret, key, p, err)) == CEPCES_OK &&
        (st = write_file(out->key_path, 0600, cepces_bytes(secret->data, secret->len), p, err)) ==
            CEPCES_OK &&
        (st = write_file(out->certificate_path, 0644, cepces_bytes_str(leaf), p, err)) ==
            CEPCES_OK &&
        (st = write_file(out->chain_path, 0644, cepces_bytes_str(chain), p, err)) == CEPCES_OK) {
        st = write_file(out->fullchain_path, 0644,
                        cepces_bytes_str(apr_pstrcat(p, leaf, chain, NULL)), p, err);
    }
    return st;
}
