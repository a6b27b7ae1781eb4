/* Reading and writing whole files. */
#ifndef TOOLS_FILES_H
#define TOOLS_FILES_H

#include "cepces/error.h"

/* ctl_read_file reads |path|, of at most |max_len| bytes; "-" is standard input. A NUL follows the
 * last byte. Errors: CEPCES_E_INVALID with the reason. */
cepces_status_t ctl_read_file(cepces_bytes_t *out, const char *path, size_t max_len, apr_pool_t *p,
                              cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_write_file replaces |path| by |data|, through a temporary file beside it. "-" is standard
 * output. */
cepces_status_t ctl_write_file(const char *path, cepces_bytes_t data, apr_pool_t *p,
                               cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
