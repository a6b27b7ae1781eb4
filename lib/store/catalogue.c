/* Everything that every request looks at, read in one transaction, so that it fits together. */
#include "store/store.h"

#include "store/words.h"

void
cepces_store_read_versions(void *record, cepces_row_t *row)
{
    cepces_store_versions_t *v = (cepces_store_versions_t *)record;

    v->catalogue = cepces_store_take_int(row);
    v->accounts = cepces_store_take_int(row);
    v->crls = cepces_store_take_int(row);
}

cepces_status_t
cepces_store_versions(cepces_store_versions_t *out, cepces_store_t *s, apr_pool_t *p,
                      cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_query(&res, s, SQL_VERSIONS, &a, err);
    if (st == CEPCES_OK) {
        st = cepces_store_read_row(out, res, cepces_store_read_versions, p, err);
    }
    return st;
}

static void
read_policy(void *record, cepces_row_t *row)
{
    cepces_policy_t *policy = (cepces_policy_t *)record;

    policy->id = cepces_store_take_int(row);
    policy->name = cepces_store_take_text(row);
    policy->guid = cepces_store_take_text(row);
    policy->friendly_name = cepces_store_take_text(row);
    policy->next_update_hours = (unsigned)cepces_store_take_int(row);
    policy->cas = cepces_store_take_strings(row);
    policy->changed_at = cepces_store_take_time(row);
}

static void
read_ca(void *record, cepces_row_t *row)
{
    cepces_ca_t *ca = (cepces_ca_t *)record;

    ca->id = cepces_store_take_int(row);
    ca->name = cepces_store_take_text(row);
    ca->enabled = cepces_store_take_bool(row);
    ca->issues_to_clients = cepces_store_take_bool(row);
    ca->cdp_urls = cepces_store_take_strings(row);
    ca->aia_urls = cepces_store_take_strings(row);
    ca->crl_validity_secs = cepces_store_take_int(row);
    ca->crl_overlap_secs = cepces_store_take_int(row);
    ca->backdate_secs = cepces_store_take_int(row);
    ca->templates = cepces_store_take_strings(row);
    ca->generations = NULL;
    ca->generations_num = 0;
}

/* A generation with the id of its CA, which only matters until they are put together. */
typedef struct {
    int64_t ca_id;
    cepces_ca_generation_t generation;
} generation_row_t;

static void
read_generation(void *record, cepces_row_t *row)
{
    generation_row_t *g = (generation_row_t *)record;

    g->ca_id = cepces_store_take_int(row);
    g->generation.id = cepces_store_take_int(row);
    g->generation.number = (int)cepces_store_take_int(row);
    g->generation.certificate = cepces_store_take_bytes(row);
    g->generation.key_sha256 = cepces_store_take_bytes(row);
    g->generation.chain = cepces_store_take_list(row, &g->generation.chain_num);
    g->generation.not_before = cepces_store_take_time(row);
    g->generation.not_after = cepces_store_take_time(row);
    g->generation.current = cepces_store_take_bool(row);
}

static void
read_access(void *record, cepces_row_t *row)
{
    cepces_access_entry_t *entry = (cepces_access_entry_t *)record;

    entry->id = cepces_store_take_int(row);
    entry->template_name = cepces_store_take_text(row);
    entry->ca_name = cepces_store_take_text(row);
    entry->grantee_kind =
        (cepces_grantee_kind_t)cepces_store_take_word(row, cepces_store_grantee_kinds);
    entry->grantee = cepces_store_take_text(row);
    entry->rights = (uint32_t)cepces_store_take_int(row);
    entry->name_patterns = cepces_store_take_strings(row);
}

/* Runs a statement without parameters and reads all its rows into a new array. */
static cepces_status_t
load(void **records, size_t *num, size_t size, cepces_session_t *c, cepces_statement_t statement,
     cepces_read_fn read, apr_pool_t *p, cepces_error_t *err)
{
    const PGresult *res;
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_run(&res, c, statement, &a, err);
    if (st != CEPCES_OK) {
        return st;
    }
    *num = (size_t)PQntuples(res);
    *records = apr_pcalloc(p, (*num + 1) * size);
    return cepces_store_read_rows(*records, size, res, read, p, err);
}

/* Both lists are ordered by the CA's id, so one walk puts them together. */
static void
attach_generations(cepces_ca_t *cas, size_t num_cas, const generation_row_t *rows, size_t num_rows,
                   apr_pool_t *p)
{
    cepces_ca_generation_t *all =
        (cepces_ca_generation_t *)apr_palloc(p, (num_rows + 1) * sizeof(*all));
    size_t next = 0;

    for (size_t i = 0; i < num_cas; i++) {
        cas[i].generations = &all[next];
        for (; next < num_rows && rows[next].ca_id == cas[i].id; next++) {
            all[next] = rows[next].generation;
            cas[i].generations_num++;
        }
    }
}

static cepces_status_t
load_cas(cepces_catalogue_t *out, cepces_session_t *c, apr_pool_t *p, cepces_error_t *err)
{
    void *cas, *generations;
    size_t num_generations;
    cepces_status_t st;

    st = load(&cas, &out->num_cas, sizeof(cepces_ca_t), c, SQL_ALL_CAS, read_ca, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    st = load(&generations, &num_generations, sizeof(generation_row_t), c, SQL_ALL_GENERATIONS,
              read_generation, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    attach_generations((cepces_ca_t *)cas, out->num_cas, (const generation_row_t *)generations,
                       num_generations, p);
    out->cas = (const cepces_ca_t *)cas;
    return CEPCES_OK;
}

static cepces_status_t
load_all(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    cepces_catalogue_t *out = (cepces_catalogue_t *)payload;
    void *versions, *policies, *templates, *access;
    size_t one;
    cepces_status_t st;

    st = load(&versions, &one, sizeof(out->versions), c, SQL_VERSIONS, cepces_store_read_versions, p,
              err);
    if (st == CEPCES_OK) {
        out->versions = *(const cepces_store_versions_t *)versions;
        st = load(&policies, &out->num_policies, sizeof(*out->policies), c, SQL_ALL_POLICIES,
                  read_policy, p, err);
    }
    if (st == CEPCES_OK) {
        out->policies = (const cepces_policy_t *)policies;
        st = load_cas(out, c, p, err);
    }
    if (st == CEPCES_OK) {
        st = load(&templates, &out->num_templates, sizeof(*out->templates), c, SQL_ALL_TEMPLATES,
                  cepces_store_read_template, p, err);
    }
    if (st == CEPCES_OK) {
        out->templates = (const cepces_template_t *)templates;
        st = load(&access, &out->num_access, sizeof(*out->access), c, SQL_ALL_ACCESS, read_access, p,
                  err);
    }
    if (st == CEPCES_OK) {
        out->access = (const cepces_access_entry_t *)access;
    }
    return st;
}

cepces_status_t
cepces_store_load_catalogue(cepces_catalogue_t *out, cepces_store_t *s, apr_pool_t *p,
                            cepces_error_t *err)
{
    cepces_catalogue_t catalogue;
    cepces_status_t st = cepces_store_transact(s, BEGIN_READ, load_all, &catalogue, p, err);

    if (st == CEPCES_OK) {
        *out = catalogue;
    }
    return st;
}
