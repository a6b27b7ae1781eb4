/* Credentials: the password hash of an account, and where it opens. */
#include "store/words.h"

/* A credential with whether its account is enabled. */
typedef struct {
    bool enabled;
    cepces_credential_t credential;
} credential_row_t;

static const cepces_scope_t *
scopes_of(cepces_row_t *row, cepces_strings_t kinds, cepces_strings_t names)
{
    cepces_scope_t *scopes = (cepces_scope_t *)apr_palloc(row->p, (kinds.num + 1) * sizeof(*scopes));

    for (size_t i = 0; i < kinds.num; i++) {
        int kind = 0;

        while (cepces_store_scope_kinds[kind] != NULL &&
               strcmp(cepces_store_scope_kinds[kind], kinds.items[i]) != 0) {
            kind++;
        }
        row->wrong = row->wrong || i >= names.num || cepces_store_scope_kinds[kind] == NULL;
        scopes[i].kind = (cepces_scope_kind_t)kind;
        scopes[i].name =
            row->wrong || kind == CEPCES_SCOPE_SAME_AS_CEP ? NULL : names.items[i];
    }
    return scopes;
}

static void
read_credential(void *record, cepces_row_t *row)
{
    credential_row_t *r = (credential_row_t *)record;
    cepces_strings_t kinds, names;

    r->enabled = cepces_store_take_bool(row);
    r->credential.id = cepces_store_take_int(row);
    r->credential.account = cepces_store_take_text(row);
    r->credential.hash = cepces_store_take_text(row);
    r->credential.changed_at = cepces_store_take_time(row);
    kinds = cepces_store_take_strings(row);
    names = cepces_store_take_strings(row);
    r->credential.scopes = scopes_of(row, kinds, names);
    r->credential.scopes_num = kinds.num;
}

cepces_status_t
cepces_store_find_credential(cepces_credential_t *out, bool *enabled, cepces_store_t *s,
                             const char *account, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    credential_row_t found;
    cepces_status_t st;

    cepces_store_bind(&a, account, p);
    st = cepces_store_query(&res, s, SQL_FIND_CREDENTIAL, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no credential of %s", account);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(&found, res, read_credential, p, err);
    }
    if (st == CEPCES_OK) {
        *out = found.credential;
        *enabled = found.enabled;
    }
    return st;
}

cepces_status_t
cepces_store_list_credentials(const cepces_credential_t **out, size_t *num, cepces_store_t *s,
                              apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_credential_t *list;
    cepces_status_t st;
    size_t count;

    cepces_store_params_init(&a, p);
    st = cepces_store_query(&res, s, SQL_ALL_CREDENTIALS, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    count = (size_t)PQntuples(res);
    list = (cepces_credential_t *)apr_palloc(p, (count + 1) * sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        credential_row_t one;
        cepces_row_t row = cepces_store_row(res, (int)i, p);

        read_credential(&one, &row);
        st = cepces_store_row_end(&row, err);
        if (st != CEPCES_OK) {
            return st;
        }
        list[i] = one.credential;
    }
    *out = list;
    *num = count;
    return CEPCES_OK;
}

static cepces_status_t
add_scope(cepces_session_t *c, int64_t credential_id, const cepces_scope_t *scope, apr_pool_t *p,
          cepces_error_t *err)
{
    static const struct {
        cepces_statement_t find;
        const char *kind;
    } targets[] = {{SQL_POLICY_ID, "policy"}, {SQL_CA_ID, "CA"}, {SQL_TEMPLATE_ID, "template"}};
    int64_t ids[3] = {0, 0, 0};
    cepces_params_t a;

    if (scope->kind != CEPCES_SCOPE_SAME_AS_CEP) {
        cepces_status_t st = cepces_store_id_of(&ids[scope->kind], c, targets[scope->kind].find,
                                                targets[scope->kind].kind, scope->name, p, err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, credential_id);
    cepces_store_put_word(&a, cepces_store_scope_kinds, (int)scope->kind);
    for (size_t i = 0; i < 3; i++) {
        cepces_store_put_id(&a, ids[i]);
    }
    return cepces_store_run(NULL, c, SQL_ADD_SCOPE, &a, err);
}

/* Sets the hash of an account's credential, or with none given finds the one there is. */
static cepces_status_t
save_hash(int64_t *id, cepces_session_t *c, const cepces_credential_t *credential, apr_pool_t *p,
          cepces_error_t *err)
{
    cepces_params_t a;
    int64_t account_id;
    cepces_status_t st = cepces_store_id_of(&account_id, c, SQL_ACCOUNT_ID, "account",
                                            credential->account, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, account_id);
    if (credential->hash != NULL) {
        cepces_store_put_text(&a, credential->hash);
    }
    st = cepces_store_value(id, c, credential->hash != NULL ? SQL_SET_CREDENTIAL : SQL_TOUCH_CREDENTIAL,
                            &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no credential of %s", credential->account);
    }
    return st;
}

static cepces_status_t
save(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_credential_t *credential = (const cepces_credential_t *)payload;
    cepces_store_change_t change = {
        .event = credential->hash != NULL ? "credential.set" : "credential.scopes-changed",
        .details = CHANGE_DETAILS("account", credential->account)};
    cepces_params_t a;
    int64_t id = 0;
    cepces_status_t st = save_hash(&id, c, credential, p, err);

    if (st == CEPCES_OK) {
        cepces_store_params_init(&a, p);
        cepces_store_put_int(&a, id);
        st = cepces_store_run(NULL, c, SQL_CLEAR_SCOPES, &a, err);
    }
    for (size_t i = 0; st == CEPCES_OK && i < credential->scopes_num; i++) {
        st = add_scope(c, id, &credential->scopes[i], p, err);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_save_credential(cepces_store_t *s, const cepces_credential_t *credential,
                             apr_pool_t *p, cepces_error_t *err)
{
    cepces_credential_t copy = *credential;

    return cepces_store_transact(s, BEGIN_WRITE, save, &copy, p, err);
}

static cepces_status_t
remove_credential(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const char *account = *(const char **)payload;
    cepces_store_change_t change = {.event = "credential.removed",
                                    .details = CHANGE_DETAILS("account", account)};
    cepces_params_t a;
    int64_t account_id;
    cepces_status_t st =
        cepces_store_id_of(&account_id, c, SQL_ACCOUNT_ID, "account", account, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, account_id);
    st = cepces_store_run(NULL, c, SQL_REMOVE_CREDENTIAL, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no credential of %s", account);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_remove_credential(cepces_store_t *s, const char *account, apr_pool_t *p,
                               cepces_error_t *err)
{
    return cepces_store_transact(s, BEGIN_WRITE, remove_credential, &account, p, err);
}
