/* Accounts: who may ask, with the attributes that certificates are built from. */
#include "store/words.h"

static void
read_account(void *record, cepces_row_t *row)
{
    cepces_account_t *account = (cepces_account_t *)record;

    account->id = cepces_store_take_int(row);
    account->name = cepces_store_take_text(row);
    account->kind = (cepces_account_kind_t)cepces_store_take_word(row, cepces_store_account_kinds);
    account->enabled = cepces_store_take_bool(row);
    account->common_name = cepces_store_take_text(row);
    account->dns_names = cepces_store_take_strings(row);
    account->upn = cepces_store_take_text(row);
    account->email = cepces_store_take_text(row);
    account->directory_name = cepces_store_take_text(row);
    account->guid = cepces_store_take_text(row);
    account->sid = cepces_store_take_text(row);
    account->changed_at = cepces_store_take_time(row);
}

cepces_status_t
cepces_store_find_account(cepces_account_t *out, cepces_store_t *s, const char *name, apr_pool_t *p,
                          cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, name, p);
    st = cepces_store_query(&res, s, SQL_FIND_ACCOUNT, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no account called %s", name);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(out, res, read_account, p, err);
    }
    return st;
}

cepces_status_t
cepces_store_list_accounts(const cepces_account_t **out, size_t *num, cepces_store_t *s,
                           apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_account_t *accounts;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_query(&res, s, SQL_ALL_ACCOUNTS, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    accounts = (cepces_account_t *)apr_pcalloc(p, ((size_t)PQntuples(res) + 1) * sizeof(*accounts));
    st = cepces_store_read_rows(accounts, sizeof(*accounts), res, read_account, p, err);
    if (st == CEPCES_OK) {
        *out = accounts;
        *num = (size_t)PQntuples(res);
    }
    return st;
}

/* What a violated constraint means. */
static const char *
duplicate(const char *constraint)
{
    static const struct {
        const char *constraint, *meaning;
    } rows[] = {
        {"account_upn_key", "another account has this UPN"},
        {"account_sid_key", "another account has this SID"},
        {"account_guid_key", "another account has this GUID"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].constraint, constraint) == 0) {
            return rows[i].meaning;
        }
    }
    return "there is an account of this name already";
}

static cepces_status_t
save(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_account_t *account = (const cepces_account_t *)payload;
    bool added = account->id == 0;
    cepces_store_change_t change = {.event = added ? "account.added" : "account.changed",
                                    .details = CHANGE_DETAILS("account", account->name, "enabled",
                                                              account->enabled ? "true" : "false")};
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, account->name, p);
    cepces_store_put_word(&a, cepces_store_account_kinds, (int)account->kind);
    cepces_store_put_bool(&a, account->enabled);
    cepces_store_put_text(&a, account->common_name);
    cepces_store_put_strings(&a, account->dns_names);
    cepces_store_put_text(&a, account->upn);
    cepces_store_put_text(&a, account->email);
    cepces_store_put_text(&a, account->directory_name);
    cepces_store_put_text(&a, account->guid);
    cepces_store_put_text(&a, account->sid);
    if (!added) {
        cepces_store_put_int(&a, account->id);
    }
    st = cepces_store_run(NULL, c, added ? SQL_ADD_ACCOUNT : SQL_CHANGE_ACCOUNT, &a, err);
    switch (st) {
    case CEPCES_OK:
        return cepces_store_audit(c, &change, p, err);
    case CEPCES_E_EXISTS:
        return cepces_error_set(err, st, "account %s: %s", account->name, duplicate(c->constraint));
    case CEPCES_E_NOT_FOUND:
        return cepces_error_set(err, st, "there is no account called %s", account->name);
    default:
        return cepces_error_wrap(err, st, "account %s", account->name);
    }
}

cepces_status_t
cepces_store_save_account(cepces_store_t *s, const cepces_account_t *account, apr_pool_t *p,
                          cepces_error_t *err)
{
    cepces_account_t copy = *account;

    return cepces_store_transact(s, BEGIN_WRITE, save, &copy, p, err);
}
