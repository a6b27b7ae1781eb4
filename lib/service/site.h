/* What the administrative functions share: a snapshot for one command, files, passphrases. */
#ifndef SERVICE_SITE_H
#define SERVICE_SITE_H

#include "service/snapshot.h"

/* cepces_site_load loads a snapshot that lives as long as |p|. */
cepces_status_t cepces_site_load(const cepces_snapshot_t **out, cepces_store_t *store,
                                 const cepces_keyring_t *keys, apr_pool_t *p,
                                 cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_site_signing_ca finds a CA whose current key is at hand. CEPCES_E_NOT_FOUND,
 * CEPCES_E_INVALID. */
cepces_status_t cepces_site_signing_ca(const cepces_site_ca_t **out, const cepces_snapshot_t *s,
                                       const char *name, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_site_read_file reads a whole file of at most |max_len| bytes. CEPCES_E_INVALID names the
 * file. */
cepces_status_t cepces_site_read_file(cepces_bytes_t *out, const char *path, size_t max_len,
                                      apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_site_passphrase reads the first line of |path|, wiped with |p|; NULL when |path| is NULL.
 */
cepces_status_t cepces_site_passphrase(const char **out, const char *path, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
