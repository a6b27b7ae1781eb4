/* Shared by the administrative functions. */
#include "service/site.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/pool.h"

static apr_status_t
give_back(void *data)
{
    cepces_snapshot_release((cepces_snapshot_t *)data);
    return APR_SUCCESS;
}

cepces_status_t
cepces_site_load(const cepces_snapshot_t **out, cepces_store_t *store, const cepces_keyring_t *keys,
                 apr_pool_t *p, cepces_error_t *err)
{
    cepces_snapshot_t *s;
    cepces_status_t st = cepces_snapshot_load(&s, store, keys, err);

    if (st == CEPCES_OK) {
        apr_pool_cleanup_register(p, s, give_back, apr_pool_cleanup_null);
        *out = s;
    }
    return st;
}

cepces_status_t
cepces_site_signing_ca(const cepces_site_ca_t **out, const cepces_snapshot_t *s, const char *name,
                       cepces_error_t *err)
{
    *out = cepces_snapshot_ca(s, name);
    if (*out == NULL) {
        return cepces_error_set(err, CEPCES_E_NOT_FOUND, "CA \"%s\" does not exist", name);
    }
    if ((*out)->signer == NULL) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "the key of CA \"%s\" is not in the key directory", name);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_site_read_file(cepces_bytes_t *out, const char *path, size_t max_len, apr_pool_t *p,
                      cepces_error_t *err)
{
    apr_file_t *file;
    cepces_secret_t *content;
    unsigned char *data = (unsigned char *)apr_palloc(p, max_len + 1);
    apr_size_t len = 0;
    apr_status_t rv = apr_file_open(&file, path, APR_READ | APR_BINARY, 0, p);

    if (rv != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INVALID, rv, path);
    }
    rv = apr_file_read_full(file, data, max_len + 1, &len);
    apr_file_close(file);
    if (!APR_STATUS_IS_EOF(rv)) {
        return rv == APR_SUCCESS ? cepces_error_set(err, CEPCES_E_INVALID,
                                                    "%s: more than %zu bytes", path, max_len)
                                 : cepces_error_apr(err, CEPCES_E_INVALID, rv, path);
    }
    content = cepces_secret_copy(data, len, p);
    cepces_wipe(data, len);
    *out = cepces_bytes(content->data, content->len);
    return CEPCES_OK;
}

cepces_status_t
cepces_site_passphrase(const char **out, const char *path, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t text;
    cepces_status_t st;

    *out = NULL;
    if (path == NULL) {
        return CEPCES_OK;
    }
    st = cepces_site_read_file(&text, path, 4096, p, err);
    if (st == CEPCES_OK) {
        const char *line = (const char *)text.data;

        *out = (const char *)cepces_secret_copy(line, strcspn(line, "\r\n"), p)->data;
    }
    return st;
}
