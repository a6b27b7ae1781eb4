/* The cache of published files. */
#include "service/cache.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/encode.h"

#define MAX_FILE_LEN (64 * 1024 * 1024) /* a CRL of a million entries has 40 MiB */

static cepces_status_t
save_file(const char *directory, const cepces_site_file_t *f, apr_pool_t *p, cepces_error_t *err)
{
    const char *path = apr_pstrcat(p, directory, "/", f->name, NULL);
    char *temporary = apr_pstrcat(p, directory, "/.XXXXXX", NULL);
    apr_file_t *file;
    apr_status_t rv =
        apr_file_mktemp(&file, temporary, APR_WRITE | APR_CREATE | APR_EXCL | APR_BINARY, p);

    if (rv != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, directory);
    }
    rv = apr_file_write_full(file, f->body.data, f->body.len, NULL);
    apr_file_close(file);
    if (rv == APR_SUCCESS) {
        rv = apr_file_mtime_set(temporary, f->last_modified, p);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_file_rename(temporary, path, p);
    }
    if (rv != APR_SUCCESS) {
        (void)apr_file_remove(temporary, p);
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, path);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_cache_save(const char *directory, const cepces_snapshot_t *s, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_status_t st = CEPCES_OK;

    for (size_t i = 0; i < s->num_files && st == CEPCES_OK; i++) {
        st = save_file(directory, &s->files[i], p, err);
    }
    return st;
}

/* Names of published files are made of the names of CAs: anything else is not looked for on disk.
 */
static bool
is_file_name(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return len > 0 && name[len] == '\0' && name[0] != '.';
}

cepces_status_t
cepces_cache_load(cepces_site_file_t *out, const char *directory, const char *name, apr_pool_t *p,
                  cepces_error_t *err)
{
    apr_file_t *file;
    apr_finfo_t info;
    unsigned char *data;
    apr_status_t rv = APR_ENOENT;

    if (is_file_name(name)) {
        rv = apr_file_open(&file, apr_pstrcat(p, directory, "/", name, NULL), APR_READ | APR_BINARY,
                           0, p);
    }
    if (rv != APR_SUCCESS) {
        return cepces_error_set(err, CEPCES_E_NOT_FOUND, "no file \"%s\" in \"%s\"",
                                cepces_printable(cepces_bytes_str(name), 200, p), directory);
    }
    rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_MTIME, file);
    if (rv == APR_SUCCESS && info.size > 0 && info.size <= MAX_FILE_LEN) {
        data = (unsigned char *)apr_palloc(p, (apr_size_t)info.size);
        rv = apr_file_read_full(file, data, (apr_size_t)info.size, NULL);
        *out = (cepces_site_file_t){name, cepces_bytes(data, (size_t)info.size), info.mtime, 0};
    } else if (rv == APR_SUCCESS) {
        rv = APR_EGENERAL;
    }
    apr_file_close(file);
    return rv == APR_SUCCESS ? CEPCES_OK : cepces_error_apr(err, CEPCES_E_INTERNAL, rv, name);
}
