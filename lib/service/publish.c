/* Published files, and the work that keeps CRLs current. */
#include <stdlib.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "service/crl.h"
#include "service/service.h"

/* How long caches may keep a CRL: a revocation is on the next one within a minute, and should be seen soon after. */
#define CRL_MAX_AGE apr_time_from_sec(300)
#define CERTIFICATE_MAX_AGE apr_time_from_sec(24 * 3600)

/* What is asked for: a CA, a generation (-1: the current one), a kind of file. */
typedef struct {
    const cepces_site_ca_t *ca;
    const cepces_ca_generation_t *generation;
    const char *suffix;
} wanted_t;

static const cepces_ca_generation_t *
find_generation(const cepces_site_ca_t *ca, const char *number)
{
    char *end;
    long n = strtol(number, &end, 10);

    if (end == number || *end != '\0') {
        return NULL;
    }
    for (size_t i = 0; i < ca->record->generations_num; i++) {
        if (ca->record->generations[i].number == n) {
            return &ca->record->generations[i];
        }
    }
    return NULL;
}

/* Takes "NAME.cer", "NAME-chain.pem" or "NAME-1.crl" apart; a CA's name may itself hold dashes and dots. */
static bool
understand(wanted_t *out, const cepces_snapshot_t *s, const char *name, apr_pool_t *p)
{
    const char *dot = strrchr(name, '.');
    char *stem;
    char *dash;

    if (dot == NULL) {
        return false;
    }
    out->suffix = dot + 1;
    stem = apr_pstrmemdup(p, name, (apr_size_t)(dot - name));
    if ((out->ca = cepces_snapshot_ca(s, stem)) != NULL) {
        out->generation = out->ca->generation;
        return out->generation != NULL;
    }
    dash = strrchr(stem, '-');
    if (dash == NULL) {
        return false;
    }
    *dash = '\0';
    if ((out->ca = cepces_snapshot_ca(s, stem)) == NULL) {
        return false;
    }
    if (strcmp(dash + 1, "chain") == 0 && strcmp(out->suffix, "pem") == 0) {
        out->suffix = "chain";
        out->generation = out->ca->generation;
    } else {
        out->generation = find_generation(out->ca, dash + 1);
    }
    return out->generation != NULL;
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

static const cepces_crl_record_t *
find_crl(const cepces_snapshot_t *s, const wanted_t *w)
{
    for (size_t i = 0; i < s->num_crls; i++) {
        if (s->crls[i].generation == w->generation->number &&
            strcmp(s->crls[i].ca, w->ca->record->name) == 0) {
            return &s->crls[i];
        }
    }
    return NULL;
}

/* The CRL lives in the snapshot, which the request's pool keeps alive. */
static bool
fill_crl(cepces_published_t *out, const cepces_snapshot_t *s, const wanted_t *w)
{
    const cepces_crl_record_t *crl = find_crl(s, w);
    apr_time_t soon = apr_time_now() + CRL_MAX_AGE;

    if (crl == NULL) {
        return false;
    }
    out->content_type = "application/pkix-crl";
    out->body = crl->der;
    out->last_modified = crl->this_update;
    out->expires = crl->next_update < soon ? crl->next_update : soon;
    return true;
}

static bool
fill_certificate(cepces_published_t *out, const wanted_t *w, apr_pool_t *p)
{
    const cepces_ca_generation_t *g = w->generation;

    out->last_modified = g->not_before;
    out->expires = apr_time_now() + CERTIFICATE_MAX_AGE;
    if (strcmp(w->suffix, "cer") == 0) {
        out->content_type = "application/pkix-cert";
        out->body = g->certificate;
        return true;
    }
    out->content_type = "application/x-pem-file";
    if (strcmp(w->suffix, "pem") == 0) {
        out->body = cepces_bytes_str(cepces_pem("CERTIFICATE", g->certificate, p));
        return true;
    }
    if (strcmp(w->suffix, "chain") == 0) {
        out->body = cepces_bytes_str(chain_pem(g, p));
        return true;
    }
    return false;
}

cepces_status_t
cepces_service_publish(cepces_published_t *out, cepces_service_t *service, const char *name,
                       apr_pool_t *p, cepces_error_t *err)
{
    const cepces_snapshot_t *s;
    wanted_t w = {0};
    cepces_status_t st = cepces_service_snapshot(&s, service, true, p, err);
    bool found;

    if (st != CEPCES_OK) {
        return st;
    }
    found = understand(&w, s, name, p) && (strcmp(w.suffix, "crl") == 0 ? fill_crl(out, s, &w)
                                                                        : fill_certificate(out, &w, p));
    if (!found) {
        return cepces_error_set(err, CEPCES_E_NOT_FOUND, "no published file is called \"%s\"",
                                cepces_printable(cepces_bytes_str(name), 200, p));
    }
    out->etag = apr_pstrcat(p, "\"", cepces_hex(cepces_bytes(cepces_sha256(out->body, p).data, 16), p),
                            "\"", NULL);
    return CEPCES_OK;
}

/* --- Maintenance ------------------------------------------------------------------------------------------------------ */

cepces_status_t
cepces_service_maintain(cepces_service_t *service, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_snapshot_t *s;
    cepces_status_t st = cepces_service_snapshot(&s, service, false, p, err);

    for (size_t i = 0; st == CEPCES_OK && i < s->num_cas; i++) {
        const cepces_site_ca_t *ca = &s->cas[i];

        for (size_t g = 0; st == CEPCES_OK && g < ca->record->generations_num; g++) {
            if (ca->signers[g] != NULL) {
                st = cepces_crl_make(service->store, ca->record, &ca->record->generations[g],
                                     ca->signers[g], true, p, err);
            }
        }
    }
    return st;
}
