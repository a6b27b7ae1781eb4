/* Published files, and the work that keeps CRLs current. */
#include <apr_strings.h>

#include "base/encode.h"
#include "service/cache.h"
#include "service/crl.h"
#include "service/service.h"

/* How long caches may keep a CRL: a revocation is on the next one within a minute, and should be
 * seen soon after. */
#define CRL_MAX_AGE apr_time_from_sec(300)
#define CERTIFICATE_MAX_AGE apr_time_from_sec(24 * 3600)

static const struct {
    const char *suffix;
    const char *content_type;
} types[] = {
    {".crl", "application/pkix-crl"},
    {".cer", "application/pkix-cert"},
    {".pem", "application/x-pem-file"},
};

static const char *
content_type_of(const char *name)
{
    const char *suffix = strrchr(name, '.');

    for (size_t i = 0; suffix != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(suffix, types[i].suffix) == 0) {
            return types[i].content_type;
        }
    }
    return "application/octet-stream";
}

/* In the snapshot, whatever its age; without one, in the cache of an earlier process. */
static cepces_status_t
find_file(cepces_site_file_t *out, cepces_service_t *service, const char *name, apr_pool_t *p,
          cepces_error_t *err)
{
    const cepces_snapshot_t *s;
    cepces_status_t st = cepces_service_snapshot(&s, service, true, p, err);

    if (st != CEPCES_OK) {
        cepces_error_t not_cached = CEPCES_ERROR_INIT(p);

        return service->cache_directory != NULL &&
                       cepces_cache_load(out, service->cache_directory, name, p, &not_cached) ==
                           CEPCES_OK
                   ? CEPCES_OK
                   : st;
    }
    for (size_t i = 0; i < s->num_files; i++) {
        if (strcmp(s->files[i].name, name) == 0) {
            *out = s->files[i];
            return CEPCES_OK;
        }
    }
    return cepces_error_set(err, CEPCES_E_NOT_FOUND, "no published file is called \"%s\"",
                            cepces_printable(cepces_bytes_str(name), 200, p));
}

static apr_time_t
expiry_of(const cepces_site_file_t *f, const char *content_type)
{
    bool is_crl = strcmp(content_type, types[0].content_type) == 0;
    apr_time_t expires = apr_time_now() + (is_crl ? CRL_MAX_AGE : CERTIFICATE_MAX_AGE);

    return f->stale_at != 0 && f->stale_at < expires ? f->stale_at : expires;
}

cepces_status_t
cepces_service_publish(cepces_published_t *out, cepces_service_t *service, const char *name,
                       apr_pool_t *p, cepces_error_t *err)
{
    cepces_site_file_t file;
    cepces_bytes_t digest;
    cepces_status_t st = find_file(&file, service, name, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    digest = cepces_sha256(file.body, p);
    if (digest.len == 0) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "the digest of a published file");
    }
    out->content_type = content_type_of(name);
    out->body = file.body;
    out->last_modified = file.last_modified;
    out->expires = expiry_of(&file, out->content_type);
    out->etag = apr_pstrcat(p, "\"", cepces_hex(cepces_bytes(digest.data, 16), p), "\"", NULL);
    return CEPCES_OK;
}

/* --- Maintenance ------------------------------------------------------------------------------ */

/* The CRLs of one CA that are due; |*worst| and |err| keep the first failure. */
static void
maintain_ca(cepces_status_t *worst, cepces_service_t *service, const cepces_site_ca_t *ca,
            apr_pool_t *p, cepces_error_t *err)
{
    for (size_t g = 0; g < ca->record->generations_num; g++) {
        cepces_error_t trouble = CEPCES_ERROR_INIT(p);
        cepces_status_t st = CEPCES_OK;

        if (ca->signers[g] != NULL) {
            st = cepces_crl_make(service->store, ca->record, &ca->record->generations[g],
                                 ca->signers[g], true, p, &trouble);
        }
        if (st != CEPCES_OK && *worst == CEPCES_OK) {
            *worst = st;
            *err = trouble;
        }
    }
}

/* A CA whose CRL cannot be signed must not let the others' run out. */
cepces_status_t
cepces_service_maintain(cepces_service_t *service, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_snapshot_t *s;
    cepces_status_t st = cepces_service_snapshot(&s, service, false, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (size_t i = 0; i < s->num_cas; i++) {
        maintain_ca(&st, service, &s->cas[i], p, err);
    }
    return st;
}
