/* Policies: what one CEP answer describes. */
#include "store/store.h"

/* Adds the policy or changes the one of its name; gives its id. */
static cepces_status_t
save_row(int64_t *id, cepces_session_t *c, const cepces_policy_t *policy, apr_pool_t *p,
         cepces_error_t *err)
{
    bool added = policy->id == 0;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, policy->name, p);
    if (added) {
        cepces_store_put_text(&a, policy->guid);
    }
    cepces_store_put_text(&a, policy->friendly_name);
    cepces_store_put_int(&a, policy->next_update_hours);
    st = cepces_store_value(id, c, added ? SQL_ADD_POLICY : SQL_CHANGE_POLICY, &a, err);
    if (st == CEPCES_E_EXISTS) {
        return cepces_error_set(err, st, "there is a policy of this name or GUID already");
    }
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no policy called %s", policy->name);
    }
    return st;
}

static cepces_status_t
add_ca(cepces_session_t *c, int64_t policy_id, const char *name, size_t position, apr_pool_t *p,
       cepces_error_t *err)
{
    cepces_params_t a;
    int64_t ca_id;
    cepces_status_t st = cepces_store_id_of(&ca_id, c, SQL_CA_ID, "CA", name, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, policy_id);
    cepces_store_put_int(&a, ca_id);
    cepces_store_put_int(&a, (int64_t)position);
    return cepces_store_run(NULL, c, SQL_ADD_POLICY_CA, &a, err);
}

static cepces_status_t
save(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_policy_t *policy = (const cepces_policy_t *)payload;
    cepces_store_change_t change = {
        .event = policy->id == 0 ? "policy.added" : "policy.changed",
        .details = CHANGE_DETAILS("policy", policy->name, "friendly-name", policy->friendly_name,
                                  "cas", cepces_strings_join(policy->cas, " ", p))};
    cepces_params_t a;
    int64_t id = 0;
    cepces_status_t st = save_row(&id, c, policy, p, err);

    if (st == CEPCES_OK) {
        cepces_store_params_init(&a, p);
        cepces_store_put_int(&a, id);
        st = cepces_store_run(NULL, c, SQL_CLEAR_POLICY_CAS, &a, err);
    }
    for (size_t i = 0; st == CEPCES_OK && i < policy->cas.num; i++) {
        st = add_ca(c, id, policy->cas.items[i], i + 1, p, err);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_save_policy(cepces_store_t *s, const cepces_policy_t *policy, apr_pool_t *p,
                         cepces_error_t *err)
{
    cepces_policy_t copy = *policy;

    return cepces_store_transact(s, BEGIN_WRITE, save, &copy, p, err);
}
