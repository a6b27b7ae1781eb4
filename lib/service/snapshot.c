/* Loading and looking up snapshots. */
#include "service/snapshot.h"

#include <apr_atomic.h>
#include <apr_strings.h>

const cepces_policy_t *
cepces_snapshot_policy(const cepces_snapshot_t *s, const char *name)
{
    for (size_t i = 0; i < s->catalogue.num_policies; i++) {
        if (strcmp(s->catalogue.policies[i].name, name) == 0) {
            return &s->catalogue.policies[i];
        }
    }
    return NULL;
}

const cepces_site_ca_t *
cepces_snapshot_ca(const cepces_snapshot_t *s, const char *name)
{
    for (size_t i = 0; i < s->num_cas; i++) {
        if (strcmp(s->cas[i].record->name, name) == 0) {
            return &s->cas[i];
        }
    }
    return NULL;
}

const cepces_site_template_t *
cepces_snapshot_template(const cepces_snapshot_t *s, const char *name)
{
    for (size_t i = 0; i < s->num_templates; i++) {
        if (strcmp(s->templates[i].record->name, name) == 0) {
            return &s->templates[i];
        }
    }
    return NULL;
}

/* The access entries whose object is called |name|; |template| tells which kind of object. */
static const cepces_access_entry_t *const *
entries_of(size_t *num, const cepces_catalogue_t *c, const char *name, bool template, apr_pool_t *p)
{
    const cepces_access_entry_t **entries = NULL;

    *num = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        size_t n = 0;

        for (size_t i = 0; i < c->num_access; i++) {
            const char *object = template ? c->access[i].template_name : c->access[i].ca_name;

            if (object != NULL && strcmp(object, name) == 0) {
                if (entries != NULL) {
                    entries[n] = &c->access[i];
                }
                n++;
            }
        }
        if (entries == NULL) {
            entries = (const cepces_access_entry_t **)apr_pcalloc(p, (n + 1) * sizeof(*entries));
        }
        *num = n;
    }
    return entries;
}

static cepces_status_t
load_templates(cepces_snapshot_t *s, cepces_error_t *err)
{
    const cepces_catalogue_t *c = &s->catalogue;
    cepces_site_template_t *templates =
        (cepces_site_template_t *)apr_pcalloc(s->p, (c->num_templates + 1) * sizeof(*templates));

    for (size_t i = 0; i < c->num_templates; i++) {
        templates[i].record = &c->templates[i];
        templates[i].unoffered = cepces_template_unoffered(&c->templates[i]);
        templates[i].access =
            entries_of(&templates[i].num_access, c, c->templates[i].name, true, s->p);
    }
    s->templates = templates;
    s->num_templates = c->num_templates;
    return cepces_render_templates(&s->oids, &s->num_oids, templates, s->num_templates, s->p, err);
}

static void
load_published(cepces_site_ca_t *ca, const cepces_snapshot_t *s)
{
    const cepces_strings_t names = ca->record->templates;
    const cepces_site_template_t **templates =
        (const cepces_site_template_t **)apr_pcalloc(s->p, (names.num + 1) * sizeof(*templates));
    const cepces_template_t **records =
        (const cepces_template_t **)apr_pcalloc(s->p, (names.num + 1) * sizeof(*records));

    for (size_t i = 0; i < names.num; i++) {
        const cepces_site_template_t *t = cepces_snapshot_template(s, names.items[i]);

        if (t != NULL) {
            records[ca->num_templates] = t->record;
            templates[ca->num_templates++] = t;
        }
    }
    ca->templates = templates;
    ca->records = records;
}

/* The signer of one generation, or NULL. A CA that cannot sign must not take the others away: it is
 * treated like one whose key is not here. */
static const cepces_signer_t *
open_signer(const cepces_ca_t *record, const cepces_ca_generation_t *g, const cepces_keyring_t *keys,
            apr_pool_t *p)
{
    EVP_PKEY *key = keys != NULL ? cepces_keyring_find(keys, g->key_sha256) : NULL;
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    const cepces_signer_t *signer = NULL;

    if (key != NULL && cepces_signer_open(&signer, record, g, key, p, &err) != CEPCES_OK) {
        cepces_log_write(CEPCES_LOG_ERROR, 115, "CA \"%s\" cannot sign: %s", record->name,
                         cepces_error_line(&err, p));
        return NULL;
    }
    return signer;
}

static void
load_ca(cepces_site_ca_t *ca, const cepces_ca_t *record, const cepces_keyring_t *keys,
        const cepces_snapshot_t *s)
{
    ca->record = record;
    ca->access = entries_of(&ca->num_access, &s->catalogue, record->name, false, s->p);
    ca->signers = (const cepces_signer_t **)apr_pcalloc(s->p, (record->generations_num + 1) *
                                                                  sizeof(*ca->signers));
    for (size_t i = 0; i < record->generations_num; i++) {
        const cepces_ca_generation_t *g = &record->generations[i];

        ca->signers[i] = open_signer(record, g, keys, s->p);
        if (g->current) {
            ca->generation = g;
            ca->signer = ca->signers[i];
        }
    }
    load_published(ca, s);
}

static void
load_cas(cepces_snapshot_t *s, const cepces_keyring_t *keys)
{
    const cepces_catalogue_t *c = &s->catalogue;
    cepces_site_ca_t *cas = (cepces_site_ca_t *)apr_pcalloc(s->p, (c->num_cas + 1) * sizeof(*cas));

    for (size_t i = 0; i < c->num_cas; i++) {
        load_ca(&cas[i], &c->cas[i], keys, s);
    }
    s->cas = cas;
    s->num_cas = c->num_cas;
}

cepces_status_t
cepces_snapshot_load(cepces_snapshot_t **out, cepces_store_t *store, const cepces_keyring_t *keys,
                     cepces_error_t *err)
{
    apr_pool_t *p;
    cepces_snapshot_t *s;
    cepces_status_t st;

    *out = NULL;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no memory for a snapshot");
    }
    s = (cepces_snapshot_t *)apr_pcalloc(p, sizeof(*s));
    s->p = p;
    apr_atomic_set32(&s->references, 1);
    st = cepces_store_load_catalogue(&s->catalogue, store, p, err);
    if (st == CEPCES_OK) {
        st = cepces_store_load_crls(&s->crls, &s->num_crls, store, p, err);
    }
    if (st == CEPCES_OK) {
        st = load_templates(s, err);
    }
    if (st == CEPCES_OK) {
        load_cas(s, keys);
        cepces_snapshot_list_files(s);
    }
    if (st != CEPCES_OK) {
        apr_pool_destroy(p);
        return st;
    }
    *out = s;
    return CEPCES_OK;
}

void
cepces_snapshot_retain(cepces_snapshot_t *snapshot)
{
    apr_atomic_inc32(&snapshot->references);
}

void
cepces_snapshot_release(cepces_snapshot_t *snapshot)
{
    if (apr_atomic_dec32(&snapshot->references) == 0) {
        apr_pool_destroy(snapshot->p);
    }
}
