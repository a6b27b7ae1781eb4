/* Making the CRLs of a CA. */
#ifndef SERVICE_CRL_H
#define SERVICE_CRL_H

#include "ca/ca.h"
#include "cepces/store.h"

/* cepces_crl_make signs and stores the next CRL of |generation|; with |only_if_due| only when a
 * revocation or the clock asks for it (rule C2). A CRL that was made is logged. */
cepces_status_t cepces_crl_make(cepces_store_t *store, const cepces_ca_t *ca,
                                const cepces_ca_generation_t *generation,
                                const cepces_signer_t *signer, bool only_if_due, apr_pool_t *p,
                                cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
