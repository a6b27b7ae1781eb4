/* Access entries: who may do what on a template or a CA. */
#include "store/words.h"

/* An entry with the ids that its names stand for; 0 where there is none. */
typedef struct {
    const cepces_access_entry_t *entry;
    bool grant;
    int64_t template_id, ca_id, account_id;
} work_t;

static cepces_status_t
resolve(work_t *w, cepces_session_t *c, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_access_entry_t *e = w->entry;
    cepces_status_t st = CEPCES_OK;

    w->template_id = w->ca_id = w->account_id = 0;
    if (e->template_name != NULL) {
        st = cepces_store_id_of(&w->template_id, c, SQL_TEMPLATE_ID, "template", e->template_name, p,
                                err);
    }
    if (st == CEPCES_OK && e->ca_name != NULL) {
        st = cepces_store_id_of(&w->ca_id, c, SQL_CA_ID, "CA", e->ca_name, p, err);
    }
    if (st == CEPCES_OK && e->grantee_kind == CEPCES_GRANTEE_ACCOUNT) {
        st = cepces_store_id_of(&w->account_id, c, SQL_ACCOUNT_ID, "account", e->grantee, p, err);
    }
    return st;
}

static const char *
grantee_text(const cepces_access_entry_t *e)
{
    return e->grantee_kind == CEPCES_GRANTEE_AUTHENTICATED || e->grantee == NULL ? "authenticated"
                                                                                 : e->grantee;
}

static const char *
rights_text(uint32_t rights)
{
    static const char *const texts[] = {"none", "enroll", "autoenroll", "enroll, autoenroll"};

    return texts[rights & (CEPCES_RIGHT_ENROLL | CEPCES_RIGHT_AUTOENROLL)];
}

static cepces_status_t
change_access(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    work_t *w = (work_t *)payload;
    const cepces_access_entry_t *e = w->entry;
    bool group = e->grantee_kind == CEPCES_GRANTEE_GROUP;
    cepces_store_change_t change = {
        .event = w->grant ? "access.granted" : "access.revoked",
        .ca = e->ca_name,
        .template_name = e->template_name,
        .details = CHANGE_DETAILS("kind", cepces_store_grantee_kinds[e->grantee_kind], "grantee",
                                  grantee_text(e), "rights", rights_text(e->rights), "names",
                                  cepces_strings_join(e->name_patterns, " ", p))};
    cepces_params_t a;
    cepces_status_t st = resolve(w, c, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_id(&a, w->template_id);
    cepces_store_put_id(&a, w->ca_id);
    cepces_store_put_word(&a, cepces_store_grantee_kinds, (int)e->grantee_kind);
    cepces_store_put_id(&a, w->account_id);
    cepces_store_put_text(&a, group ? e->grantee : NULL);
    if (w->grant) {
        cepces_store_put_int(&a, e->rights);
        cepces_store_put_strings(&a, e->name_patterns);
    }
    st = cepces_store_run(NULL, c, w->grant ? SQL_GRANT : SQL_REVOKE, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "%s has no access entry there", grantee_text(e));
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

static cepces_status_t
start(bool grant, cepces_store_t *s, const cepces_access_entry_t *entry, apr_pool_t *p,
      cepces_error_t *err)
{
    work_t w = {.entry = entry, .grant = grant};

    if ((unsigned)entry->grantee_kind > CEPCES_GRANTEE_AUTHENTICATED) {
        return cepces_error_set(err, CEPCES_E_INVALID, "an access entry of an unknown kind");
    }
    return cepces_store_transact(s, BEGIN_WRITE, change_access, &w, p, err);
}

cepces_status_t
cepces_store_grant(cepces_store_t *s, const cepces_access_entry_t *entry, apr_pool_t *p,
                   cepces_error_t *err)
{
    return start(true, s, entry, p, err);
}

cepces_status_t
cepces_store_revoke(cepces_store_t *s, const cepces_access_entry_t *entry, apr_pool_t *p,
                    cepces_error_t *err)
{
    return start(false, s, entry, p, err);
}
