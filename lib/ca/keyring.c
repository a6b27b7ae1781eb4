/* The folder of CA keys. It is read once, as root, before privileges drop. Every step from / to a
 * file is opened relative to the one before and judged by its descriptor, so that nothing can be
 * swapped between look and use (rules K1, K2). */
#include "ca/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_tables.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/pool.h"

#define MAX_FILE_LEN (64 * 1024)   /* an RSA-4096 key in PEM has 3.3 KiB */
#define MAX_PASSPHRASE_LEN 1024
#define MAX_KEYS 256

#define LOG_WEAK_CA_KEY 101

typedef struct {
    EVP_PKEY *pkey;
    cepces_bytes_t spki_sha256;
} entry_t;

struct cepces_keyring_t {
    entry_t *entries;
    size_t num;
};

/* A file's content that is wiped when released. */
typedef struct {
    unsigned char *data;
    size_t len;
} content_t;

static void
release_content(content_t *c)
{
    OPENSSL_secure_clear_free(c->data, MAX_FILE_LEN + 1);
    c->data = NULL;
}

/* --- Rule K1 ---------------------------------------------------------------------------------- */

static cepces_status_t
refuse(cepces_error_t *err, const char *path, const char *why)
{
    return cepces_error_rule(err, CEPCES_E_INVALID, "K1", "%s: %s", path, why);
}

static cepces_status_t
system_error(cepces_error_t *err, const char *path, const char *doing)
{
    char text[128];

    return cepces_error_rule(err, CEPCES_E_INVALID, "K1", "%s: cannot %s: %s", path, doing,
                             apr_strerror(errno, text, sizeof(text)));
}

/* Others could put another file in place of ours, unless the folder is sticky. */
static cepces_status_t
check_folder(int fd, const char *path, cepces_error_t *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return system_error(err, path, "examine the folder");
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0) {
        return refuse(err, path, "others may write to this folder (chmod go-w)");
    }
    return CEPCES_OK;
}

/* Opens the folder |path|, which is absolute and free of symbolic links, checking it and all its
 * parents. */
static cepces_status_t
open_folder(int *out, const char *path, apr_pool_t *p, cepces_error_t *err)
{
    char *rest = apr_pstrdup(p, path), *last = NULL;
    const char *seen = "";
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cepces_status_t st =
        fd < 0 ? system_error(err, "/", "open the folder") : check_folder(fd, "/", err);

    for (char *name = apr_strtok(rest, "/", &last); st == CEPCES_OK && name != NULL;
         name = apr_strtok(NULL, "/", &last)) {
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        seen = apr_pstrcat(p, seen, "/", name, NULL);
        if (next < 0) {
            st = system_error(err, seen, "open the folder");
            break;
        }
        close(fd);
        fd = next;
        st = check_folder(fd, seen, err);
    }
    if (st == CEPCES_OK) {
        *out = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    return st;
}

static cepces_status_t
check_file(int fd, const char *path, cepces_error_t *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return system_error(err, path, "examine the file");
    }
    if (!S_ISREG(st.st_mode)) {
        return refuse(err, path, "not a regular file");
    }
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        return refuse(err, path, "owned neither by root nor by the user who reads it");
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return refuse(err, path, "others have access to it (chmod 600)");
    }
    if (st.st_size > MAX_FILE_LEN) {
        return refuse(err, path, "larger than 64 KiB");
    }
    return CEPCES_OK;
}

static cepces_status_t
read_all(content_t *out, int fd, const char *path, cepces_error_t *err)
{
    ssize_t n = 0;

    out->len = 0;
    out->data = (unsigned char *)OPENSSL_secure_zalloc(MAX_FILE_LEN + 1);
    if (out->data == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no memory for %s", path);
    }
    while (out->len <= MAX_FILE_LEN &&
           ((n = read(fd, out->data + out->len, MAX_FILE_LEN + 1 - out->len)) > 0 ||
            (n < 0 && errno == EINTR))) {
        out->len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        return system_error(err, path, "read the file");
    }
    return out->len > MAX_FILE_LEN ? refuse(err, path, "larger than 64 KiB") : CEPCES_OK;
}

/* Reads the file |name| of the open folder |dir|; |path| is its full name for messages. The caller
 * releases |*out|, also after an error. */
static cepces_status_t
read_file(content_t *out, int dir, const char *name, const char *path, cepces_error_t *err)
{
    cepces_status_t st;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return errno == ELOOP ? refuse(err, path, "a symbolic link")
                              : system_error(err, path, "open the file");
    }
    st = check_file(fd, path, err);
    if (st == CEPCES_OK) {
        st = read_all(out, fd, path, err);
    }
    close(fd);
    return st;
}

/* Resolves links in the way to |path|; what is checked is the real place. */
static cepces_status_t
real_folder(const char **out, const char *path, apr_pool_t *p, cepces_error_t *err)
{
    char *real = realpath(path, NULL);

    if (real == NULL) {
        return system_error(err, path, "find the folder");
    }
    *out = apr_pstrdup(p, real);
    free(real);
    return CEPCES_OK;
}

/* --- Rule K2 ---------------------------------------------------------------------------------- */

/* Reads the first line of the passphrase file. */
static cepces_status_t
read_passphrase(content_t *out, const char *path, apr_pool_t *p, cepces_error_t *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *folder =
        slash == NULL ? "." : apr_pstrndup(p, path, (apr_size_t)(slash - path + 1));
    int dir = -1;
    cepces_status_t st = real_folder(&folder, folder, p, err);

    if (st == CEPCES_OK) {
        st = open_folder(&dir, folder, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_file(out, dir, name, path, err);
        close(dir);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    out->len = strcspn((const char *)out->data, "\r\n");
    if (out->len == 0 || out->len > MAX_PASSPHRASE_LEN) {
        return cepces_error_rule(err, CEPCES_E_INVALID, "K2",
                                 "%s: the first line must hold a passphrase of at most %d bytes",
                                 path, MAX_PASSPHRASE_LEN);
    }
    return CEPCES_OK;
}

static EVP_PKEY *
decrypt_key(const unsigned char *der, long len, const content_t *passphrase)
{
    X509_SIG *sealed = d2i_X509_SIG(NULL, &der, len);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    EVP_PKEY *pkey = NULL;

    if (sealed != NULL) {
        info = PKCS8_decrypt(sealed, (const char *)passphrase->data, (int)passphrase->len);
    }
    if (info != NULL) {
        pkey = EVP_PKCS82PKEY(info);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sealed);
    return pkey;
}

static EVP_PKEY *
plain_key(const unsigned char *der, long len)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, len);
    EVP_PKEY *pkey = info == NULL ? NULL : EVP_PKCS82PKEY(info);

    PKCS8_PRIV_KEY_INFO_free(info);
    return pkey;
}

/* Decodes a PEM file of a PKCS#8 key, plain or encrypted. |*out| is the caller's to free. */
static cepces_status_t
decode_key(EVP_PKEY **out, const content_t *file, const content_t *passphrase, const char *path,
           apr_pool_t *p, cepces_error_t *err)
{
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->len);
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    cepces_status_t st = CEPCES_OK;

    if (bio == NULL || PEM_read_bio_ex(bio, &label, &header, &der, &len, PEM_FLAG_SECURE) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INVALID, apr_psprintf(p, "%s: not a PEM file", path));
    } else if (strcmp(label, PEM_STRING_PKCS8INF) == 0) {
        *out = plain_key(der, len);
    } else if (strcmp(label, PEM_STRING_PKCS8) != 0) {
        st = cepces_error_rule(
            err, CEPCES_E_INVALID, "K2",
            "%s: holds no PKCS#8 private key (convert with openssl pkcs8 -topk8)", path);
    } else if (passphrase->data == NULL) {
        st = cepces_error_rule(err, CEPCES_E_INVALID, "K2",
                               "%s: the key is encrypted and no passphrase file was given", path);
    } else {
        *out = decrypt_key(der, len, passphrase);
    }
    if (st == CEPCES_OK && *out == NULL) {
        st = cepces_pki_error(err, CEPCES_E_INVALID,
                              apr_psprintf(p, "%s: the private key cannot be read", path));
    }
    OPENSSL_secure_free(label);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(der, (size_t)len);
    BIO_free(bio);
    return st;
}

/* --- The folder ------------------------------------------------------------------------------- */

static cepces_status_t
add_key(cepces_keyring_t *ring, EVP_PKEY *pkey, const char *path, apr_pool_t *p,
        cepces_error_t *err)
{
    cepces_bytes_t spki;
    cepces_status_t st = cepces_ca_key_check(pkey, err);

    if (st == CEPCES_OK) {
        st = cepces_ca_key_spki(&spki, pkey, p, err);
    }
    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INVALID, "%s", path);
    }
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA &&
        EVP_PKEY_get_bits(pkey) < CEPCES_CA_GOOD_RSA_BITS) {
        cepces_log_write(CEPCES_LOG_WARNING, LOG_WEAK_CA_KEY,
                         "CA key %s is RSA with %d bits; 3072 or more are recommended", path,
                         EVP_PKEY_get_bits(pkey));
    }
    EVP_PKEY_up_ref(pkey);
    cepces_pki_adopt_key(p, pkey);
    ring->entries[ring->num].pkey = pkey;
    ring->entries[ring->num].spki_sha256 = cepces_sha256(spki, p);
    ring->num++;
    return CEPCES_OK;
}

static cepces_status_t
load_key(cepces_keyring_t *ring, int dir, const char *name, const char *folder,
         const content_t *passphrase, apr_pool_t *p, cepces_error_t *err)
{
    const char *path = apr_pstrcat(p, folder, "/", name, NULL);
    content_t file = {NULL, 0};
    EVP_PKEY *pkey = NULL;
    cepces_status_t st = read_file(&file, dir, name, path, err);

    if (st == CEPCES_OK) {
        st = decode_key(&pkey, &file, passphrase, path, p, err);
    }
    if (st == CEPCES_OK) {
        st = add_key(ring, pkey, path, p, err);
    }
    EVP_PKEY_free(pkey);
    release_content(&file);
    return st;
}

static bool
is_key_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && (strcmp(dot, ".pem") == 0 || strcmp(dot, ".key") == 0);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lists the names of key files, sorted, so that a folder is always read in the same order. Takes
 * over |dir|. */
static cepces_status_t
list_keys(apr_array_header_t *names, int dir, const char *folder, apr_pool_t *p,
          cepces_error_t *err)
{
    DIR *stream = fdopendir(dir);

    if (stream == NULL) {
        close(dir);
        return system_error(err, folder, "list the folder");
    }
    for (struct dirent *e = readdir(stream); e != NULL; e = readdir(stream)) {
        if (is_key_name(e->d_name)) {
            *(const char **)apr_array_push(names) = apr_pstrdup(p, e->d_name);
        }
    }
    closedir(stream);
    if (names->nelts > MAX_KEYS) {
        return cepces_error_rule(err, CEPCES_E_INVALID, "K1",
                                 "%s: %d key files, at most %d are read", folder, names->nelts,
                                 MAX_KEYS);
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), compare_names);
    return CEPCES_OK;
}

static cepces_status_t
load_folder(cepces_keyring_t *ring, int dir, const char *folder, const content_t *passphrase,
            apr_pool_t *p, cepces_error_t *err)
{
    apr_array_header_t *names = apr_array_make(p, 8, sizeof(const char *));
    int listing = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    cepces_status_t st = listing < 0 ? system_error(err, folder, "list the folder")
                                     : list_keys(names, listing, folder, p, err);

    if (st == CEPCES_OK) {
        ring->entries = (entry_t *)apr_pcalloc(p, sizeof(entry_t) * (size_t)(names->nelts + 1));
    }
    for (int i = 0; st == CEPCES_OK && i < names->nelts; i++) {
        st = load_key(ring, dir, APR_ARRAY_IDX(names, i, const char *), folder, passphrase, p, err);
    }
    return st;
}

cepces_status_t
cepces_keyring_load(cepces_keyring_t **out, const char *directory, const char *passphrase_file,
                    apr_pool_t *p, cepces_error_t *err)
{
    cepces_keyring_t *ring = (cepces_keyring_t *)apr_pcalloc(p, sizeof(*ring));
    content_t passphrase = {NULL, 0};
    const char *folder = NULL;
    int dir = -1;
    cepces_status_t st = CEPCES_OK;

    *out = NULL;
    if (passphrase_file != NULL) {
        st = read_passphrase(&passphrase, passphrase_file, p, err);
    }
    if (st == CEPCES_OK) {
        st = real_folder(&folder, directory, p, err);
    }
    if (st == CEPCES_OK) {
        st = open_folder(&dir, folder, p, err);
    }
    if (st == CEPCES_OK) {
        st = load_folder(ring, dir, folder, &passphrase, p, err);
        close(dir);
    }
    if (st == CEPCES_OK) {
        *out = ring;
    }
    release_content(&passphrase);
    return st;
}

size_t
cepces_keyring_count(const cepces_keyring_t *keys)
{
    return keys->num;
}

EVP_PKEY *
cepces_keyring_find(const cepces_keyring_t *keys, cepces_bytes_t spki_sha256)
{
    for (size_t i = 0; i < keys->num; i++) {
        if (cepces_bytes_equal(keys->entries[i].spki_sha256, spki_sha256)) {
            return keys->entries[i].pkey;
        }
    }
    return NULL;
}
