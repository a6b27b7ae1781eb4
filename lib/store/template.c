/* Certificate templates and their revisions. */
#include "store/words.h"

#include <apr_strings.h>

void
cepces_store_read_template(void *record, cepces_row_t *row)
{
    cepces_template_t *t = (cepces_template_t *)record;

    t->id = cepces_store_take_int(row);
    t->revision_id = cepces_store_take_int(row);
    t->name = cepces_store_take_text(row);
    t->oid = cepces_store_take_text(row);
    t->display_name = cepces_store_take_text(row);
    t->schema_version = (unsigned)cepces_store_take_int(row);
    t->major = (unsigned)cepces_store_take_int(row);
    t->minor = (unsigned)cepces_store_take_int(row);
    t->general_flags = (uint32_t)cepces_store_take_int(row);
    t->enrollment_flags = (uint32_t)cepces_store_take_int(row);
    t->private_key_flags = (uint32_t)cepces_store_take_int(row);
    t->subject_name_flags = (uint32_t)cepces_store_take_int(row);
    t->key_spec = cepces_store_take_optional(row);
    t->key_usage_property = cepces_store_take_optional(row);
    t->key_permissions = cepces_store_take_text(row);
    t->key_algorithm = cepces_store_take_text(row);
    t->minimal_key_length = (unsigned)cepces_store_take_int(row);
    t->hash_algorithm = cepces_store_take_text(row);
    t->crypto_providers = cepces_store_take_strings(row);
    t->validity_secs = cepces_store_take_int(row);
    t->renewal_secs = cepces_store_take_int(row);
    t->ekus = cepces_store_take_strings(row);
    t->application_policies = cepces_store_take_strings(row);
    t->issuance_policies = cepces_store_take_strings(row);
    t->key_usage = (uint16_t)cepces_store_take_int(row);
    t->critical_extensions = cepces_store_take_strings(row);
    t->superseded = cepces_store_take_strings(row);
    t->ra_signatures = (unsigned)cepces_store_take_int(row);
    t->ra_application_policies = cepces_store_take_strings(row);
    t->ra_issuance_policies = cepces_store_take_strings(row);
    t->archival_algorithm = cepces_store_take_text(row);
    t->archival_key_length = (unsigned)cepces_store_take_int(row);
    t->sha1_requests = (cepces_sha1_t)cepces_store_take_word(row, cepces_store_sha1_words);
    t->allow_wildcards = cepces_store_take_bool(row);
    t->strict_extensions = cepces_store_take_bool(row);
    t->enabled = cepces_store_take_bool(row);
    t->changed_at = cepces_store_take_time(row);
}

static void
put_revision(cepces_params_t *a, const cepces_template_t *t)
{
    cepces_store_put_text(a, t->display_name);
    cepces_store_put_int(a, t->schema_version);
    cepces_store_put_int(a, t->major);
    cepces_store_put_int(a, t->minor);
    cepces_store_put_int(a, t->general_flags);
    cepces_store_put_int(a, t->enrollment_flags);
    cepces_store_put_int(a, t->private_key_flags);
    cepces_store_put_int(a, t->subject_name_flags);
    cepces_store_put_optional(a, t->key_spec);
    cepces_store_put_optional(a, t->key_usage_property);
    cepces_store_put_text(a, t->key_permissions);
    cepces_store_put_text(a, t->key_algorithm);
    cepces_store_put_int(a, t->minimal_key_length);
    cepces_store_put_text(a, t->hash_algorithm);
    cepces_store_put_strings(a, t->crypto_providers);
    cepces_store_put_int(a, t->validity_secs);
    cepces_store_put_int(a, t->renewal_secs);
    cepces_store_put_strings(a, t->ekus);
    cepces_store_put_strings(a, t->application_policies);
    cepces_store_put_strings(a, t->issuance_policies);
    cepces_store_put_int(a, t->key_usage);
    cepces_store_put_strings(a, t->critical_extensions);
    cepces_store_put_strings(a, t->superseded);
    cepces_store_put_int(a, t->ra_signatures);
    cepces_store_put_strings(a, t->ra_application_policies);
    cepces_store_put_strings(a, t->ra_issuance_policies);
    cepces_store_put_text(a, t->archival_algorithm);
    cepces_store_put_int(a, t->archival_key_length);
    cepces_store_put_word(a, cepces_store_sha1_words, (int)t->sha1_requests);
    cepces_store_put_bool(a, t->allow_wildcards);
    cepces_store_put_bool(a, t->strict_extensions);
}

cepces_status_t
cepces_store_find_template(cepces_template_t *out, cepces_store_t *s, const char *name,
                           apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, name, p);
    st = cepces_store_query(&res, s, SQL_FIND_TEMPLATE, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no template called %s", name);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(out, res, cepces_store_read_template, p, err);
    }
    return st;
}

/* --- Saving ----------------------------------------------------------------------------------- */

typedef struct {
    const cepces_template_t *t;
    int64_t expected_revision_id;
} saving_t;

static cepces_status_t
add_template(int64_t *id, cepces_session_t *c, const cepces_template_t *t, apr_pool_t *p,
             cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, t->name, p);
    cepces_store_put_text(&a, t->oid);
    cepces_store_put_bool(&a, t->enabled);
    st = cepces_store_value(id, c, SQL_ADD_TEMPLATE, &a, err);
    if (st == CEPCES_E_EXISTS) {
        return cepces_error_set(err, st, "template %s: %s", t->name,
                                 strcmp(c->constraint, "template_oid_key") == 0
                                     ? "another template has this OID"
                                     : "there is a template of this name already");
    }
    return st;
}

/* Locks the template's row until the transaction ends. */
static cepces_status_t
lock_template(int64_t *id, const char **oid, bool *enabled, cepces_session_t *c, const char *name,
              apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_row_t row;
    cepces_status_t st;

    cepces_store_bind(&a, name, p);
    st = cepces_store_run(&res, c, SQL_LOCK_TEMPLATE, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no template called %s", name);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    row = cepces_store_row(res, 0, p);
    *id = cepces_store_take_int(&row);
    *oid = cepces_store_take_text(&row);
    *enabled = cepces_store_take_bool(&row);
    return cepces_store_row_end(&row, err);
}

static cepces_status_t
enable(cepces_session_t *c, int64_t id, bool enabled, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, id);
    cepces_store_put_bool(&a, enabled);
    return cepces_store_run(NULL, c, SQL_ENABLE_TEMPLATE, &a, err);
}

/* Locks an existing template and makes sure that nobody changed it since the caller looked. */
static cepces_status_t
claim_template(int64_t *id, cepces_session_t *c, const saving_t *w, apr_pool_t *p,
               cepces_error_t *err)
{
    cepces_params_t a;
    const char *oid;
    bool enabled;
    int64_t revision_id;
    cepces_status_t st = lock_template(id, &oid, &enabled, c, w->t->name, p, err);

    if (st == CEPCES_OK) {
        cepces_store_params_init(&a, p);
        cepces_store_put_int(&a, *id);
        st = cepces_store_value(&revision_id, c, SQL_CURRENT_REVISION, &a, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    if (revision_id != w->expected_revision_id) {
        return cepces_error_set(err, CEPCES_E_IN_USE, "template %s was changed by somebody else",
                                w->t->name);
    }
    if (strcmp(oid, w->t->oid) != 0) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "template %s has the OID %s, which cannot change", w->t->name, oid);
    }
    return enabled != w->t->enabled ? enable(c, *id, w->t->enabled, p, err) : CEPCES_OK;
}

static cepces_status_t
save(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const saving_t *w = (const saving_t *)payload;
    bool added = w->expected_revision_id == 0;
    cepces_store_change_t change = {
        .event = added ? "template.added" : "template.changed",
        .template_name = w->t->name,
        .details = CHANGE_DETAILS("revision", apr_psprintf(p, "%u.%u", w->t->major, w->t->minor),
                                  "oid", w->t->oid)};
    cepces_params_t a;
    int64_t id;
    cepces_status_t st =
        added ? add_template(&id, c, w->t, p, err) : claim_template(&id, c, w, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, id);
    put_revision(&a, w->t);
    st = cepces_store_run(NULL, c, SQL_ADD_REVISION, &a, err);
    if (st == CEPCES_E_EXISTS) {
        return cepces_error_set(err, st, "template %s has a revision %u.%u already", w->t->name,
                                 w->t->major, w->t->minor);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_save_template(cepces_store_t *s, const cepces_template_t *t,
                           int64_t expected_revision_id, apr_pool_t *p, cepces_error_t *err)
{
    saving_t w = {t, expected_revision_id};

    if (t->name == NULL || t->oid == NULL) {
        return cepces_error_set(err, CEPCES_E_INVALID, "a template needs a name and an OID");
    }
    return cepces_store_transact(s, BEGIN_WRITE, save, &w, p, err);
}

/* --- Removing --------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    bool kept;
} removal_t;

/* A request that comes in at the same moment holds on to its revision, so that the removal fails
 * with CEPCES_E_IN_USE. */
static cepces_status_t
remove_template(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    removal_t *w = (removal_t *)payload;
    cepces_store_change_t change = {.template_name = w->name};
    cepces_params_t a;
    const char *oid;
    bool enabled;
    int64_t id, used;
    cepces_status_t st = lock_template(&id, &oid, &enabled, c, w->name, p, err);

    if (st == CEPCES_OK) {
        cepces_store_params_init(&a, p);
        cepces_store_put_int(&a, id);
        st = cepces_store_run(NULL, c, SQL_WITHDRAW_EVERYWHERE, &a, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_value(&used, c, SQL_TEMPLATE_IN_USE, &a, err);
    }
    if (st == CEPCES_OK) {
        w->kept = used != 0;
        st = w->kept ? enable(c, id, false, p, err)
                     : cepces_store_run(NULL, c, SQL_REMOVE_TEMPLATE, &a, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    change.event = w->kept ? "template.disabled" : "template.removed";
    return cepces_store_audit(c, &change, p, err);
}

cepces_status_t
cepces_store_remove_template(bool *kept, cepces_store_t *s, const char *name, apr_pool_t *p,
                             cepces_error_t *err)
{
    removal_t w = {name, false};
    cepces_status_t st = cepces_store_transact(s, BEGIN_WRITE, remove_template, &w, p, err);

    if (st == CEPCES_OK) {
        *kept = w.kept;
    }
    return st;
}
