/* The audit trail of administrative changes, and the small lookups that every change begins
 * with. */
#include "store/store.h"

cepces_status_t
cepces_store_audit(cepces_session_t *c, const cepces_store_change_t *change, apr_pool_t *p,
                   cepces_error_t *err)
{
    cepces_params_t a;

    cepces_store_bind(&a, change->event, p);
    cepces_store_put_text(&a, c->store->options.actor);
    cepces_store_put_text(&a, change->ca);
    cepces_store_put_text(&a, change->template_name);
    cepces_store_put_strings(&a, change->details);
    return cepces_store_run(NULL, c, SQL_AUDIT, &a, err);
}

void
cepces_store_bind(cepces_params_t *a, const char *name, apr_pool_t *p)
{
    cepces_store_params_init(a, p);
    cepces_store_put_text(a, name);
}

cepces_status_t
cepces_store_id_of(int64_t *id, cepces_session_t *c, cepces_statement_t statement, const char *kind,
                   const char *name, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, name, p);
    st = cepces_store_value(id, c, statement, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no %s called %s", kind,
                                name != NULL ? name : "(null)");
    }
    return st;
}
