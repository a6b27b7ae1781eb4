/* Certification authorities: their settings, generations and published templates. */
#include "store/store.h"

#include "base/encode.h"

/* A new CA, with its certificate's record among its issuer's unless it is a root. */
typedef struct {
    const cepces_ca_t *ca;
    const cepces_certificate_record_t *as_issued;
} addition_t;

static void
put_settings(cepces_params_t *a, const cepces_ca_t *ca)
{
    cepces_store_put_bool(a, ca->enabled);
    cepces_store_put_bool(a, ca->issues_to_clients);
    cepces_store_put_strings(a, ca->cdp_urls);
    cepces_store_put_strings(a, ca->aia_urls);
    cepces_store_put_int(a, ca->crl_validity_secs);
    cepces_store_put_int(a, ca->crl_overlap_secs);
    cepces_store_put_int(a, ca->backdate_secs);
}

static cepces_status_t
add_row(int64_t *id, cepces_session_t *c, const cepces_ca_t *ca, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, ca->name, p);
    put_settings(&a, ca);
    st = cepces_store_value(id, c, SQL_ADD_CA, &a, err);
    if (st == CEPCES_E_EXISTS) {
        return cepces_error_set(err, st, "there is a CA called %s already", ca->name);
    }
    return st;
}

static cepces_status_t
add_generation(cepces_session_t *c, int64_t ca_id, const cepces_ca_generation_t *g, apr_pool_t *p,
               cepces_error_t *err)
{
    cepces_params_t a;

    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, ca_id);
    cepces_store_put_int(&a, g->number);
    cepces_store_put_bytes(&a, g->certificate);
    cepces_store_put_bytes(&a, g->key_sha256);
    cepces_store_put_list(&a, g->chain, g->chain_num);
    cepces_store_put_time(&a, g->not_before);
    cepces_store_put_time(&a, g->not_after);
    cepces_store_put_bool(&a, g->current);
    return cepces_store_run(NULL, c, SQL_ADD_GENERATION, &a, err);
}

static cepces_status_t
add_as_issued(cepces_session_t *c, const cepces_certificate_record_t *cert, apr_pool_t *p,
              cepces_error_t *err)
{
    cepces_params_t a;
    int64_t issuer_id;
    cepces_status_t st =
        cepces_store_id_of(&issuer_id, c, SQL_CA_ID, "CA", cert->ca, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, issuer_id);
    cepces_store_put_int(&a, cert->generation);
    cepces_store_put_bytes(&a, cert->serial);
    cepces_store_put_text(&a, cert->principal != NULL ? cert->principal : "");
    cepces_store_put_text(&a, cert->subject);
    cepces_store_put_bytes(&a, cert->der);
    cepces_store_put_time(&a, cert->not_before);
    cepces_store_put_time(&a, cert->not_after);
    cepces_store_put_id(&a, cert->template_revision_id);
    st = cepces_store_run(NULL, c, SQL_ADD_CERTIFICATE, &a, err);
    if (st == CEPCES_E_EXISTS) {
        return cepces_error_set(err, st, "CA %s has issued a certificate with serial %s already",
                                 cert->ca, cepces_hex(cert->serial, p));
    }
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "CA %s has no generation %d", cert->ca, cert->generation);
    }
    return st;
}

static cepces_status_t
add(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const addition_t *w = (const addition_t *)payload;
    cepces_store_change_t change = {
        .event = "ca.added",
        .ca = w->ca->name,
        .details = CHANGE_DETAILS("issuer", w->as_issued != NULL ? w->as_issued->ca : w->ca->name)};
    int64_t id;
    cepces_status_t st = add_row(&id, c, w->ca, p, err);

    for (size_t i = 0; st == CEPCES_OK && i < w->ca->generations_num; i++) {
        st = add_generation(c, id, &w->ca->generations[i], p, err);
    }
    if (st == CEPCES_OK && w->as_issued != NULL) {
        st = add_as_issued(c, w->as_issued, p, err);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_add_ca(cepces_store_t *s, const cepces_ca_t *ca,
                    const cepces_certificate_record_t *as_issued, apr_pool_t *p,
                    cepces_error_t *err)
{
    addition_t w = {ca, as_issued};

    if (ca->generations_num == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID, "CA %s has no certificate", ca->name);
    }
    return cepces_store_transact(s, BEGIN_WRITE, add, &w, p, err);
}

static cepces_status_t
change_settings(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_ca_t *ca = (const cepces_ca_t *)payload;
    cepces_store_change_t change = {
        .event = "ca.changed",
        .ca = ca->name,
        .details = CHANGE_DETAILS("enabled", ca->enabled ? "true" : "false", "cdp",
                                  cepces_strings_join(ca->cdp_urls, " ", p), "aia",
                                  cepces_strings_join(ca->aia_urls, " ", p))};
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_bind(&a, ca->name, p);
    put_settings(&a, ca);
    st = cepces_store_run(NULL, c, SQL_CHANGE_CA, &a, err);
    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, st, "there is no CA called %s", ca->name);
    }
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_update_ca(cepces_store_t *s, const cepces_ca_t *ca, apr_pool_t *p, cepces_error_t *err)
{
    cepces_ca_t copy = *ca;

    return cepces_store_transact(s, BEGIN_WRITE, change_settings, &copy, p, err);
}

typedef struct {
    const char *ca, *template_name;
    bool publish;
} publication_t;

static cepces_status_t
change_publication(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    const publication_t *w = (const publication_t *)payload;
    cepces_store_change_t change = {.event = w->publish ? "template.published" : "template.withdrawn",
                                    .ca = w->ca,
                                    .template_name = w->template_name};
    cepces_params_t a;
    int64_t ca_id, template_id;
    cepces_status_t st = cepces_store_id_of(&ca_id, c, SQL_CA_ID, "CA", w->ca, p, err);

    if (st == CEPCES_OK) {
        st = cepces_store_id_of(&template_id, c, SQL_TEMPLATE_ID, "template", w->template_name, p,
                                err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, ca_id);
    cepces_store_put_int(&a, template_id);
    st = cepces_store_run(NULL, c, w->publish ? SQL_PUBLISH : SQL_WITHDRAW, &a, err);
    return st == CEPCES_OK ? cepces_store_audit(c, &change, p, err) : st;
}

cepces_status_t
cepces_store_publish_template(cepces_store_t *s, const char *ca, const char *template_name,
                              bool publish, apr_pool_t *p, cepces_error_t *err)
{
    publication_t w = {ca, template_name, publish};

    return cepces_store_transact(s, BEGIN_WRITE, change_publication, &w, p, err);
}
