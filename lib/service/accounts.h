/* Accounts by name, with a short memory for those who only read the policy. */
#ifndef SERVICE_ACCOUNTS_H
#define SERVICE_ACCOUNTS_H

#include "cepces/store.h"

typedef struct cepces_accounts_t cepces_accounts_t;

cepces_status_t cepces_accounts_create(cepces_accounts_t **out, apr_interval_time_t keep,
                                       apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_accounts_forget drops everything: an account has changed. */
void cepces_accounts_forget(cepces_accounts_t *accounts);

/* cepces_accounts_find is cepces_store_find_account; |fresh| asks the database in any case, as
 * issuance must (rule V50). That a name has no account is not remembered. */
cepces_status_t cepces_accounts_find(cepces_account_t *out, cepces_accounts_t *accounts,
                                     cepces_store_t *store, const char *name, bool fresh,
                                     apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
