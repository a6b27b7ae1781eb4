/* Which files are published: for each CA its certificate, chain and CRL under its name, and every
 * generation under its number besides. */
#include <apr_strings.h>

#include "base/encode.h"
#include "service/snapshot.h"

#define FILES_PER_GENERATION 3 /* .cer, .pem, .crl */
#define FILES_PER_CA (FILES_PER_GENERATION + 1)

typedef struct {
    const cepces_snapshot_t *s;
    cepces_site_file_t *files;
    size_t num;
} lister_t;

static void
add(lister_t *l, const char *stem, const char *suffix, cepces_bytes_t body,
    apr_time_t last_modified, apr_time_t stale_at)
{
    l->files[l->num++] = (cepces_site_file_t){apr_pstrcat(l->s->p, stem, suffix, NULL), body,
                                              last_modified, stale_at};
}

static const cepces_crl_record_t *
find_crl(const cepces_snapshot_t *s, const char *ca, int generation)
{
    for (size_t i = 0; i < s->num_crls; i++) {
        if (s->crls[i].generation == generation && strcmp(s->crls[i].ca, ca) == 0) {
            return &s->crls[i];
        }
    }
    return NULL;
}

static void
add_generation(lister_t *l, const char *stem, const cepces_ca_t *ca,
               const cepces_ca_generation_t *g)
{
    const cepces_crl_record_t *crl = find_crl(l->s, ca->name, g->number);

    add(l, stem, ".cer", g->certificate, g->not_before, 0);
    add(l, stem, ".pem", cepces_bytes_str(cepces_pem("CERTIFICATE", g->certificate, l->s->p)),
        g->not_before, 0);
    if (crl != NULL) {
        add(l, stem, ".crl", crl->der, crl->this_update, crl->next_update);
    }
}

static const char *
chain_pem(const cepces_ca_generation_t *g, apr_pool_t *p)
{
    const char *pem = cepces_pem("CERTIFICATE", g->certificate, p);

    for (size_t i = 0; i < g->chain_num; i++) {
        pem = apr_pstrcat(p, pem, cepces_pem("CERTIFICATE", g->chain[i], p), NULL);
    }
    return pem;
}

static void
add_ca(lister_t *l, const cepces_site_ca_t *site)
{
    const cepces_ca_t *ca = site->record;
    apr_pool_t *p = l->s->p;

    for (size_t i = 0; i < ca->generations_num; i++) {
        const cepces_ca_generation_t *g = &ca->generations[i];

        add_generation(l, apr_psprintf(p, "%s-%d", ca->name, g->number), ca, g);
        if (g->current) {
            add_generation(l, ca->name, ca, g);
            add(l, ca->name, "-chain.pem", cepces_bytes_str(chain_pem(g, p)), g->not_before, 0);
        }
    }
}

void
cepces_snapshot_list_files(cepces_snapshot_t *s)
{
    lister_t l = {s, NULL, 0};
    size_t capacity = 1;

    for (size_t i = 0; i < s->num_cas; i++) {
        capacity += FILES_PER_CA + s->cas[i].record->generations_num * FILES_PER_GENERATION;
    }
    l.files = (cepces_site_file_t *)apr_pcalloc(s->p, capacity * sizeof(*l.files));
    for (size_t i = 0; i < s->num_cas; i++) {
        add_ca(&l, &s->cas[i]);
    }
    s->files = l.files;
    s->num_files = l.num;
}
