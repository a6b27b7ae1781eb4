/* Whole files, by stdio. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

static cepces_status_t
cannot(const char *verb, const char *path, cepces_error_t *err)
{
    return cepces_error_set(err, CEPCES_E_INVALID, "cannot %s \"%s\": %s", verb, path,
                            strerror(errno));
}

static cepces_status_t
read_stream(cepces_bytes_t *out, FILE *f, const char *path, size_t max_len, apr_pool_t *p,
            cepces_error_t *err)
{
    size_t len = 0, capacity = 4096;
    char *data = apr_palloc(p, capacity);

    for (;;) {
        size_t got = fread(data + len, 1, capacity - 1 - len, f);

        len += got;
        if (len > max_len) {
            return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is larger than %zu bytes", path,
                                    max_len);
        }
        if (got == 0) {
            break;
        }
        if (len == capacity - 1) {
            char *larger = apr_palloc(p, capacity * 2);

            memcpy(larger, data, len);
            explicit_bzero(data, len); /* it may be a password */
            data = larger;
            capacity *= 2;
        }
    }
    if (ferror(f)) {
        return cannot("read", path, err);
    }
    data[len] = '\0';
    *out = (cepces_bytes_t){(unsigned char *)data, len};
    return CEPCES_OK;
}

cepces_status_t
ctl_read_file(cepces_bytes_t *out, const char *path, size_t max_len, apr_pool_t *p,
              cepces_error_t *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    cepces_status_t st;

    if (f == NULL) {
        return cannot("open", path, err);
    }
    (void)setvbuf(f, NULL, _IONBF, 0); /* a password would stay in the stream's buffer */
    st = read_stream(out, f, path, max_len, p, err);
    if (!standard) {
        fclose(f);
    }
    return st;
}

static bool
write_all(FILE *f, cepces_bytes_t data)
{
    return fwrite(data.data, 1, data.len, f) == data.len && fflush(f) == 0;
}

cepces_status_t
ctl_write_file(const char *path, cepces_bytes_t data, apr_pool_t *p, cepces_error_t *err)
{
    const char *temporary = apr_pstrcat(p, path, ".tmp", NULL);
    cepces_status_t st = CEPCES_OK;
    FILE *f;

    if (strcmp(path, "-") == 0) {
        return write_all(stdout, data) ? CEPCES_OK : cannot("write", path, err);
    }
    f = fopen(temporary, "wb");
    if (f == NULL) {
        return cannot("create", temporary, err);
    }
    if (!write_all(f, data)) {
        st = cannot("write", temporary, err);
    }
    if (fclose(f) != 0 && st == CEPCES_OK) {
        st = cannot("write", temporary, err);
    }
    if (st == CEPCES_OK && rename(temporary, path) != 0) {
        st = cannot("replace", path, err);
    }
    if (st != CEPCES_OK) {
        (void)unlink(temporary);
    }
    return st;
}
