/* The content of a BinarySecurityToken. */
#ifndef WSTEP_TOKEN_H
#define WSTEP_TOKEN_H

#include "wstep/wstep.h"

/* cepces_wstep_read_token decodes wsse:BinarySecurityToken; |*out| is empty when |node| is NULL,
 * nil or without text. Errors: CEPCES_E_INVALID_ARGUMENT (EncodingType), CEPCES_E_BAD_DATA. */
cepces_status_t cepces_wstep_read_token(cepces_bytes_t *out, const xmlNode *node, apr_pool_t *p,
                                        cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
