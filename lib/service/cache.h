/* Published files kept on disk, so that a server that starts without its database still serves the
 * CRLs it served before (rule S14). */
#ifndef SERVICE_CACHE_H
#define SERVICE_CACHE_H

#include "service/snapshot.h"

/* cepces_cache_save writes every published file of |s| below |directory|, each whole or not at all.
 */
cepces_status_t cepces_cache_save(const char *directory, const cepces_snapshot_t *s, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_cache_load reads the file |name| back. CEPCES_E_NOT_FOUND, also for names that are no
 * published file's. */
cepces_status_t cepces_cache_load(cepces_site_file_t *out, const char *directory, const char *name,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
