/* Finding and remembering accounts. */
#include "service/accounts.h"

#include <apr_strings.h>

#include "base/bytes.h"
#include "pki/pki.h"
#include "service/memory.h"

struct cepces_accounts_t {
    cepces_memory_t *memory;
};

static void *
copy_account(const void *value, apr_pool_t *p)
{
    const cepces_account_t *from = (const cepces_account_t *)value;
    cepces_account_t *to = (cepces_account_t *)apr_pmemdup(p, from, sizeof(*from));

    to->name = apr_pstrdup(p, from->name);
    to->common_name = apr_pstrdup(p, from->common_name);
    to->dns_names = cepces_strings_dup(from->dns_names, p);
    to->upn = apr_pstrdup(p, from->upn);
    to->email = apr_pstrdup(p, from->email);
    to->directory_name = apr_pstrdup(p, from->directory_name);
    to->guid = apr_pstrdup(p, from->guid);
    to->sid = apr_pstrdup(p, from->sid);
    return to;
}

cepces_status_t
cepces_accounts_create(cepces_accounts_t **out, apr_interval_time_t keep, apr_pool_t *p,
                       cepces_error_t *err)
{
    *out = (cepces_accounts_t *)apr_pcalloc(p, sizeof(**out));
    return cepces_memory_create(&(*out)->memory, keep, copy_account, p, err);
}

void
cepces_accounts_forget(cepces_accounts_t *accounts)
{
    cepces_memory_forget(accounts->memory);
}

cepces_status_t
cepces_accounts_find(cepces_account_t *out, cepces_accounts_t *accounts, cepces_store_t *store,
                     const char *name, bool fresh, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t key = cepces_sha256(cepces_bytes_str(name), p);
    apr_uint32_t epoch = cepces_memory_epoch(accounts->memory);
    const cepces_account_t *known;
    cepces_status_t st;

    if (key.len == 0) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "the digest of an account's name");
    }
    known = fresh ? NULL : cepces_memory_recall(accounts->memory, key.data, p);
    if (known != NULL) {
        *out = *known;
        return CEPCES_OK;
    }
    st = cepces_store_find_account(out, store, name, p, err);
    if (st == CEPCES_OK) {
        cepces_memory_keep(accounts->memory, key.data, epoch, out);
    }
    return st;
}
